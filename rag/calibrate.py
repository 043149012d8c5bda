"""Fit the models of abstention: ``python -m rag.calibrate QUESTIONS --squad FILE…``.

The examples are the questions of the ``tune`` split and, so that not one article alone decides,
those of SQuAD-format files about articles that the reader was not trained on. A file with
questions that its articles do not answer (SQuAD 2.0) is asked article by article, as a reader
would; of any other each question is asked once of a corpus that holds its paragraph and once of
one that does not. The ``score`` split is never read.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from tqdm import tqdm

from index.errors import ProjectError
from index.folding import fold
from index.sections import Document, Section
from rag.abstain import WEIGHTS, Evidence
from rag.pipeline import Pipeline
from rag.question import parse_question
from rag.settings import Settings
from rag.training_data import Question, QuestionSet, held_out, read_squad

# As many paragraphs in one corpus as a small collection of articles has sections.
CORPUS = 40
FOLDS = 5


@dataclass(frozen=True)
class Example:
    """What was found for a question; ``right``: its answer is. ``group``: of one article or corpus."""

    evidence: Evidence
    right: bool
    answerable: bool
    group: str


def from_questions(file: Path, pipeline: Pipeline) -> Iterator[Example]:
    """The ``tune`` questions, right where the best span shares words with an acceptable answer."""
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]
    for line in tqdm([x for x in lines if x["split"] == "tune"], file.name):
        wanted = {
            (number, answer)
            for fact in line["facts"]
            for number in fact["sections"]
            for answer in fact["answers"]
        }
        yield from _ask(pipeline, line["question"], wanted, file.name)


def by_article(data: QuestionSet, models: Pipeline) -> Iterator[Example]:
    """Each article that was kept out of training as a document, with all of its questions."""
    articles = {p.article for p in data.paragraphs if held_out(p.article)}
    for article in tqdm(sorted(articles), "articles"):
        places = [i for i, p in enumerate(data.paragraphs) if p.article == article]
        sections = tuple(
            Section(article, number, data.paragraphs[i].heading, data.paragraphs[i].text)
            for number, i in enumerate(places)
        )
        pipeline = models.over([Document(article, "", "", sections)])
        for question in data.questions:
            if question.paragraph in places:
                wanted = _wanted(data, question, places.index(question.paragraph))
                yield from _ask(pipeline, question.text, wanted, article)


def with_and_without(
    data: QuestionSet, models: Pipeline, count: int, rng: random.Random
) -> Iterator[Example]:
    """Held-out questions, asked with and without their paragraph in the corpus."""
    kept = [q for q in data.questions if held_out(data.paragraphs[q.paragraph].article)]
    positions = sorted({q.paragraph for q in kept})
    rng.shuffle(positions)
    for first in tqdm(range(0, len(positions), CORPUS), "corpora"):
        part = positions[first : first + CORPUS]
        present, absent = part[: len(part) // 2], part[len(part) // 2 :]
        documents = [
            Document(str(p), "", "", (Section(str(p), n, "", data.paragraphs[p].text),))
            for n, p in enumerate(present)
        ]
        pipeline = models.over(documents)
        asked = [q for q in kept if q.paragraph in present or q.paragraph in absent]
        for question in rng.sample(asked, min(len(asked), count)):
            here = question.paragraph in present
            wanted = _wanted(data, question, present.index(question.paragraph)) if here else set()
            yield from _ask(pipeline, question.text, wanted, data.paragraphs[part[0]].article)


def _wanted(data: QuestionSet, question: Question, section: int) -> set[tuple[int, str]]:
    text = data.paragraphs[question.paragraph].text
    return {(section, text[a:b]) for a, b in question.answers}


def _ask(
    pipeline: Pipeline, text: str, wanted: set[tuple[int, str]], group: str
) -> Iterator[Example]:
    question = parse_question(text, len(text))
    search = None if pipeline.asked_for(question) else pipeline.search(question)
    if search is None or search.evidence is None:
        return
    best = search.found[0]
    section = pipeline.sections[best.section]
    given = fold(section.text[best.start : best.end]).lower()
    right = any(
        section.number == number and _alike(given, fold(answer).lower())
        for number, answer in wanted
    )
    yield Example(search.evidence, right, bool(wanted), group)


def _alike(given: str, wanted: str) -> bool:
    """Whether one holds the other, or they share half of their characters."""
    shared = sum((Counter(given) & Counter(wanted)).values())
    return wanted in given or given in wanted or 2 * shared >= (len(given) + len(wanted)) / 2


def fit(examples: Sequence[Example]) -> dict[str, Any]:
    """Both models, in the form that ``load_models`` reads.

    ``cross_validated``: what models fitted on the other groups make of each group.
    """
    from sklearn.metrics import roc_auc_score

    answerable = np.array([e.answerable for e in examples])
    right = np.array([e.right for e in examples])
    model, judged = _logistic(examples, answerable)
    model_right, _ = _logistic(examples, right)
    refused = {
        f"{t:.2f}": [
            round(float((judged[answerable] < t).mean()), 4),
            round(float((judged[~answerable] < t).mean()), 4),
        ]
        for t in np.arange(0.1, 0.85, 0.05)
    }
    return {
        "answerable": model,
        "right": model_right,
        "examples": len(examples),
        "of which answerable": int(answerable.sum()),
        "of which right": int(right.sum()),
        "cross_validated": {
            "auc": float(roc_auc_score(answerable, judged)),
            "threshold: refused of [answerable, unanswerable]": refused,
        },
    }


def _logistic(
    examples: Sequence[Example], labels: npt.NDArray[np.bool_]
) -> tuple[dict[str, Any], npt.NDArray[np.float64]]:
    """Logistic regression, slightly regularised, and the cross-validated probabilities."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = [f.name for f in fields(Evidence)]
    features = np.array([[asdict(e.evidence)[n] for n in names] for e in examples])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=5000))
    judged = cross_val_predict(
        model, features, labels, groups=[e.group for e in examples],
        cv=GroupKFold(FOLDS), method="predict_proba",
    )[:, 1]  # fmt: skip
    model.fit(features, labels)
    scaler, logistic = model[0], model[1]
    weights = logistic.coef_[0] / scaler.scale_
    stored = {
        "weights": dict(zip(names, map(float, weights), strict=True)),
        "bias": float(logistic.intercept_[0] - weights @ scaler.mean_),
    }
    return stored, judged


def main(
    questions: Annotated[Path, typer.Argument(help="The question set; its tune split is used.")],
    squad: Annotated[list[str], typer.Option(help="FILE or FILE:QUESTIONS in SQuAD's format.")],
    per_corpus: Annotated[int, typer.Option(help="Questions of each public corpus.")] = 60,
    seed: int = 13,
) -> None:
    """Fit the models of abstention and write their weights into the package."""
    try:
        pipeline = Pipeline.open(Settings())
        examples = list(from_questions(questions, pipeline))
        rng = random.Random(seed)
        for name in squad:
            data = read_squad(*map(Path, name.split(":")))
            if any(not q.answers for q in data.questions):
                examples += by_article(data, pipeline)
            else:
                examples += with_and_without(data, pipeline, per_corpus, rng)
        model = fit(examples) | {"fitted_on": [questions.name, *map(_file_names, squad)]}
        WEIGHTS.write_text(json.dumps(model, indent=1) + "\n")
        typer.echo(json.dumps(model, indent=1))
    except (OSError, ProjectError, ValueError, KeyError) as error:
        typer.echo(f"Calibration stopped: {error}", err=True)
        raise typer.Exit(1) from error


def _file_names(name: str) -> str:
    return ":".join(Path(part).name for part in name.split(":"))


if __name__ == "__main__":
    typer.run(main)
