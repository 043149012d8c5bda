"""Two runs of the same questions: what changed, and whether the difference means anything."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.errors import EvalError
from eval.run import FORM, Results
from eval.statistics import Figure, figure, ratio

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric in two runs over the questions that both asked.

    ``difference`` is B - A with its 95% paired bootstrap interval. ``p`` is McNemar's exact test
    where every score is 0 or 1 (McNemar 1947; the two-sided binomial test of the questions that
    changed), else None. ``gained`` and ``lost`` count the questions that rose and fell from A to B.
    """

    metric: str
    a: float
    b: float
    difference: Figure
    gained: int
    lost: int
    p: float | None

    @property
    def verdict(self) -> str:
        sure = (
            self.p < LEVEL
            if self.p is not None
            else self.difference.low > 0 or self.difference.high < 0
        )
        if not sure:
            return "no difference shown"
        return "B is higher" if self.difference.value > 0 else "A is higher"


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose answer or scores differ; ``scores`` holds metric: (in A, in B)."""

    id: str
    text: str
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    scores: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Comparison:
    common: int
    only_a: int
    only_b: int
    differences: list[Difference]
    changes: list[Change]


def load_results(path: Path) -> Results:
    """A results file, or the one in a folder. Raises EvalError when it is none."""
    if path.is_dir():
        path = path / "results.json"
    try:
        results = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise EvalError(f"{path} is not a results file: {error}.") from error
    if not isinstance(results, dict) or results.get("form") != FORM:
        raise EvalError(f"{path} is not a results file of this version.")
    return results


def compare(a: Results, b: Results) -> Comparison:
    """Compare over the questions that both runs asked; an id must ask the same in both.

    Raises EvalError where it does not, or where the runs share no question.
    """
    in_a = {record["id"]: record for record in a["records"]}
    in_b = {record["id"]: record for record in b["records"]}
    pairs = [(record, in_b[name]) for name, record in in_a.items() if name in in_b]
    if not pairs:
        raise EvalError("The two runs share no question.")
    for left, right in pairs:
        if left["text"] != right["text"]:
            raise EvalError(f"The question {left['id']!r} is not the same in the two runs.")
    # In the order in which the scores stand; an unanswerable question has fewer of them.
    names = dict.fromkeys(name for left, _ in pairs for name in left["scores"])
    differences = [difference for name in names if (difference := _difference(name, pairs))]
    changes = [change for pair in pairs if (change := _change(*pair))]
    return Comparison(
        len(pairs), len(in_a) - len(pairs), len(in_b) - len(pairs), differences, changes
    )


def _difference(name: str, pairs: Sequence[tuple[Any, Any]]) -> Difference | None:
    both = [
        (left["scores"][name], right["scores"][name])
        for left, right in pairs
        if name in left["scores"] and name in right["scores"]
    ]
    if not both:
        return None
    a, b = np.array(both, dtype=np.float64).T
    gained, lost = int((b > a).sum()), int((b < a).sum())
    binary = set(np.concatenate([a, b]).tolist()) <= {0.0, 1.0}
    return Difference(
        name,
        float(a.mean()),
        float(b.mean()),
        figure(ratio, b - a, np.ones_like(a)),
        gained,
        lost,
        mcnemar(gained, lost) if binary else None,
    )


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p-value; 1.0 where no question changed."""
    from scipy.stats import binomtest

    if gained + lost == 0:
        return 1.0
    return float(binomtest(gained, gained + lost, 0.5).pvalue)


def _change(left: Mapping[str, Any], right: Mapping[str, Any]) -> Change | None:
    scores = {
        name: (value, right["scores"][name])
        for name, value in left["scores"].items()
        if right["scores"].get(name, value) != value
    }
    if not scores and left["answer"]["answer"] == right["answer"]["answer"]:
        return None
    return Change(left["id"], left["text"], left["answer"], right["answer"], scores)
