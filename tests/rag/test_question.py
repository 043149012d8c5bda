import pytest

from index.sections import Section
from rag.question import QuestionError, named_by_heading, parse_question


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("第六項說了什麼？", 6), ("第10项讲了什么", 10), ("第十項講咩？", 10), ("What does section 10 say?", 10),
        ("Summarise item 3", 3), ("what is the tenth item about", 10), ("第七條內容係咩", 7),
    ],
)  # fmt: skip
def test_a_question_for_a_section_by_number(text: str, section: int) -> None:
    question = parse_question(text, 500)
    assert (question.section, question.lookup, question.whole) == (section, True, False)


@pytest.mark.parametrize("text", ["第六項的基金有多少錢？", "How much is the fund in section 6?"])
def test_a_fact_of_a_section_is_no_lookup(text: str) -> None:
    question = parse_question(text, 500)
    assert question.section == 6 and not question.lookup


@pytest.mark.parametrize("text", ["第三個平台研究什麼？", "香港排名第5嗎", "第四批有幾多人？"])
def test_an_ordinal_that_names_no_section(text: str) -> None:
    assert parse_question(text, 500).section is None


@pytest.mark.parametrize(
    "text", ["文章講咩？", "这篇报道的主要内容是什么？", "What is this article about?"]
)
def test_a_question_about_the_whole(text: str) -> None:
    assert parse_question(text, 500).whole


def test_who_wrote_the_article_is_a_fact() -> None:
    assert not parse_question("Who wrote this article?", 500).whole
    assert not parse_question("文章是誰寫的？", 500).whole


def test_a_section_by_its_heading() -> None:
    sections = [Section("d", 1, "創科盛事之都 活動浪接浪", "x"), Section("d", 2, "其他", "y")]
    assert named_by_heading(parse_question("「創科盛事之都」那一項講什麼？", 500), sections) == [0]
    assert named_by_heading(parse_question("創科盛事之都舉辦了幾多活動？", 500), sections) == []


@pytest.mark.parametrize("text", ["", " \n\u3000", "？！", "\x00\x07", "\ud800"])
def test_an_empty_question_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        parse_question(text, 500)


def test_a_long_question_is_refused_with_the_limit() -> None:
    with pytest.raises(QuestionError, match="at most 500"):
        parse_question("問" * 10_000, 500)


def test_kinds_that_want_more_than_a_span() -> None:
    assert parse_question("香港係咪第三？", 500).yes_no
    assert parse_question("Did Hong Kong rank third?", 500).yes_no
    assert parse_question("為什麼成立辦公室？", 500).explanation
    assert not parse_question("How many people?", 500).explanation
