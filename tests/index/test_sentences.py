from hypothesis import given
from hypothesis import strategies as st

from index.sentences import clauses, sentences


def cut(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


def test_chinese() -> None:
    assert cut("他說：「好。走吧！」她走了。第二句；第三句") == [
        "他說：「好。走吧！」", "她走了。", "第二句；", "第三句",
    ]  # fmt: skip
    assert cut("甲「未關。乙。丙") == ["甲「未關。", "乙。", "丙"]


def test_a_bracket_never_closed_does_not_undo_the_brackets_around_it() -> None:
    assert cut("「甲（乙。丙」丁。戊") == ["「甲（乙。丙」丁。", "戊"]
    assert cut("甲「乙）丙。丁」戊。己") == ["甲「乙）丙。丁」戊。", "己"]


def test_english() -> None:
    assert cut("Mr. Lee paid 1.11% in the U.S. He left. Then 3.1M came!") == [
        "Mr. Lee paid 1.11% in the U.S. He left.", "Then 3.1M came!",
    ]  # fmt: skip


def test_clauses_keep_brackets_whole() -> None:
    text = "甲（一，二），乙，丙"
    assert [text[a:b] for a, b in clauses(text, 0, len(text))] == ["甲（一，二），", "乙，", "丙"]


@given(st.text(alphabet=st.sampled_from("甲乙 ab.。，,「」（）()\n！?;；1A\"'"), max_size=900))
def test_every_character_is_in_exactly_one_sentence(text: str) -> None:
    covered = set()
    for start, end in sentences(text):
        assert 0 < end - start <= 400 and "\n" not in text[start:end]
        assert covered.isdisjoint(range(start, end))
        covered.update(range(start, end))
        inner = {i for a, b in clauses(text, start, end) for i in range(a, b)}
        assert {i for i in range(start, end) if not text[i].isspace()} <= inner
    assert {i for i, c in enumerate(text) if not c.isspace()} <= covered
