"""Fit the model of abstention: ``python -m rag.calibrate QUESTIONS --squad FILE…``.

The examples are the questions of the ``tune`` split and, so that not one article alone decides,
questions of SQuAD-format files, each asked once of a corpus that holds its paragraph and once of
one that does not. The ``score`` split is never read.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from index.errors import ProjectError
from index.sections import Document, Section
from rag.abstain import WEIGHTS, Evidence
from rag.pipeline import Pipeline
from rag.question import parse_question
from rag.settings import Settings
from rag.training_data import QuestionSet, held_out, read_squad

# As many paragraphs in one corpus as a small collection of articles has sections.
CORPUS = 40
TUNE_WEIGHT = 2.0  # of a question of the split against one of a public set

Labelled = tuple[Evidence, bool, float]


def from_questions(file: Path, pipeline: Pipeline) -> Iterator[Labelled]:
    """The ``tune`` questions, right where the best span stands in an acceptable section."""
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]
    for line in tqdm([x for x in lines if x["split"] == "tune"], "tune questions"):
        question = parse_question(line["question"], 10_000)
        if pipeline.asked_for(question):
            continue
        search = pipeline.search(question)
        if search.evidence is None:
            continue
        number = pipeline.sections[search.found[0].section].number
        right = any(number in fact["sections"] for fact in line["facts"])
        yield search.evidence, right, TUNE_WEIGHT


def from_squad(
    data: QuestionSet, models: Pipeline, count: int, rng: random.Random
) -> Iterator[Labelled]:
    """Held-out questions of a public set, asked with and without their paragraph in the corpus."""
    kept = [q for q in data.questions if held_out(data.paragraphs[q.paragraph].article)]
    positions = sorted({q.paragraph for q in kept})
    rng.shuffle(positions)
    for first in range(0, len(positions), CORPUS):
        part = positions[first : first + CORPUS]
        present, absent = part[: len(part) // 2], part[len(part) // 2 :]
        documents = [
            Document(str(p), "", "", (Section(str(p), 1, "", data.paragraphs[p].text),))
            for p in present
        ]
        pipeline = models.over(documents)
        asked = [q for q in kept if q.paragraph in present or q.paragraph in absent]
        for question in tqdm(rng.sample(asked, min(len(asked), count)), "public questions"):
            search = pipeline.search(parse_question(question.text, 10_000))
            if search.evidence is None:
                continue
            best = search.found[0]
            right = question.paragraph in present[best.section : best.section + 1]
            yield search.evidence, right, 1.0


def fit(examples: Sequence[Labelled]) -> dict[str, object]:
    """Logistic regression, slightly regularised, in the form that ``load_model`` reads."""
    from sklearn.linear_model import LogisticRegression

    names = [f.name for f in fields(Evidence)]
    features = [[asdict(e)[n] for n in names] for e, _, _ in examples]
    labels = [right for _, right, _ in examples]
    model = LogisticRegression(C=10.0, max_iter=5000)
    model.fit(features, labels, sample_weight=[w for _, _, w in examples])
    return {
        "weights": dict(zip(names, map(float, model.coef_[0]), strict=True)),
        "bias": float(model.intercept_[0]),
        "examples": len(examples),
        "right": sum(labels),
    }


def main(
    questions: Annotated[Path, typer.Argument(help="The question set; its tune split is used.")],
    squad: Annotated[list[str], typer.Option(help="FILE or FILE:QUESTIONS in SQuAD's format.")],
    per_corpus: Annotated[int, typer.Option(help="Questions of each public corpus.")] = 60,
    seed: int = 13,
) -> None:
    """Fit the model of abstention and write its weights into the package."""
    try:
        pipeline = Pipeline.open(Settings())
        examples = list(from_questions(questions, pipeline))
        rng = random.Random(seed)
        for name in squad:
            data = read_squad(*map(Path, name.split(":")))
            examples += from_squad(data, pipeline, per_corpus, rng)
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
