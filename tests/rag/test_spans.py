import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import spans

TEXT = "香港排名第3名，研發開支增加至超過330億元，登記用戶突破310萬，比率升至1.11%。成立「數字辦」，（一）試用。"


@pytest.mark.parametrize(
    ("found", "whole"),
    [("3", "第3名"), ("330", "超過330億元"), ("310", "310萬"), ("11", "1.11%"), ("香港", "香港")],
)
def test_figures_are_made_whole(found: str, whole: str) -> None:
    start = TEXT.index(found)
    assert TEXT[slice(*spans.complete_figure(TEXT, start, start + len(found)))] == whole


@pytest.mark.parametrize(
    ("found", "trimmed"),
    [("，登記用戶，", "登記用戶"), ("「數字辦", "「數字辦」"), ("數字辦」", "「數字辦」")],
)
def test_edges_are_trimmed_and_brackets_closed(found: str, trimmed: str) -> None:
    text = TEXT + "，登記用戶，"
    start = text.index(found)
    assert text[slice(*spans.trim(text, start, start + len(found)))] == trimmed


alphabet = st.sampled_from("甲乙丙第12.5億元%，。；「」（）()\n ab,!")


@given(st.text(alphabet, min_size=1, max_size=400), st.data())
def test_an_answer_is_always_inside_its_quote_and_its_line(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    a, b = spans.within_line(text, start, end)
    assert start <= a <= b <= end and "\n" not in text[a:b]
    if a == b:
        return
    a, b = spans.complete_figure(text, *spans.trim(text, a, b))
    assert a < b and "\n" not in text[a:b]
    for around in (spans.quote_around, spans.sentence_around, spans.clause_around):
        first, last = around(text, a, b)
        assert "\n" not in text[first:last]
        if around is not spans.clause_around:
            assert first <= a and b <= last
