import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from eval.ranking import places, recall_at, reciprocal_rank
from eval.statistics import (
    RESAMPLES,
    Array,
    auc,
    aurc,
    ece,
    figure,
    percentile,
    ratio,
    reliability,
    risk_coverage,
)


def array(*values: float) -> Array:
    return np.array(values, dtype=np.float64)


def test_ranking_by_hand() -> None:
    ranked = places([("d", 3), ("d", 1), ("d", 3), ("d", 2)])
    assert ranked == [("d", 3), ("d", 1), ("d", 2)]
    either = [{("d", 1), ("d", 9)}]
    assert recall_at(1, ranked, either) == 0.0
    assert recall_at(2, ranked, either) == 1.0
    assert reciprocal_rank(ranked, either) == 0.5
    two = [{("d", 3)}, {("d", 2)}]
    assert recall_at(1, ranked, two) == 0.5
    assert recall_at(5, ranked, two) == 1.0
    assert reciprocal_rank(ranked, [{("other", 3)}]) == 0.0
    assert recall_at(5, [], two) == 0.0


def test_ratio_by_hand() -> None:
    assert ratio(array(1, 0, 1), array(1, 1, 1)) == pytest.approx(2 / 3)
    # Abstention by hand: refused 3, of them 2 rightly; 4 are unanswerable.
    rightly, refused, unanswerable = (
        array(1, 1, 0, 0, 0),
        array(1, 1, 1, 0, 0),
        array(1, 1, 0, 1, 1),
    )
    assert ratio(rightly, refused) == pytest.approx(2 / 3)
    assert ratio(rightly, unanswerable) == pytest.approx(1 / 2)
    assert ratio(2 * rightly, refused + unanswerable) == pytest.approx(4 / 7)
    assert math.isnan(ratio(array(0, 0), array(0, 0)))


def test_auc_by_hand() -> None:
    # Pairs of a positive and a negative: .9 > .8, .9 > .1, .8 = .8 (half), .8 > .1: 3.5 of 4.
    assert auc(array(0.9, 0.8, 0.8, 0.1), array(1, 1, 0, 0)) == pytest.approx(3.5 / 4)
    assert math.isnan(auc(array(0.9, 0.8), array(1, 1)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_library_s(pairs: list[tuple[int, bool]]) -> None:
    score = array(*(s for s, _ in pairs))
    positive = array(*(float(p) for _, p in pairs))
    if 0 < positive.sum() < len(pairs):
        assert auc(score, positive) == pytest.approx(roc_auc_score(positive, score))


def test_risk_coverage_by_hand() -> None:
    # By confidence: right, wrong, right, wrong: 0, 1/2, 1/3, 2/4.
    confidence, wrong = array(0.2, 0.9, 0.5, 0.7), array(1, 0, 0, 1)
    assert risk_coverage(confidence, wrong).tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert aurc(confidence, wrong) == pytest.approx((1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_risk_coverage_puts_the_wrong_first_among_equals() -> None:
    assert risk_coverage(array(0.5, 0.5), array(0, 1)).tolist() == [1.0, 0.5]
    assert risk_coverage(array(0.5, 0.5), array(1, 0)).tolist() == [1.0, 0.5]


def test_ece_and_reliability_by_hand() -> None:
    # Bin (0.8, 0.8667]: two of 0.85, one right: gap 0.35. Bin (0.0667, 0.1333]: one of 0.1,
    # wrong: gap 0.1. ECE = 2/3 · 0.35 + 1/3 · 0.1.
    confidence, right = array(0.85, 0.85, 0.1), array(1, 0, 0)
    assert ece(confidence, right) == pytest.approx(2 / 3 * 0.35 + 1 / 3 * 0.1)
    bins = reliability(confidence, right)
    assert [(i, bar.count) for i, bar in enumerate(bins) if bar.count] == [(1, 1), (12, 2)]
    assert bins[12].accuracy == 0.5
    assert math.isnan(bins[0].accuracy)


def test_the_ends_of_the_scale_have_bins() -> None:
    bins = reliability(array(0.0, 1.0), array(0, 1))
    assert (bins[0].count, bins[-1].count) == (1, 1)


def test_percentile_by_hand() -> None:
    assert percentile(50.0)(array(1, 2, 3, 4)) == pytest.approx(2.5)
    assert percentile(95.0)(array(*range(101))) == pytest.approx(95)


def test_the_interval_is_seeded_and_brackets_the_value() -> None:
    values = array(*([1.0] * 30 + [0.0] * 10))
    one, two = (figure(ratio, values, np.ones_like(values)) for _ in range(2))
    assert one == two
    # The binomial's own interval for 30 of 40, 0.75 ± 1.96 · 0.0685, to two hundredths.
    assert (one.low, one.high) == (pytest.approx(0.616, abs=0.02), pytest.approx(0.884, abs=0.02))
    assert not one.small
    assert figure(ratio, values[:19], np.ones(19)).small


def test_the_interval_is_the_same_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    values = array(1, 0, 1, 1, 0)
    whole = figure(ratio, values, np.ones_like(values))
    monkeypatch.setattr("eval.statistics._CHUNK", 5 * (RESAMPLES // 4))
    assert figure(ratio, values, np.ones_like(values)) == whole


def test_a_figure_of_nothing_is_not_defined() -> None:
    nothing = figure(ratio, array(), array())
    assert math.isnan(nothing.value)
    assert nothing.n == 0
    assert nothing.small
    alone = figure(auc, array(0.5, 0.6), array(1, 1))
    assert math.isnan(alone.value) and math.isnan(alone.low)


@pytest.mark.parametrize("function", [auc, aurc, ece])
def test_many_samples_at_once_are_one_by_one(function: object) -> None:
    generator = np.random.default_rng(1)
    left = generator.integers(0, 5, (4, 12)) / 5
    right = generator.integers(0, 2, (4, 12)).astype(float)
    together = function(left, right)  # type: ignore[operator]
    alone = [float(function(a, b)) for a, b in zip(left, right, strict=True)]  # type: ignore[operator]
    assert together.tolist() == pytest.approx(alone)
