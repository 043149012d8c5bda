"""The question file: one JSON object a line, its form, and the faults of its lines.

What a question must be in itself is checked here; what the documents must hold is in ``check``.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.errors import EvalError

LANGUAGES = ("zh-Hant", "zh-Hans", "yue", "en")
KINDS = (
    "number",
    "time",
    "who",
    "what",
    "list",
    "yes/no",
    "why/how",
    "several sections",
    "section lookup",
    "whole",
    "unanswerable",
)
SPLITS = ("tune", "score")
DEFAULT_FILE = Path(__file__).with_name("questions.jsonl")

_TEXT_KEYS = ("id", "question", "language", "kind", "group", "split")
_KEYS = {*_TEXT_KEYS, "facts", "near_miss"}
_CHOICES = {"language": LANGUAGES, "kind": KINDS, "split": SPLITS}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact asked for: the sections that give it and the strings that state it.

    ``document`` names the document where several are indexed; None means any.
    """

    sections: tuple[int, ...]
    answers: tuple[str, ...]
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is right for it. ``facts`` is empty when the documents hold no answer.

    Questions of one ``group`` are paraphrases of each other, and so stand in one split.
    ``near_miss``: unanswerable, but about the documents' own subject.
    """

    id: str
    question: str
    language: str
    kind: str
    facts: tuple[Fact, ...]
    near_miss: bool
    group: str
    split: str

    @property
    def answerable(self) -> bool:
        return bool(self.facts)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line of a question file (lines count from 1)."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """A file as read: each good question with its line, the faults, and the file's SHA-256."""

    questions: tuple[tuple[int, Question], ...]
    faults: tuple[Fault, ...]
    sha256: str


def read_questions(path: Path) -> QuestionFile:
    """Read every line, keep the good questions and name every fault of the others.

    Empty lines are passed over. Raises EvalError when the file cannot be read at all.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise EvalError(f"The question file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise EvalError(f"The question file {path} is not UTF-8 (byte {error.start}).") from error
    questions: list[tuple[int, Question]] = []
    faults: list[Fault] = []
    # Not splitlines(): it would also cut at characters that may stand in a JSON string.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append(Fault(number, f"is not JSON: {error.msg} (column {error.colno})"))
            continue
        reasons = _faults_of(value)
        faults.extend(Fault(number, reason) for reason in reasons)
        if not reasons:
            questions.append((number, _question(value)))
    faults.extend(_faults_between(questions))
    if not questions and not faults:
        raise EvalError(f"The question file {path} holds no question.")
    return QuestionFile(tuple(questions), tuple(faults), hashlib.sha256(data).hexdigest())


def load_questions(path: Path, split: str) -> tuple[list[Question], str]:
    """The questions of a split (``all`` for every one) and the file's SHA-256.

    Raises EvalError when the file has a fault, naming the first, or the split no question.
    """
    file = read_questions(path)
    if file.faults:
        first = min(file.faults, key=lambda fault: fault.line)
        raise EvalError(
            f"The question file {path} has {len(file.faults)} fault(s), the first in line "
            f"{first.line}: {first.reason}; `python -m eval check {path}` names them all."
        )
    questions = [question for _, question in file.questions if split in ("all", question.split)]
    if not questions:
        raise EvalError(f"The question file {path} has no question in the split {split}.")
    return questions, file.sha256


def _question(value: dict[str, Any]) -> Question:
    facts = tuple(
        Fact(tuple(fact["sections"]), tuple(fact["answers"]), fact.get("document"))
        for fact in value["facts"]
    )
    return Question(**(value | {"facts": facts}))


def _faults_of(value: Any) -> list[str]:
    if not isinstance(value, dict):
        return ["is not a JSON object"]
    reasons = [f"lacks the key {key!r}" for key in sorted(_KEYS - value.keys())]
    reasons += [f"has the unknown key {key!r}" for key in sorted(value.keys() - _KEYS)]
    if reasons:
        return reasons
    for key in _TEXT_KEYS:
        if not isinstance(value[key], str) or not value[key].strip():
            reasons.append(f"{key!r} is not a text, or is empty")
        elif key in _CHOICES and value[key] not in _CHOICES[key]:
            reasons.append(f"{key!r} is {value[key]!r} and not one of {', '.join(_CHOICES[key])}")
    if not isinstance(value["near_miss"], bool):
        reasons.append("'near_miss' is not true or false")
    reasons += _faults_of_facts(value["facts"])
    if reasons:
        return reasons
    if (value["kind"] == "unanswerable") == bool(value["facts"]):
        reasons.append(
            "is unanswerable and names facts" if value["facts"] else "is answerable, without facts"
        )
    if value["near_miss"] and value["facts"]:
        reasons.append("'near_miss' is for unanswerable questions only")
    return reasons


def _faults_of_facts(facts: Any) -> list[str]:
    if not isinstance(facts, list):
        return ["'facts' is not a list"]
    reasons = []
    for position, fact in enumerate(facts, 1):
        if not isinstance(fact, dict) or not (
            {"sections", "answers"} <= fact.keys() <= {"sections", "answers", "document"}
        ):
            reasons.append(
                f"fact {position} is not an object of 'sections', 'answers' and, where several "
                "documents are asked about, 'document'"
            )
            continue
        if not _is_list_of(fact["sections"], int):
            reasons.append(f"fact {position}: 'sections' is not a list of numbers, or is empty")
        if not _is_list_of(fact["answers"], str) or not all(a.strip() for a in fact["answers"]):
            reasons.append(f"fact {position}: 'answers' is not a list of texts, or is empty")
        if not isinstance(fact.get("document", ""), str):
            reasons.append(f"fact {position}: 'document' is not a text")
    return reasons


def _is_list_of(value: Any, kind: type) -> bool:
    # type() and not isinstance(): True is an int, and no section number.
    return isinstance(value, list) and bool(value) and all(type(item) is kind for item in value)


def _faults_between(questions: Sequence[tuple[int, Question]]) -> list[Fault]:
    """No id twice, no question twice, no group and no wording in two splits.

    One wording in two scripts is a paraphrase, and has its place in one group.
    """
    # Late: it loads the table of characters, which who only looks at --help need not wait for.
    from eval.text import normalise

    faults = []
    ids: dict[str, int] = {}
    texts: dict[str, int] = {}
    splits: dict[str, tuple[str, int]] = {}
    wordings: dict[str, tuple[str, int]] = {}
    for line, question in questions:
        text = "".join(question.question.split()).casefold()
        if (before := ids.setdefault(question.id, line)) != line:
            faults.append(Fault(line, f"has the id {question.id!r} of line {before}"))
        if (before := texts.setdefault(text, line)) != line:
            faults.append(Fault(line, f"asks the question of line {before} again"))
        split, before = splits.setdefault(question.group, (question.split, line))
        if split != question.split:
            faults.append(
                Fault(
                    line,
                    f"is in the split {question.split!r}, and line {before} of the same group "
                    f"{question.group!r} in {split!r}",
                )
            )
        else:
            wording = normalise(question.question)
            other, before = wordings.setdefault(wording, (question.split, line))
            if other != question.split:
                faults.append(
                    Fault(
                        line,
                        f"asks in the split {question.split!r} what line {before} asks, in the "
                        f"same words, in {other!r}",
                    )
                )
    return faults
