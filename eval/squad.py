"""Sets in SQuAD's format, versions 1.1 and 2.0, asked open-domain.

Each question is asked against every paragraph of its file, a paragraph being a document of one
section; or, by article, against its own article alone, a document whose sections are its
paragraphs, which is how the chat meets one. Beside the answers stands the upper bound: reading
with the right paragraph given. A refusal of an answerable question scores 0; «never abstaining»
scores what would have been answered instead. A question that version 2.0 marks as impossible, or
that has no answers, is right when it is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval import text
from eval.asking import ROWS, WHOLE, Asker, Journal, Said, progress
from eval.engine import Engine, identity
from eval.errors import EvalError
from eval.questions import Fact, Question
from eval.run import FORM, Results, figures_json, record, summary
from eval.scores import Scored, mean, metrics, score
from index.sections import Document, Section


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set, with its article's title; ``corpus`` is the position of what it is
    asked against. Its one fact names the place of its paragraph; questions of one paragraph are a
    group. ``language`` and ``kind`` are "" where the file does not give them.
    """

    question: Question
    title: str
    corpus: int

    @property
    def id(self) -> str:
        return self.question.id


@dataclass(frozen=True, slots=True)
class SquadFile:
    """A set as read: ``corpora`` holds the documents that are searched together."""

    path: Path
    sha256: str
    corpora: tuple[tuple[Document, ...], ...]
    questions: tuple[Asked, ...]

    @property
    def sections(self) -> list[Section]:
        return [s for corpus in self.corpora for document in corpus for s in document.sections]


def read_squad(path: Path, by_article: bool = False) -> SquadFile:
    """Read a set; a paragraph's ``heading`` and ``section`` (its number) are kept where given.

    ``by_article`` makes each article a corpus of one document. Raises EvalError when the file is
    not a set, holds an id twice, or, by article, numbers two sections of an article alike.
    """
    try:
        data = path.read_bytes()
        articles = json.loads(data.decode("utf-8-sig"))["data"]
        documents: list[Document] = []
        questions: list[Asked] = []
        for article in articles:
            name = f"{len(documents):05d}"
            sections: list[Section] = []
            for number, paragraph in enumerate(article["paragraphs"], 1):
                if by_article:
                    number = int(paragraph.get("section", number))
                else:
                    name, number = f"{len(documents) + len(sections):05d}", 1
                heading = str(paragraph.get("heading", ""))
                sections.append(Section(name, number, heading, str(paragraph["context"])))
                corpus = len(documents) if by_article else 0
                questions += [
                    Asked(_question(asked, sections[-1]), str(article.get("title", "")), corpus)
                    for asked in paragraph["qas"]
                ]
            if by_article and len({section.number for section in sections}) < len(sections):
                raise EvalError(
                    f"{path}: two sections of the article {article.get('title', '')!r} have one "
                    "number."
                )
            title = str(article.get("title", "")) if by_article else ""
            documents += _documents(title, sections)
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvalError(f"{path} is not in SQuAD's format ({error!r}).") from error
    if not questions:
        raise EvalError(f"{path} holds no question.")
    if len({asked.id for asked in questions}) < len(questions):
        raise EvalError(f"{path} holds a question id twice.")
    corpora = tuple((document,) for document in documents) if by_article else (tuple(documents),)
    return SquadFile(path, hashlib.sha256(data).hexdigest(), corpora, tuple(questions))


def _question(asked: Mapping[str, Any], section: Section) -> Question:
    answers = tuple(dict.fromkeys(str(answer["text"]) for answer in asked["answers"]))
    answerable = bool(answers) and not asked.get("is_impossible", False)
    return Question(
        id=str(asked["id"]),
        question=str(asked["question"]),
        language=str(asked.get("language", "")),
        kind=str(asked.get("kind", "")),
        facts=(Fact((section.number,), answers, section.document),) if answerable else (),
        near_miss=False,
        group=f"{section.document} {section.number}",
        split="",
    )


def _documents(title: str, sections: Sequence[Section]) -> list[Document]:
    """The documents of these sections, in the order in which they begin."""
    by_name: dict[str, list[Section]] = {}
    for section in sections:
        by_name.setdefault(section.document, []).append(section)
    documents = []
    for name, own in by_name.items():
        content = json.dumps([title, [[s.number, s.heading, s.text] for s in own]])
        digest = hashlib.sha256(content.encode()).hexdigest()
        documents.append(Document(name, title, digest, tuple(own)))
    return documents


def chosen(
    file: SquadFile,
    other: SquadFile | None,
    titles: Collection[str] | None,
    limit: int | None,
) -> list[Asked]:
    """The questions to ask: all, or those of these articles, or ``limit`` of them spread evenly.

    ``other`` gives the wording: its question of the same id. Raises EvalError where nothing is
    left, or ``other`` lacks an id.
    """
    questions = [q for q in file.questions if titles is None or q.title in titles]
    if limit is not None and limit < len(questions):
        questions = [questions[i * len(questions) // limit] for i in range(limit)]
    if not questions:
        raise EvalError(f"{file.path} holds no question of the articles named.")
    if other is None:
        return questions
    wording = {asked.id: asked.question.question for asked in other.questions}
    missing = sum(asked.id not in wording for asked in questions)
    if missing:
        raise EvalError(f"{other.path} lacks {missing} of the question ids of {file.path}.")
    return [replace(q, question=replace(q.question, question=wording[q.id])) for q in questions]


def read_titles(path: Path, files: Sequence[SquadFile]) -> set[str]:
    """The titles of a file, one a line. Raises EvalError when an article of none of the files has
    one of them."""
    try:
        titles = {line.strip() for line in path.read_text("utf-8-sig").split("\n")} - {""}
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"The titles in {path} cannot be read: {error}.") from error
    unknown = titles - {asked.title for file in files for asked in file.questions}
    if unknown:
        raise EvalError(f"No article has the title {min(unknown)!r}, which {path} names.")
    return titles


def selection(
    file: SquadFile, questions: Sequence[Asked], other: SquadFile | None, by_article: bool
) -> dict[str, str]:
    """What names the questions asked and what they are asked against, so that another choice is
    another run."""
    ids = hashlib.sha256("\n".join(asked.id for asked in questions).encode()).hexdigest()
    named = {"file": file.path.name, "sha256": file.sha256, "ids": ids}
    named["searched"] = "article" if by_article else "file"
    return named | ({"questions from": f"{other.path.name} {other.sha256}"} if other else {})


MEASURES: dict[str, Callable[[str, str], float]] = {
    "squad_exact": text.squad_exact,
    "squad_f1": text.squad_f1,
    "cmrc_exact": text.cmrc_exact,
    "cmrc_f1": text.cmrc_f1,
    "char_exact": text.char_exact,
    "char_f1": text.char_f1,
}
ENGLISH = ("squad_exact", "squad_f1")
CHINESE = ("cmrc_exact", "cmrc_f1", "char_exact", "char_f1")
WITH_REFUSALS = "end to end, refusals too"


def is_chinese(file: SquadFile) -> bool:
    """Whether Han characters are at least a third of the paragraphs' letters and figures."""
    characters = [c for section in file.sections for c in section.text if c.isalnum()]
    return 3 * sum("\u4e00" <= c <= "\u9fff" for c in characters) >= max(1, len(characters))


def run_squad(
    open_engine: Callable[[Sequence[Document]], Engine],
    file: SquadFile,
    questions: Sequence[Asked],
    source: Mapping[str, str],
    out: Path,
    ablation: bool,
) -> Results:
    """Ask and score the questions of one file; ``open_engine`` indexes a corpus of it.

    What was asked before an interruption is taken from the journal in ``out``.
    """
    version = identity()
    named = {"version": version, "ablation": str(ablation), **source}
    journal = Journal(out / "journal.jsonl", named)
    finished = False
    try:
        # Corpus by corpus, so that each is indexed once.
        missing = sorted((q for q in questions if q.id not in journal), key=lambda q: q.corpus)
        by_id = {asked.id: asked for asked in missing}
        corpus = missing[0].corpus if missing else 0
        # Before the bar is drawn, for indexing draws its own.
        asker = Asker(open_engine(file.corpora[corpus]), ablation)
        label = f"{file.path.name}: asking {len(missing)} of {len(questions)} questions"
        for name in progress(list(by_id), label):
            asked = by_id[name]
            if asked.corpus != corpus:
                corpus = asked.corpus
                asker = Asker(open_engine(file.corpora[corpus]), ablation)
            journal.add(name, _ask(asker, asked.question))
        results = evaluate(
            file, questions, {asked.id: journal[asked.id] for asked in questions}, source, version
        )
        finished = True
    finally:
        journal.close(finished)
    return results


def _ask(asker: Asker, question: Question) -> Said:
    """What is said to a question; ``upper`` is what is read in the right paragraph, if any."""
    said = asker.ask(question.question)
    said["upper"] = None
    if question.answerable:
        places = [(fact.document or "", fact.sections[0]) for fact in question.facts]
        said["upper"] = "" if said["error"] else asker.read(question.question, places)
    return said


def evaluate(
    file: SquadFile,
    questions: Sequence[Asked],
    said: Mapping[str, Said],
    source: Mapping[str, str],
    version: str,
) -> Results:
    """All figures and records out of what was said.

    ``figures``, ``counts`` and the curves are those of ``run``, by which the set can be compared
    with the question set; ``reading`` holds the official scripts' measures, and
    ``reading_cells`` those of the answers by language and by kind.
    """
    known = {(section.document, section.number) for section in file.sections}
    rows = {
        row: [
            score(
                asked.question,
                said[asked.id]["rows"][row],
                said[asked.id]["forced"] if row == WHOLE else None,
                known,
            )
            for asked in questions
        ]
        for row in ROWS
        if row in said[questions[0].id]["rows"]
    }
    whole = rows[WHOLE]
    given = {one.question.id: str(said[one.question.id]["answer"]["answer"]) for one in whole}
    answerable = [one for one in whole if one.question.answerable]
    answers = {
        "end to end": given,
        "never abstaining": {name: _forced(said[name]) for name in given},
        "right paragraph given": {name: said[name]["upper"] or "" for name in given},
        **{
            row: {name: str(said[name]["rows"][row]["answer"]) for name in given}
            for row in rows
            if row != WHOLE
        },
    }
    reading = {name: _reading(answerable, strings) for name, strings in answers.items()}
    if len(answerable) < len(whole):
        # As evaluate-v2.0.py has it: of a question without an answer, a refusal scores 1.
        reading[WITH_REFUSALS] = _reading(whole, given)
    summed = summary(whole, said)
    cells = {
        axis: {
            name: _reading([o for o in answerable if getattr(o.question, axis) == name], given)
            for name in named
        }
        for axis, named in summed["figures"].items()
        if axis != "all"
    }
    return {
        "form": FORM,
        "kind": "squad",
        "version": version,
        "source": dict(source),
        "chinese": is_chinese(file),
        "count": len(questions),
        "paragraphs": len(known),
        "reading": reading,
        "reading_cells": cells,
        **summed,
        "ablation": {row: figures_json(metrics(scored)) for row, scored in rows.items()},
        "records": [
            {
                **record(one, said[one.question.id]),
                "scores": {**one.scores, **_official(one, given)},
                "upper": said[one.question.id]["upper"],
            }
            for one in whole
        ],
    }


def _forced(said: Said) -> str:
    return str(said["answer"]["answer"] if said["forced"] is None else said["forced"])


def _reading(scored: Sequence[Scored], given: Mapping[str, str]) -> dict[str, Any]:
    """Each of the official measures over these questions."""
    return figures_json(
        {
            name: mean(scored, [_best(measure, one, given) for one in scored])
            for name, measure in MEASURES.items()
        }
    )


def _official(one: Scored, given: Mapping[str, str]) -> dict[str, float]:
    """The official measures of one answerable question."""
    if not one.question.answerable:
        return {}
    return {name: _best(measure, one, given) for name, measure in MEASURES.items()}


def _best(measure: Callable[[str, str], float], one: Scored, given: Mapping[str, str]) -> float:
    acceptable = [answer for fact in one.question.facts for answer in fact.answers]
    return text.best(measure, given[one.question.id], acceptable)


def predictions(results: Sequence[Results]) -> dict[str, str]:
    """``{question id: answer}``, as the official scripts read it; "" for an abstention."""
    return {
        record["id"]: record["answer"]["answer"]
        for result in results
        for record in result["records"]
    }
