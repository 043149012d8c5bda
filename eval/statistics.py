"""Figures over many questions, and their intervals.

Every function takes arrays whose last axis runs over the questions and works on all leading axes
at once, so that the bootstrap is one call. A figure whose denominator is empty is NaN: it is not
defined, and is shown as a dash, never as 0 or 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SEED = 20241231
RESAMPLES = 2000
BINS = 15
# Below this many questions a figure is marked as small.
SMALL = 20
# Resampled values held at a time: 8 MB of float64.
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95% interval over ``n`` questions; all NaN where it is not defined."""

    value: float
    low: float
    high: float
    n: int

    @property
    def small(self) -> bool:
        return self.n < SMALL


def ratio(numerator: Array, denominator: Array) -> Array:
    """Sum over sum: a mean (denominator of ones), a precision, a recall, or an F1."""
    below = denominator.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(below > 0, numerator.sum(axis=-1) / below, np.nan))


def auc(score: Array, positive: Array) -> Array:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties one half.

    Mann-Whitney's U over the number of pairs. NaN where one class is missing.
    """
    from scipy.stats import rankdata

    count = positive.sum(axis=-1)
    others = positive.shape[-1] - count
    ranks = np.where(positive > 0, rankdata(score, axis=-1), 0.0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = count * others
        return np.asarray(np.where(pairs > 0, (ranks - count * (count + 1) / 2) / pairs, np.nan))


def risk_coverage(confidence: Array, wrong: Array) -> Array:
    """The share of wrong answers among the k most confident, for k = 1 … n.

    El-Yaniv & Wiener 2010. Among equal confidences the wrong ones come first, so that ties can
    only make the curve worse.
    """
    order = np.lexsort((-wrong, -confidence), axis=-1)
    ordered = np.take_along_axis(wrong, order, axis=-1)
    return np.asarray(ordered.cumsum(axis=-1) / np.arange(1, wrong.shape[-1] + 1))


def aurc(confidence: Array, wrong: Array) -> Array:
    """The area under the risk-coverage curve: its mean over k (Geifman et al. 2019)."""
    return np.asarray(risk_coverage(confidence, wrong).mean(axis=-1))


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of the reliability diagram; the means are NaN when ``count`` is 0."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(confidence: Array, right: Array) -> list[Bin]:
    """BINS bins of equal width over (0, 1]; a confidence of 0 belongs to the first."""
    place = _bin_of(confidence)
    bins = []
    for position in range(BINS):
        inside = place == position
        count = int(inside.sum())
        bins.append(
            Bin(
                position / BINS,
                (position + 1) / BINS,
                count,
                float(confidence[inside].mean()) if count else float("nan"),
                float(right[inside].mean()) if count else float("nan"),
            )
        )
    return bins


def ece(confidence: Array, right: Array) -> Array:
    """Expected calibration error: |accuracy - confidence| of each bin, weighted by its share.

    Guo et al. 2017, with the bins of ``reliability``.
    """
    place = _bin_of(confidence)
    gap = right - confidence
    total = np.zeros(confidence.shape[:-1])
    for position in range(BINS):
        total = total + np.abs(np.where(place == position, gap, 0.0).sum(axis=-1))
    return np.asarray(total / confidence.shape[-1])


def _bin_of(confidence: Array) -> npt.NDArray[np.int64]:
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def percentile(share: float) -> Callable[[Array], Array]:
    """The ``share``-th percentile, interpolated linearly between the two nearest values."""
    return lambda values: np.asarray(np.percentile(values, share, axis=-1))


def figure(function: Callable[..., Array], *arrays: Array) -> Figure:
    """The function's value with its 95% interval by the percentile bootstrap.

    Efron 1979: RESAMPLES samples of the questions with replacement, and the 2.5th and 97.5th
    percentile of the figure over those in which it is defined. Always from the same seed, so the
    same questions give the same interval.
    """
    size = arrays[0].shape[-1]
    if size == 0:
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    value = float(function(*arrays))
    if np.isnan(value):
        return Figure(value, value, value, size)
    generator = np.random.default_rng(SEED)
    rows = max(1, _CHUNK // size)
    samples: list[Array] = []
    for start in range(0, RESAMPLES, rows):
        chosen = generator.integers(0, size, (min(rows, RESAMPLES - start), size))
        samples.append(function(*(array[chosen] for array in arrays)))
    low, high = np.nanpercentile(np.concatenate(samples), [2.5, 97.5])
    return Figure(value, float(low), float(high), size)
