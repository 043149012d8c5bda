"""What visitors thought of answers, as candidates for the question set."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from web.feedback import Feedback
from web.texts import language_of

# Characters that written Cantonese uses and standard Chinese hardly does.
_CANTONESE = frozenset("嘅咗喺唔哋啲嚟佢冇乜㗎咁嗰咩嘢")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that visitors judged the answer of.

    ``line`` is of the question file's form. What only a person can tell is left empty, so that
    ``python -m eval check`` names it: the kind of an answerable question, and the facts where a
    visitor was not content. ``comments`` are the visitors' words, oldest first.
    """

    line: dict[str, Any]
    answer: str
    helpful: int
    unhelpful: int
    comments: tuple[str, ...]


def candidates(entries: Iterable[Feedback], known: Collection[str]) -> list[Candidate]:
    """One candidate a question, in the order in which they were first asked; questions that are
    among ``known`` are left out. Where it was asked several times the last answer counts.
    """
    left_out = {_key(question) for question in known}
    asked: dict[str, list[Feedback]] = {}
    for entry in entries:
        key = _key(entry.question)
        if key and key not in left_out:
            asked.setdefault(key, []).append(entry)
    return [_candidate(of_one) for of_one in asked.values()]


def _key(question: str) -> str:
    """As the question file tells whether a question is asked twice."""
    return "".join(question.split()).casefold()


def _candidate(entries: Sequence[Feedback]) -> Candidate:
    last = entries[-1]
    helpful = sum(entry.helpful for entry in entries)
    content = helpful == len(entries)
    abstained = last.answer.get("answered") is False
    name = "f" + hashlib.sha256(_key(last.question).encode()).hexdigest()[:8]
    line = {
        "id": name,
        "question": last.question,
        "language": _language(last.question),
        "kind": "unanswerable" if content and abstained else "",
        "facts": _facts(last.answer) if content and not abstained else [],
        "near_miss": False,
        "group": name,
        "split": "tune",  # what somebody has looked at is no fair test any more
    }
    return Candidate(
        line, str(last.answer.get("answer", "")), helpful, len(entries) - helpful,
        tuple(entry.comment for entry in entries if entry.comment),
    )  # fmt: skip


def _facts(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The fact of an answer, with every section that was cited for it; none where the answer,
    which a browser sent, is not of an answer's form."""
    try:
        first = answer["citations"][0]
        same = [c for c in answer["citations"] if c["answer"] == first["answer"]]
        sections = [c["section"] for c in same if c["document"] == first["document"]]
        return [{"sections": sections, "answers": [first["answer"]], "document": first["document"]}]
    except (KeyError, IndexError, TypeError):
        return []


def _language(question: str) -> str:
    return "yue" if _CANTONESE & set(question) else language_of(question)


def describe(candidate: Candidate) -> str:
    """A candidate in a line, for who decides on it. What could steer a terminal is not sent."""
    thumbs = f"{candidate.helpful} up, {candidate.unhelpful} down"
    parts = [candidate.line["id"], thumbs, candidate.line["question"]]
    parts.append(f"→ {candidate.answer}" if candidate.answer else "→ abstained")
    parts += [f"«{comment}»" for comment in candidate.comments]
    return "".join(c if c.isprintable() else "\ufffd" for c in "  ".join(parts))
