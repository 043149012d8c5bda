"""Score the question set: ask every row of the ablation, make the figures, write the results.

The results file is the same to the last byte for the same system and questions, but for the
times, which stand under ``latency`` and in each record's ``seconds``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eval import statistics
from eval.asking import ROWS, WHOLE, Asker, Journal, Said, progress
from eval.engine import Engine, identity
from eval.errors import EvalError, UsageError
from eval.questions import Question
from eval.scores import (
    CAUSES,
    LOW_IS_GOOD,
    Scored,
    by_cell,
    cause,
    latency,
    metrics,
    score,
    to_json,
)
from index.sections import Section

Results = dict[str, Any]

# Raise it when a results file's form changes, so that `compare` refuses what it cannot read.
FORM = 2


def run(
    engine: Engine, questions: Sequence[Question], source: Mapping[str, str], out: Path
) -> Results:
    """Ask and score the questions; ``source`` names their file, its SHA-256 and the split.

    What was asked before an interruption is taken from the journal in ``out``.
    """
    version = f"index {engine.version}, {identity()}"
    journal = Journal(out / "journal.jsonl", {"version": version, **source})
    asker = Asker(engine, ablation=True)
    finished = False
    try:
        by_id = {question.id: question for question in questions}
        missing = [name for name in by_id if name not in journal]
        for name in progress(missing, f"asking {len(missing)} of {len(by_id)} questions"):
            journal.add(name, asker.ask(by_id[name].question))
        said = {name: journal[name] for name in by_id}
        results = evaluate(engine.sections, questions, said, source, version)
        finished = True
    finally:
        journal.close(finished)
    return results


def evaluate(
    sections: Sequence[Section],
    questions: Sequence[Question],
    said: Mapping[str, Said],
    source: Mapping[str, str],
    version: str,
) -> Results:
    """All figures and records out of what was said."""
    known = {(section.document, section.number) for section in sections}
    rows = {
        row: [
            score(q, said[q.id]["rows"][row], said[q.id]["forced"] if row == WHOLE else None, known)
            for q in questions
        ]
        for row in ROWS
    }
    return {
        "form": FORM,
        "kind": "run",
        "version": version,
        "source": dict(source),
        **summary(rows[WHOLE], said),
        "ablation": {row: figures_json(metrics(scored)) for row, scored in rows.items()},
        "records": [record(one, said[one.question.id]) for one in rows[WHOLE]],
    }


def summary(scored: Sequence[Scored], said: Mapping[str, Said]) -> dict[str, Any]:
    """The figures of the whole system: in all, by language and by kind, and the two curves."""
    cells = by_cell(scored)
    confidence = np.array([one.confidence for one in scored])
    event = np.array([float(one.event) for one in scored])
    answered = np.array([one.answered for one in scored])
    wrong = np.array([float(not one.forced_right) for one in scored])

    def waits(cell: Sequence[Scored]) -> list[float]:
        return [said[one.question.id]["seconds"]["total"] for one in cell]

    return {
        "figures": {
            axis: {name: figures_json(metrics(cell)) for name, cell in named.items()}
            for axis, named in cells.items()
        },
        "counts": {
            axis: {name: len(cell) for name, cell in named.items()} for axis, named in cells.items()
        },
        "causes": {name: sum(cause(one) == name for one in scored) for name in CAUSES},
        # Apart, for the confidence of a refusal is a probability of something else.
        "reliability": {
            name: [
                _without_nan(asdict(bar))
                for bar in statistics.reliability(confidence[which], event[which])
            ]
            for name, which in (("answered", answered), ("refused", ~answered))
        },
        "risk_coverage": statistics.risk_coverage(confidence, wrong).tolist(),
        "latency": {
            axis: {name: figures_json(latency(cell, waits(cell))) for name, cell in named.items()}
            for axis, named in cells.items()
        },
    }


def record(one: Scored, said: Said) -> dict[str, Any]:
    """A question with all that was said to it and how it scored."""
    question = asdict(one.question)
    text = question.pop("question")
    return {
        **question,
        "text": text,
        "right": one.right,
        "cause": cause(one),
        "scores": dict(one.scores),
        **{key: said[key] for key in ("answer", "forced", "stages", "seconds", "error")},
    }


def figures_json(figures: Mapping[str, statistics.Figure]) -> dict[str, Any]:
    """Figures for the results file."""
    return {name: to_json(value) for name, value in figures.items()}


def _without_nan(values: Mapping[str, float]) -> dict[str, float | None]:
    return {key: None if value != value else value for key, value in values.items()}


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all. Raises EvalError where it cannot be written."""
    # As ASCII: a lone surrogate in a question is kept, and the file is UTF-8 all the same.
    write_text(path, json.dumps(value, ensure_ascii=True, allow_nan=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all. Raises EvalError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(text, "utf-8", errors="replace")
        draft.replace(path)
    except OSError as error:
        raise EvalError(f"{path} cannot be written: {error.strerror}.") from error


class Gate:
    """One ``--fail-under``: ``METRIC=VALUE``, or ``METRIC:CELL=VALUE`` for a language or kind."""

    def __init__(self, text: str) -> None:
        name, equals, value = text.partition("=")
        self.metric, _, self.cell = name.partition(":")
        try:
            self.floor = float(value)
        except ValueError:
            self.floor = float("nan")
        if not equals or not 0 <= self.floor <= 1:
            raise UsageError(
                f"--fail-under takes METRIC=VALUE with a value from 0 to 1, and not {text!r}."
            )
        if self.metric in LOW_IS_GOOD:
            raise UsageError(
                f"{self.metric} is good when low: --fail-under takes a metric that is good when "
                "high (for refused_answerable, answered_answerable)."
            )

    def known_to(self, names: Sequence[str]) -> None:
        """Raises UsageError when the metric is none of the names."""
        if self.metric not in names:
            raise UsageError(
                f"--fail-under knows no metric {self.metric!r}: there are {', '.join(names)}."
            )

    def shortfall(self, results: Results) -> str | None:
        """What fell short, in words; None where nothing did. A figure that is not there did."""
        figures = results["figures"]
        cells = figures["all"] if not self.cell else {**figures["language"], **figures["kind"]}
        value = cells.get(self.cell or "all", {}).get(self.metric, {}).get("value")
        if value is not None and value >= self.floor:
            return None
        name = f"{self.metric}:{self.cell}" if self.cell else self.metric
        found = "not defined here" if value is None else f"{value:.4f}"
        return f"{name} is {found}, under {self.floor:g}"
