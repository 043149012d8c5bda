import math
from collections.abc import Callable

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from eval.ranking import Place, places, recall_at, reciprocal_rank
from eval.statistics import (
    RESAMPLES,
    Array,
    auc,
    aurc,
    ece,
    figure,
    percentile,
    permutation_p,
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


PLACES = st.tuples(st.sampled_from("de"), st.integers(0, 4))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(PLACES, unique=True, max_size=10),
    st.lists(st.sets(PLACES, min_size=1, max_size=3), min_size=1, max_size=3),
)
def test_ranking_is_trec_eval_s(ranked: list[Place], facts: list[set[Place]]) -> None:
    def judged(wanted: set[Place]) -> dict[str, float]:
        name = "{0[0]} {0[1]}".format
        run = {"q": {name(place): -float(rank) for rank, place in enumerate(ranked)}}
        judge = pytrec_eval.RelevanceEvaluator(
            {"q": dict.fromkeys(map(name, wanted), 1)}, {"success.1,5", "recip_rank", "recall.5"}
        )
        figures: dict[str, float] = judge.evaluate(run)["q"]
        return figures

    # A fact is found when any of its sections is: trec_eval's success, the mean over the facts.
    each = [judged(wanted) for wanted in facts]
    for k in (1, 5):
        success = sum(one[f"success_{k}"] for one in each) / len(each)
        assert recall_at(k, ranked, facts) == pytest.approx(success)
    union = judged(set().union(*facts))
    assert reciprocal_rank(ranked, facts) == pytest.approx(union["recip_rank"])
    # With one section a fact it is trec_eval's recall.
    single = [{place} for place in set().union(*facts)]
    assert recall_at(5, ranked, single) == pytest.approx(union["recall_5"])


def ones(values: Array) -> Array:
    return np.ones_like(values)


def test_ratio_by_hand() -> None:
    assert ratio(array(1, 1, 1), array(1, 0, 1), array(1, 1, 1)) == pytest.approx(2 / 3)
    assert ratio(array(3, 1, 0), array(1, 0, 1), array(1, 1, 1)) == pytest.approx(3 / 4)
    # Abstention by hand: refused 3, of them 2 rightly; 4 are unanswerable.
    rightly, refused, unanswerable = (
        array(1, 1, 0, 0, 0),
        array(1, 1, 1, 0, 0),
        array(1, 1, 0, 1, 1),
    )
    once = ones(refused)
    assert ratio(once, rightly, refused) == pytest.approx(2 / 3)
    assert ratio(once, rightly, unanswerable) == pytest.approx(1 / 2)
    assert ratio(once, 2 * rightly, refused + unanswerable) == pytest.approx(4 / 7)
    assert math.isnan(ratio(array(1, 1), array(0, 0), array(0, 0)))


def test_auc_by_hand() -> None:
    # Pairs of a positive and a negative: .9 > .8, .9 > .1, .8 = .8 (half), .8 > .1: 3.5 of 4.
    score, positive = array(0.9, 0.8, 0.8, 0.1), array(1, 1, 0, 0)
    assert auc(ones(score), score, positive) == pytest.approx(3.5 / 4)
    assert math.isnan(auc(array(1, 1), array(0.9, 0.8), array(1, 1)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_library_s(pairs: list[tuple[int, bool]]) -> None:
    score = array(*(s for s, _ in pairs))
    positive = array(*(float(p) for _, p in pairs))
    if 0 < positive.sum() < len(pairs):
        assert auc(ones(score), score, positive) == pytest.approx(roc_auc_score(positive, score))


def test_risk_coverage_by_hand() -> None:
    # By confidence: right, wrong, right, wrong: 0, 1/2, 1/3, 2/4.
    confidence, wrong = array(0.2, 0.9, 0.5, 0.7), array(1, 0, 0, 1)
    assert risk_coverage(confidence, wrong).tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert aurc(ones(wrong), confidence, wrong) == pytest.approx((1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_risk_coverage_puts_the_wrong_first_among_equals() -> None:
    assert risk_coverage(array(0.5, 0.5), array(0, 1)).tolist() == [1.0, 0.5]
    assert risk_coverage(array(0.5, 0.5), array(1, 0)).tolist() == [1.0, 0.5]


def test_ece_and_reliability_by_hand() -> None:
    # Bin (0.8, 0.8667]: two of 0.85, one right: gap 0.35. Bin (0.0667, 0.1333]: one of 0.1,
    # wrong: gap 0.1. ECE = 2/3 · 0.35 + 1/3 · 0.1.
    confidence, right = array(0.85, 0.85, 0.1), array(1, 0, 0)
    assert ece(ones(right), confidence, right) == pytest.approx(2 / 3 * 0.35 + 1 / 3 * 0.1)
    bins = reliability(confidence, right)
    assert [(i, bar.count) for i, bar in enumerate(bins) if bar.count] == [(1, 1), (12, 2)]
    assert bins[12].accuracy == 0.5
    assert math.isnan(bins[0].accuracy)


def test_the_ends_of_the_scale_have_bins() -> None:
    bins = reliability(array(0.0, 1.0), array(0, 1))
    assert (bins[0].count, bins[-1].count) == (1, 1)


def test_percentile_by_hand() -> None:
    values = array(3, 1, 4, 2)
    assert percentile(50.0)(ones(values), values) == pytest.approx(2.5)
    # 1 1 1 2 2 3: the middle lies between 1 and 2.
    assert percentile(50.0)(array(1, 3, 0, 2), values) == pytest.approx(1.5)
    values = array(*range(101))
    assert percentile(95.0)(ones(values), values) == pytest.approx(95)


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


def test_the_interval_draws_whole_groups() -> None:
    # Ten questions, each asked four times with one outcome, are ten and not forty.
    values = array(*[1, 0] * 5)
    alone = figure(ratio, values, np.ones_like(values))
    fourfold = np.repeat(values, 4)
    groups = np.repeat(np.arange(10), 4).tolist()
    together = figure(ratio, fourfold, np.ones_like(fourfold), groups=groups)
    assert (together.low, together.high) == (alone.low, alone.high)
    assert (together.value, together.n) == (0.5, 40)
    lonely = figure(ratio, values, np.ones_like(values), groups=["g"] * 10)
    assert lonely.value == 0.5
    assert math.isnan(lonely.low)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 8), st.integers(0, 5))
def test_the_paired_test_is_mcnemar_s(gained: int, lost: int) -> None:
    difference = array(*[1.0] * gained, *[-1.0] * lost, 0, 0)
    exact = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert permutation_p(difference, range(difference.size)) == pytest.approx(exact)


def test_the_paired_test_by_hand() -> None:
    # 1 of 6 changes: 2 · (1 + 6) / 2^6; 0 of 5: 2 / 2^5.
    assert permutation_p(array(1, 1, 1, 1, 1, -1), range(6)) == pytest.approx(14 / 64)
    assert permutation_p(array(1, 1, 1, 1, 1), range(5)) == pytest.approx(2 / 32)
    # One question in five wordings is one question.
    assert permutation_p(array(1, 1, 1, 1, 1), ["g"] * 5) == 1.0
    # Sums of 2, 1 and -1/2: the sum of 2.5 or more comes of +++ and ++-; 2 · 2 / 2^3.
    assert permutation_p(array(2, 1, -0.5), range(3)) == pytest.approx(1 / 2)
    assert permutation_p(array(0, 0), range(2)) == 1.0


def test_a_figure_of_nothing_is_not_defined() -> None:
    nothing = figure(ratio, array(), array())
    assert math.isnan(nothing.value)
    assert nothing.n == 0
    assert nothing.small
    alone = figure(auc, array(0.5, 0.6), array(1, 1))
    assert math.isnan(alone.value) and math.isnan(alone.low)


@pytest.mark.parametrize("function", [ratio, auc, aurc, ece, percentile(95.0)])
def test_a_weight_stands_for_so_many_copies(function: Callable[..., Array]) -> None:
    generator = np.random.default_rng(1)
    left = generator.integers(0, 5, 12) / 5
    right = generator.integers(0, 2, 12).astype(float)
    arrays = (left, right)[: 1 if function not in (ratio, auc, aurc, ece) else 2]
    weight = generator.integers(0, 4, (6, 12))
    together = function(weight.astype(float), *arrays)
    copies = [[np.repeat(values, row) for values in arrays] for row in weight]
    alone = [float(function(np.ones(len(one[0])), *one)) for one in copies]
    assert together.tolist() == pytest.approx(alone)
