"""Sets in SQuAD's format, asked open-domain: each question against every paragraph of its file.

A paragraph is a document of one section. Beside the answers stands the upper bound: reading with
the right paragraph given. The engine may abstain, which scores 0; ``forced`` scores what it would
have answered instead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval import text
from eval.asking import ROWS, WHOLE, Asker, Journal, Said, progress
from eval.engine import Engine, identity
from eval.errors import EvalError
from eval.ranking import recall_at, reciprocal_rank
from eval.run import FORM, Results
from eval.scores import latency, to_json
from eval.statistics import figure, ratio
from index.sections import Document, Section


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set; ``paragraph`` is the position of its own in the file."""

    id: str
    question: str
    answers: tuple[str, ...]
    paragraph: int
    title: str


@dataclass(frozen=True, slots=True)
class SquadFile:
    path: Path
    sha256: str
    paragraphs: tuple[str, ...]
    questions: tuple[Asked, ...]


def read_squad(path: Path) -> SquadFile:
    """Read a set. Raises EvalError when it is not one, or holds an id twice."""
    try:
        data = path.read_bytes()
        articles = json.loads(data.decode("utf-8-sig"))["data"]
        paragraphs: list[str] = []
        questions: list[Asked] = []
        for article in articles:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    answers = tuple(str(answer["text"]) for answer in asked["answers"])
                    questions.append(
                        Asked(
                            str(asked["id"]),
                            str(asked["question"]),
                            answers,
                            len(paragraphs),
                            str(article.get("title", "")),
                        )
                    )
                paragraphs.append(str(paragraph["context"]))
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvalError(f"{path} is not in SQuAD's format ({error!r}).") from error
    if not questions:
        raise EvalError(f"{path} holds no question.")
    if len({asked.id for asked in questions}) < len(questions):
        raise EvalError(f"{path} holds a question id twice.")
    digest = hashlib.sha256(data).hexdigest()
    return SquadFile(path, digest, tuple(paragraphs), tuple(questions))


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
    wording = {asked.id: asked.question for asked in other.questions}
    missing = sum(asked.id not in wording for asked in questions)
    if missing:
        raise EvalError(f"{other.path} lacks {missing} of the question ids of {file.path}.")
    return [Asked(q.id, wording[q.id], q.answers, q.paragraph, q.title) for q in questions]


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


def selection(questions: Sequence[Asked], other: SquadFile | None) -> dict[str, str]:
    """What names the questions asked, so that another choice is another run."""
    ids = hashlib.sha256("\n".join(asked.id for asked in questions).encode()).hexdigest()
    return {"ids": ids} | ({"questions from": f"{other.path.name} {other.sha256}"} if other else {})


def corpus(file: SquadFile) -> list[Document]:
    """Each paragraph as a document of one section, named by its running number."""
    documents = []
    for position, paragraph in enumerate(file.paragraphs):
        name = f"{position:05d}"
        digest = hashlib.sha256(paragraph.encode("utf-8", "surrogatepass")).hexdigest()
        section = Section(document=name, number=1, heading="", text=paragraph)
        documents.append(Document(name=name, title="", sha256=digest, sections=(section,)))
    return documents


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


def is_chinese(file: SquadFile) -> bool:
    """Whether Han characters are at least a third of the paragraphs' letters and figures."""
    characters = [c for paragraph in file.paragraphs for c in paragraph if c.isalnum()]
    return 3 * sum("\u4e00" <= c <= "\u9fff" for c in characters) >= max(1, len(characters))


def run_squad(
    engine: Engine,
    file: SquadFile,
    questions: Sequence[Asked],
    source: Mapping[str, str],
    out: Path,
    ablation: bool,
) -> Results:
    """Ask and score the questions of one file over ``engine``, which indexes its paragraphs.

    What was asked before an interruption is taken from the journal in ``out``.
    """
    version = identity(engine)
    named = {"version": version, "ablation": str(ablation), **source}
    journal = Journal(out / "journal.jsonl", named)
    asker = Asker(engine, ablation)
    position = {section.document: i for i, section in enumerate(engine.sections)}
    finished = False
    try:
        by_id = {asked.id: asked for asked in questions}
        missing = [name for name in by_id if name not in journal]
        label = f"{file.path.name}: asking {len(missing)} of {len(by_id)} questions"
        for name in progress(missing, label):
            asked = by_id[name]
            said = asker.ask(asked.question)
            said["upper"] = (
                ""
                if said["error"]
                else asker.read(asked.question, [position[f"{asked.paragraph:05d}"]])
            )
            journal.add(name, said)
        results = evaluate(
            file, questions, {name: journal[name] for name in by_id}, source, version
        )
        finished = True
    finally:
        journal.close(finished)
    return results


def evaluate(
    file: SquadFile,
    questions: Sequence[Asked],
    said: Mapping[str, Said],
    source: Mapping[str, str],
    version: str,
) -> Results:
    """All figures and records out of what was said."""
    answers = {
        "end to end": [str(said[asked.id]["answer"]["answer"]) for asked in questions],
        "never abstaining": [_forced(said[asked.id]) for asked in questions],
        "right paragraph given": [str(said[asked.id]["upper"]) for asked in questions],
    }
    rows = [row for row in ROWS if row in said[questions[0].id]["rows"]]
    for row in rows:
        if row != WHOLE:
            answers[row] = [str(said[asked.id]["rows"][row]["answer"]) for asked in questions]
    reading = {name: _string_scores(questions, given) for name, given in answers.items()}
    ranking = {
        row: _ranking(questions, [said[q.id]["rows"][row] for q in questions]) for row in rows
    }
    refused = [not said[asked.id]["answer"]["answered"] for asked in questions]
    return {
        "form": FORM,
        "kind": "squad",
        "version": version,
        "source": dict(source),
        "chinese": is_chinese(file),
        "count": len(questions),
        "paragraphs": len(file.paragraphs),
        "reading": {name: _figures(scores) for name, scores in reading.items()},
        "ranking": {row: _figures(scores) for row, scores in ranking.items()},
        "refused": _figures([{"refused": float(one)} for one in refused])["refused"],
        "latency": {
            name: to_json(value)
            for name, value in latency([said[q.id]["seconds"]["total"] for q in questions]).items()
        },
        "records": [
            {
                "id": asked.id,
                "text": asked.question,
                "answers": list(asked.answers),
                "document": f"{asked.paragraph:05d}",
                "upper": said[asked.id]["upper"],
                **{k: said[asked.id][k] for k in ("answer", "forced", "seconds", "error")},
                "ranked": said[asked.id]["rows"][WHOLE]["ranked"],
                "scores": {**reading["end to end"][i], **ranking[WHOLE][i]},
            }
            for i, asked in enumerate(questions)
        ],
    }


def _forced(said: Said) -> str:
    return str(said["answer"]["answer"] if said["forced"] is None else said["forced"])


def _string_scores(questions: Sequence[Asked], given: Sequence[str]) -> list[dict[str, float]]:
    return [
        {name: text.best(measure, answer, asked.answers) for name, measure in MEASURES.items()}
        for asked, answer in zip(questions, given, strict=True)
    ]


def _ranking(questions: Sequence[Asked], rows: Sequence[Said]) -> list[dict[str, float]]:
    scores = []
    for asked, row in zip(questions, rows, strict=True):
        ranked = [(document, section) for document, section in row["ranked"]]
        facts = [{(f"{asked.paragraph:05d}", 1)}]
        scores.append(
            {
                "recall@1": recall_at(1, ranked, facts),
                "recall@5": recall_at(5, ranked, facts),
                "mrr": reciprocal_rank(ranked, facts),
            }
        )
    return scores


def _figures(scores: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """The mean of each score over the questions, with its interval."""
    figures = {}
    for name in scores[0]:
        values = np.array([one[name] for one in scores])
        figures[name] = to_json(figure(ratio, values, np.ones_like(values)))
    return figures


def predictions(results: Sequence[Results]) -> dict[str, str]:
    """``{question id: answer}``, as the official scripts read it; "" for an abstention."""
    return {
        record["id"]: record["answer"]["answer"]
        for result in results
        for record in result["records"]
    }
