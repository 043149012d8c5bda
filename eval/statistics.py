"""Figures over many questions, and their intervals.

Every figure is a function of one array a quantity, over the questions, and of ``weight``: how
often each question counts, as whole numbers, over whose leading axes it works at once. All ones
give the figure itself, and the resamples of the bootstrap are rows of other weights. A figure
whose denominator is empty is NaN: it is not defined, and is shown as a dash, never as 0 or 1.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SEED = 20241231
RESAMPLES = 2000
BINS = 15
# Below this many questions a figure is marked as small.
SMALL = 20
# Weights held at a time: 1 MB of float64, so that a processor's cache holds them.
_CHUNK = 1 << 17


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95% interval over ``n`` questions; NaN is what is not defined."""

    value: float
    low: float
    high: float
    n: int

    @property
    def small(self) -> bool:
        return self.n < SMALL


def ratio(weight: Array, numerator: Array, denominator: Array) -> Array:
    """Sum over sum: a mean (denominator of ones), a precision, a recall, or an F1."""
    below = weight @ denominator
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(below > 0, weight @ numerator / below, np.nan))


def auc(weight: Array, score: Array, positive: Array) -> Array:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties one half.

    Mann-Whitney's U over the number of pairs. NaN where one class is missing.
    """
    order = np.argsort(score)
    # One block of questions a score.
    starts = np.flatnonzero(np.diff(score[order], prepend=np.nan) != 0)
    above = np.add.reduceat((weight * positive)[..., order], starts, axis=-1)
    below = np.add.reduceat((weight * (1 - positive))[..., order], starts, axis=-1)
    won = (above * (below.cumsum(axis=-1) - below / 2)).sum(axis=-1)
    pairs = above.sum(axis=-1) * below.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(pairs > 0, won / pairs, np.nan))


def _most_confident_first(confidence: Array, wrong: Array) -> npt.NDArray[np.intp]:
    """Among equal confidences the wrong ones come first, so that ties can only cost."""
    return np.lexsort((-wrong, -confidence))


def risk_coverage(confidence: Array, wrong: Array) -> Array:
    """The share of wrong answers among the k most confident, for k = 1 … n.

    El-Yaniv & Wiener 2010.
    """
    ordered = wrong[_most_confident_first(confidence, wrong)]
    return np.asarray(ordered.cumsum() / np.arange(1, wrong.size + 1))


def aurc(weight: Array, confidence: Array, wrong: Array) -> Array:
    """The area under the risk-coverage curve: its mean over k (Geifman et al. 2019)."""
    order = _most_confident_first(confidence, wrong)
    copies, missed = weight[..., order], wrong[order]
    before = copies.cumsum(axis=-1) - copies
    wrong_before = (copies * missed).cumsum(axis=-1) - copies * missed
    # The risk at the j-th copy of a question is (wrong_before + j) / (before + j) when it is
    # wrong, and wrong_before / (before + j) when it is not; over the copies of one question both
    # are sums of 1 / (before + j), a difference of harmonic numbers.
    total = copies.sum(axis=-1)
    harmonic = np.concatenate([[0.0], (1 / np.arange(1, int(total.max()) + 1)).cumsum()])
    inverse = harmonic[(before + copies).astype(np.intp)] - harmonic[before.astype(np.intp)]
    risk = np.where(missed > 0, copies - (before - wrong_before) * inverse, wrong_before * inverse)
    return np.asarray(risk.sum(axis=-1) / total)


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


def ece(weight: Array, confidence: Array, right: Array) -> Array:
    """Expected calibration error: |accuracy - confidence| of each bin, weighted by its share.

    Guo et al. 2017, with the bins of ``reliability``.
    """
    gap = np.zeros((confidence.size, BINS))
    gap[np.arange(confidence.size), _bin_of(confidence)] = right - confidence
    return np.asarray(np.abs(weight @ gap).sum(axis=-1) / weight.sum(axis=-1))


def _bin_of(confidence: Array) -> npt.NDArray[np.int64]:
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def percentile(share: float) -> Callable[..., Array]:
    """The ``share``-th percentile, interpolated linearly between the two nearest values."""

    def function(weight: Array, values: Array) -> Array:
        order = np.argsort(values)
        upto = weight[..., order].cumsum(axis=-1)
        place = share / 100 * (upto[..., -1:] - 1)
        low, high = (
            values[order][(upto <= k).sum(axis=-1)] for k in (np.floor(place), np.ceil(place))
        )
        return np.asarray(low + (high - low) * (place - np.floor(place))[..., 0])

    return function


def figure(
    function: Callable[..., Array], *arrays: Array, groups: Sequence[Hashable] | None = None
) -> Figure:
    """The function's value with its 95% interval by the percentile bootstrap.

    Efron 1979: RESAMPLES samples with replacement, and the 2.5th and 97.5th percentile of the
    figure over those in which it is defined. What is drawn are the ``groups`` (one a question),
    each with all its questions, for paraphrases of one question fare alike (the cluster bootstrap;
    Davison & Hinkley 1997, ch. 3.8); without ``groups``, the questions. One group alone has no
    interval. Always from the same seed, so the same questions give the same interval.
    """
    size = arrays[0].size
    if size == 0:
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    value = float(function(np.ones(size), *arrays))
    if np.isnan(value):
        return Figure(value, value, value, size)
    numbers = {name: i for i, name in enumerate(dict.fromkeys(groups or range(size)))}
    if len(numbers) < 2:
        return Figure(value, float("nan"), float("nan"), size)
    group = np.array([numbers[name] for name in groups or range(size)])
    generator = np.random.default_rng(SEED)
    rows = max(1, _CHUNK // size)
    samples: list[Array] = []
    for start in range(0, RESAMPLES, rows):
        count = min(rows, RESAMPLES - start)
        drawn = generator.integers(0, len(numbers), (count, len(numbers)))
        drawn += len(numbers) * np.arange(count)[:, None]
        times = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)
        samples.append(function(times[:, group].astype(np.float64), *arrays))
    low, high = np.nanpercentile(np.concatenate(samples), [2.5, 97.5])
    return Figure(value, float(low), float(high), size)


def permutation_p(difference: Array, groups: Sequence[Hashable]) -> float:
    """Whether paired differences mean anything: the two-sided p-value of the sign-flip test.

    Fisher's randomisation test, which Smucker et al. 2007 recommend for retrieval: were the two
    systems alike, each group of questions could as well have differed the other way round. Exact
    where few groups differ, else over 9,999 random flips from one seed. For independent scores of
    0 and 1 it is McNemar's exact test. 1.0 where nothing differs, or one group alone.
    """
    from scipy.stats import permutation_test

    sums: dict[Hashable, float] = {}
    for name, value in zip(groups, difference.tolist(), strict=True):
        sums[name] = sums.get(name, 0.0) + value
    changed = np.array([value for value in sums.values() if value])
    if changed.size < 2:
        return 1.0
    result = permutation_test(
        (changed,), np.sum, permutation_type="samples", n_resamples=9999, vectorized=True,
        rng=np.random.default_rng(SEED),
    )  # fmt: skip
    return float(result.pvalue)
