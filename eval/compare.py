"""Two runs of the same questions: what changed, and whether the difference means anything."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.errors import EvalError
from eval.run import FORM, Results
from eval.statistics import Figure, figure, permutation_p, ratio

LEVEL = 0.05
RIGHT = "right"
"""The name of what every question has: whether it was answered, or refused, rightly."""
_ORDER = {(True, False): 0, (False, True): 1, (False, False): 2, (True, True): 3}


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric in two runs over the questions that both asked.

    ``difference`` is B - A with its 95% paired bootstrap interval, ``p`` the paired sign-flip
    test's (``statistics.permutation_p``); both take the questions by group. ``gained`` and
    ``lost`` count the questions that rose and fell from A to B.
    """

    metric: str
    a: float
    b: float
    difference: Figure
    gained: int
    lost: int
    p: float

    @property
    def verdict(self) -> str:
        if self.p >= LEVEL:
            return "no difference shown"
        return "B is higher" if self.difference.value > 0 else "A is higher"


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose answer or scores differ, from A (``a``) to B (``b``).

    ``right`` says whether each was right, ``scores`` holds metric: (in A, in B).
    """

    id: str
    text: str
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    right: tuple[bool, bool]
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
    # In the order in which the scores stand; an unanswerable question has one of its own.
    names = dict.fromkeys(name for left, _ in pairs for name in left["scores"])
    differences = [_difference(RIGHT, pairs, lambda record: float(record["right"]))]
    for name in names:
        having = [pair for pair in pairs if all(name in one["scores"] for one in pair)]
        if having:
            differences.append(_difference(name, having, _score(name)))
    changes = [change for pair in pairs if (change := _change(*pair))]
    # What was lost first, then what was won: sorted() is stable.
    changes.sort(key=lambda change: _ORDER[change.right])
    return Comparison(
        len(pairs), len(in_a) - len(pairs), len(in_b) - len(pairs), differences, changes
    )


def _score(name: str) -> Callable[[Any], float]:
    return lambda record: float(record["scores"][name])


def _difference(
    name: str, pairs: Sequence[tuple[Any, Any]], value: Callable[[Any], float]
) -> Difference:
    a, b = np.array([[value(left), value(right)] for left, right in pairs], dtype=np.float64).T
    groups = [left["group"] for left, _ in pairs]
    return Difference(
        name,
        float(a.mean()),
        float(b.mean()),
        figure(ratio, b - a, np.ones_like(a), groups=groups),
        int((b > a).sum()),
        int((b < a).sum()),
        permutation_p(b - a, groups),
    )


def _change(left: Mapping[str, Any], right: Mapping[str, Any]) -> Change | None:
    scores = {
        name: (value, right["scores"][name])
        for name, value in left["scores"].items()
        if right["scores"].get(name, value) != value
    }
    if not scores and left["answer"]["answer"] == right["answer"]["answer"]:
        return None
    return Change(
        left["id"],
        left["text"],
        left["answer"],
        right["answer"],
        (left["right"], right["right"]),
        scores,
    )
