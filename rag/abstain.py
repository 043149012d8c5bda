"""Whether the documents hold the answer, and whether ours is right: two calibrated probabilities.

Logistic models over the same few features. Their weights are in ``abstention.json``, written by
``python -m rag.calibrate``, which says what they were fitted on.
"""

import json
import math
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.errors import ModelError

WEIGHTS = Path(__file__).with_name("abstention.json")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against an answer.

    ``span``: the reader's log-odds of the best span against no answer; ``any``: of all spans found
    together. ``lead``: how far the best is before the best span of another section. ``late``: the
    mean MaxSim of the passage it stands in. ``words``: the share of the question's terms, weighted
    by rarity, found in that passage. ``foreign``: 1 where question and passage share no script, so
    that neither of the last two can be high; otherwise 0. ``margin``: how far the best span is
    before another of its section. ``length``: the logarithm of one more than its characters.
    ``figure``: 1 where a figure or date is asked for, of which a text has many to be mistaken for
    it; otherwise 0.
    """

    span: float
    any: float
    lead: float
    late: float
    words: float
    foreign: float
    margin: float
    length: float
    figure: float


@dataclass(frozen=True)
class LogisticModel:
    weights: tuple[float, ...]
    bias: float

    def probability(self, evidence: Evidence) -> float:
        total = self.bias
        for weight, value in zip(self.weights, astuple(evidence), strict=True):
            total += weight * value
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


@dataclass(frozen=True)
class Abstention:
    """``answerable``: that the documents hold an answer; ``right``: that the answer found is right."""

    answerable: LogisticModel
    right: LogisticModel


@lru_cache(maxsize=1)
def load_models(file: Path = WEIGHTS) -> Abstention:
    """Raises ModelError where the file is missing or is not what calibrate writes."""
    try:
        stored = json.loads(file.read_text("utf-8"))
        return Abstention(_model(stored["answerable"]), _model(stored["right"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file} cannot be read: restore it from the repository, "
            "or write it anew with python -m rag.calibrate."
        ) from error


def _model(stored: dict[str, Any]) -> LogisticModel:
    weights = tuple(float(stored["weights"][f.name]) for f in fields(Evidence))
    return LogisticModel(weights, float(stored["bias"]))
