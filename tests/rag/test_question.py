import json
from pathlib import Path

import pytest

from index.sections import Section
from rag.question import LAST, QuestionError, named_by_heading, parse_question


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


THE_FIFTH = [
    "第五項是甚麼？", "第5項講邊啲嘢", "第五項寫乜", "第五項的內容是什麼",
    "第五點說了些什麼？", "第五條新聞講乜", "第五件事係咩嚟㗎", "第5個項目是什麼",
    "第五個重點是什麼", "講下第五項", "同我講吓第五項", "第5項大概說甚麼？", "請概述第五項",
    "請簡述第五部分", "第五项主要讲的是什么内容？", "第五节写的是什么？", "第5条具体说了啥",
    "介绍一下第五项", "第五項有乜嘢睇", "第五項係講乜嘢㗎？", "第五項提到些甚麼",
    "第五大工作是什麼？", "第五項工作係乜", "item 5", "Item five?", "what's in item 5?",
    "What does the fifth item cover?", "tell me about the fifth point",
    "What is number five about?", "what is no. 5", "fifth section please", "Explain section 5",
    "Describe item 5", "Describe the 5th item briefly", "What's the fifth one about?",
    "Can you summarise the 5th section for me?", "Please give me a summary of item number 5",
    "what's listed as number 5", "What is the fifth thing on the list?",
    "What's the content of section five?", "what does point five talk about",
    "Show me section 5", "Read item 5 to me", "What happens in section 5?",
    "what is said under item 5?", "details of item 5", "section 5 overview", "§5", "第5項？",
    "我想睇第五項", "想了解第五項", "第五項說的是甚麼事？", "第五項的標題是什麼？",
    "What is the heading of item 5?", "第五則講咩", "讀第五項畀我聽",
    "請告訴我第五項的主要內容", "第五項列出了什麼",
    "第五個講啲乜", "五號新聞係咩", "第五條講左d咩", "五號嗰單嘢係咩事", "point 5講緊咩", "項目5",
    "（五）的內容是什麼", "5號講什麼", "介紹一下排第五的那一則", "第 5 項有何內容？", "第五小节",
    "能不能把第五项念给我听", "展开讲讲第5点", "section V", "no.5 pls", "para 5",
]  # fmt: skip
A_FACT_OF_THE_FIFTH = [
    "第五項提到的基金有多少錢？", "第五項的計劃何時推出？", "how much money in item 5?",
    "who leads the scheme in section 5?", "第5項邊個負責？",
    "Which companies are named in item 5?", "第五項說的地點在哪裏？", "第五項有幾多個項目？",
]  # fmt: skip
THE_WHOLE = [
    "這篇文章講甚麼", "文章大意", "呢篇嘢講乜", "成篇文講啲咩", "請總結全文",
    "用一句話概括這篇報道", "這則新聞的重點是什麼？", "整篇报道的主题是什么", "报道主要内容",
    "文章的中心思想是什么？", "這篇報道在說什麼", "呢份報道想講咩", "簡單講下呢篇文",
    "一句講晒成篇文", "全文摘要", "這份文件是關於什麼的？", "这篇新闻报道讲了一件什么事？",
    "总结一下", "請總結", "幫我總結下", "tl;dr", "TLDR please", "Summary",
    "Summarise the article", "Give me a summary",
    "Can you summarize this article in one sentence?", "what's the article about",
    "What's this about?", "What is the main point of the report?",
    "What is the gist of this story?", "main idea of the text",
    "What does the article talk about?", "What's the news?",
    "What topic does this piece cover?", "Give me an overview of the article",
    "Briefly, what is this news report about?", "In a nutshell, what does it say?",
    "這是一篇關於什麼的報道？", "内容是什么", "呢篇新聞係講緊乜", "What is this document?",
    "What can this article tell me?",
]  # fmt: skip
A_FACT_OF_THE_WHOLE = [
    "文章講咗邊個基金？", "文章提到的基金有多少錢？", "What does the article say about AI?",
    "這篇文章有沒有提到人工智能？", "who wrote the article?", "文章作者是誰？",
    "報道在哪一天刊登？", "這篇報道發表於何時？", "What does the report say about housing?",
]  # fmt: skip


@pytest.mark.parametrize("text", THE_FIFTH)
def test_the_many_ways_to_ask_for_a_section(text: str) -> None:
    question = parse_question(text, 500)
    assert (question.section, question.lookup, question.whole) == (5, True, False)


@pytest.mark.parametrize("text", A_FACT_OF_THE_FIFTH)
def test_the_many_ways_to_ask_for_a_fact_of_a_section(text: str) -> None:
    question = parse_question(text, 500)
    assert (question.section, question.lookup, question.whole) == (5, False, False)


@pytest.mark.parametrize("text", THE_WHOLE)
def test_the_many_ways_to_ask_for_the_whole(text: str) -> None:
    question = parse_question(text, 500)
    assert question.whole and question.section is None


@pytest.mark.parametrize("text", A_FACT_OF_THE_WHOLE)
def test_the_many_ways_to_ask_for_a_fact_of_the_whole(text: str) -> None:
    assert not parse_question(text, 500).whole


def test_of_twenty_thousand_questions_for_facts_none_is_taken_for_another() -> None:
    folder = Path(__file__).resolve().parents[2] / "rag" / "training"
    articles = [
        a for f in sorted(folder.glob("*.json")) for a in json.loads(f.read_text("utf-8"))["data"]
    ]
    asked = [q["question"] for a in articles for p in a["paragraphs"] for q in p["qas"]]
    parsed = [parse_question(text, 5000) for text in asked]
    assert len(asked) > 20_000
    assert not [q.text for q in parsed if q.lookup or q.whole]
    # «after the tenth item was struck off»
    assert len([q for q in parsed if q.section is not None]) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "第三個平台研究什麼？",
        "香港排名第5嗎",
        "第四批有幾多人？",
        "第三條跑道有幾長？",
        "Who is number one?",
        "三號碼頭在哪裏？",
        "首個項目在哪裏？",
        "最後一班車幾時開？",
    ],
)
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


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("最後一項", LAST), ("最後嗰項講咩", LAST), ("尾嗰個呢？", LAST), ("the last item?", LAST),
        ("Give me the gist of the final section.", LAST), ("首項內容為何？", 1), ("頭一項係乜嘢嚟", 1),
    ],
)  # fmt: skip
def test_the_first_and_the_last(text: str, number: int) -> None:
    question = parse_question(text, 500)
    assert (question.section, question.lookup) == (number, True)


def test_a_section_by_its_heading() -> None:
    sections = [Section("d", 1, "創科盛事之都 活動浪接浪", "x"), Section("d", 2, "其他", "y")]
    assert named_by_heading(parse_question("「創科盛事之都」那一項講什麼？", 500), sections) == [0]
    assert named_by_heading(parse_question("創科盛事之都", 500), sections) == [0]
    assert named_by_heading(parse_question("創科盛事的都講乜", 500), sections) == [0]
    for fact in ("創科盛事之都舉辦了幾多活動？", "為何創科盛事之都？", "係咪創科盛事之都？"):
        assert named_by_heading(parse_question(fact, 500), sections) == []


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
