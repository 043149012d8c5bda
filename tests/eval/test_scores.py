import math
from typing import Any

import pytest

from eval.questions import Fact, Question
from eval.scores import Scored, by_cell, cause, latency, metrics, score

KNOWN = {("doc", 0), ("doc", 1), ("doc", 2), ("other", 1)}
TWO = (Fact((0, 1), ("100億元",)), Fact((2,), ("2024年", "去年")))


def make(*facts: Fact, near: bool = False, language: str = "en") -> Question:
    kind = "number" if facts else "unanswerable"
    return Question("q", "?", language, kind, facts, near, "g", "score")


def said(*citations: tuple[str, int, str], answered: bool = True, ranked: Any = ()) -> Any:
    return {
        "answered": answered,
        "confidence": 0.9 if answered else 0.2,
        "ranked": [list(place) for place in ranked],
        "citations": [{"document": d, "section": s, "answer": a} for d, s, a in citations],
    }


def test_two_facts_by_hand() -> None:
    row = said(
        ("doc", 1, "約100億元"), ("doc", 2, "2023年"), ("other", 0, "x"),
        ranked=[("doc", 2), ("doc", 5), ("doc", 0)],
    )  # fmt: skip
    scores = score(make(*TWO), row, None, KNOWN).scores
    assert scores["citation_first"] == 1.0
    assert scores["citation_precision"] == pytest.approx(2 / 3)
    assert scores["citation_recall"] == 1.0
    assert scores["answer"] == 0.0  # the second fact is wrong
    assert scores["answer_first"] == 1.0
    assert scores["exact"] == 0.0
    # 約100億元 against 100億元: 5 of 6 and 5 of 5, F1 10/11; 2023年 against 2024年: 4 of 5 and
    # 4 of 5, F1 4/5.
    assert scores["char_f1"] == pytest.approx((10 / 11 + 4 / 5) / 2)
    assert scores["recall@1"] == 0.5
    assert scores["recall@5"] == 1.0
    assert scores["mrr"] == 1.0


def test_every_fact_must_be_covered_in_its_own_section() -> None:
    right = said(("doc", 2, "2024年"), ("doc", 0, "100億元"))
    assert score(make(*TWO), right, None, KNOWN).right
    elsewhere = said(("doc", 0, "2024年"), ("doc", 2, "100億元"))
    assert not score(make(*TWO), elsewhere, None, KNOWN).right


def test_a_fact_may_name_its_document() -> None:
    fact = Fact((1,), ("x",), "other")
    assert score(make(fact), said(("other", 1, "x")), None, KNOWN).right
    assert not score(make(fact), said(("doc", 1, "x")), None, KNOWN).right


def test_a_refusal_of_an_answerable_question_scores_nothing() -> None:
    one = score(make(TWO[0]), said(("doc", 0, ""), answered=False), "有100億元", KNOWN)
    kept = ("citation_first", "citation_precision", "citation_recall", "answer", "char_f1")
    assert [one.scores[name] for name in kept] == [0.0] * 5
    assert one.forced_right
    assert one.event  # the documents do hold an answer, which is what the confidence is about
    assert not score(make(TWO[0]), said(answered=False), "30元", KNOWN).forced_right
    assert not score(make(TWO[0]), said(answered=False), "", KNOWN).forced_right


def test_an_unanswerable_question_is_right_when_refused() -> None:
    refused = score(make(), said(answered=False), "x", KNOWN)
    assert (refused.right, refused.forced_right, refused.event) == (True, False, False)
    answered = score(make(), said(("doc", 0, "x")), None, KNOWN)
    assert (answered.right, answered.forced_right, answered.event) == (False, False, False)


def sample() -> list[Scored]:
    """Answerable: right, wrong, refused. Unanswerable: near miss answered, near and far refused."""
    fact = TWO[0]
    rows = [
        (make(fact), said(("doc", 0, "100億元"))),
        (make(fact), said(("doc", 2, "2024年"))),
        (make(fact, language="yue"), said(answered=False)),
        (make(near=True), said(("doc", 0, "x"))),
        (make(near=True), said(answered=False)),
        (make(), said(answered=False)),
    ]
    return [score(question, row, None, KNOWN) for question, row in rows]


def test_metrics_by_hand() -> None:
    figures = {name: one.value for name, one in metrics(sample()).items()}
    expected = {
        "citation_first": 1 / 3,
        "answer": 1 / 3,
        "answered_answerable": 2 / 3,
        "refused_answerable": 1 / 3,
        "abstention_precision": 2 / 3,
        "abstention_recall": 2 / 3,
        "abstention_f1": 2 / 3,
        "near_miss_recall": 1 / 2,
        "far_recall": 1.0,
        # Answerable .9 .9 .2, unanswerable .9 .2 .2: ties half: (.5+1+1) · 2 + (0+.5+.5) of 9.
        "auc": 6 / 9,
        # Of confidence .9: right, and wrong twice, the wrong first; of .2 all three wrong:
        # 1, 1, 2/3, 3/4, 4/5, 5/6.
        "aurc": (1 + 1 + 2 / 3 + 3 / 4 + 4 / 5 + 5 / 6) / 6,
        # .9: one of three came true, gap .9 - 1/3; .2: one of three, gap 1/3 - .2.
        "ece": (0.9 - 1 / 3 + 1 / 3 - 0.2) / 2,
    }
    assert {name: figures[name] for name in expected} == pytest.approx(expected)


def test_the_cause_is_the_first_stage_that_lost_it() -> None:
    found = [("doc", 0)]
    rows = {
        None: said(("doc", 0, "100億元"), ranked=found),
        "misread": said(("doc", 0, "30億元"), ranked=found),
        "section passed over": said(("doc", 2, "30億元"), ranked=[("doc", 2), *found]),
        "not retrieved": said(("doc", 2, "30億元"), ranked=[("doc", 2)]),
        "refused": said(answered=False, ranked=found),
    }
    one = make(TWO[0])
    assert [cause(score(one, row, "30億元", KNOWN)) for row in rows.values()] == list(rows)
    right = score(one, said(answered=False, ranked=found), "100億元", KNOWN)
    assert cause(right) == "refused, though read rightly"
    assert cause(score(make(), said(answered=False), None, KNOWN)) is None
    assert cause(score(make(), said(("doc", 0, "x")), None, KNOWN)) == "answered without grounds"


def test_a_cell_of_one_class_has_no_abstention_precision() -> None:
    fact = TWO[0]
    rows = [score(make(fact), said(answered=a), None, KNOWN) for a in (True, False)]
    figures = metrics(rows)
    assert math.isnan(figures["abstention_precision"].value)
    assert math.isnan(figures["abstention_f1"].value)
    assert figures["refused_answerable"].value == 0.5


def test_what_is_not_defined_is_not_a_number() -> None:
    figures = metrics([score(make(), said(answered=False), None, KNOWN)])
    assert all(math.isnan(figures[name].value) for name in ("answer", "refused_answerable", "auc"))
    assert figures["abstention_recall"].value == 1.0
    assert figures["abstention_recall"].n == 1


def test_cells_and_latency() -> None:
    scored = sample()
    cells = by_cell(scored)
    assert {name: len(cell) for name, cell in cells["language"].items()} == {"yue": 1, "en": 5}
    assert list(cells["kind"]) == ["number", "unanswerable"]
    assert latency(scored[:3], [0.1, 0.2, 0.3])["p50"].value == pytest.approx(0.2)
