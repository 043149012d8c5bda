"""Which questions ask for several facts, and how they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.facts import MAX_PARTS, single_facts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("圖書館有幾多本書？分館幾時開？", ["圖書館有幾多本書", "圖書館分館幾時開"]),
        ("單車徑有幾長、起咗幾多錢", ["單車徑有幾長", "單車徑起咗幾多錢"]),
        ("碼頭幾點開門幾點閂門", ["碼頭幾點開門", "碼頭幾點閂門"]),
        ("校舍從哪裏搬來，又搬到哪裏？", ["校舍從哪裏搬來", "校舍從搬到哪裏"]),
        (
            "新船由誰設計，在哪裏造，坐得多少人？",
            ["新船由誰設計", "新船在哪裏造", "新船坐得多少人"],
        ),
        ("渡輪的票價、班次及航程", ["渡輪的票價", "渡輪的班次", "渡輪的航程"]),
        ("請比較電車與巴士的票價", ["電車的票價", "巴士的票價"]),
        (
            "工程的承辦商、合約期和造價分別是什麼？",
            ["工程的承辦商是什麼", "工程的合約期是什麼", "工程的造價是什麼"],
        ),
        ("如何以及何時進入歐洲？", ["如何進入歐洲", "何時進入歐洲"]),
        (
            "How and when did the plague reach Europe?",
            ["How did the plague reach Europe", "when did the plague reach Europe"],
        ),
        (
            "What is the capacity of the east line and the west line respectively?",
            ["What is the capacity of the east line", "What is the capacity of the west line"],
        ),
        (
            "both the length and the cost of the bridge",
            ["length of the bridge", "cost of the bridge"],
        ),
        ("name the fund and its size", ["the fund", "size of the fund"]),
        (
            "ferry to the island: price, hours, pier",
            ["ferry to the island price", "ferry to the island hours", "ferry to the island pier"],
        ),
        ("隧道平日幾錢 假日又幾錢", ["隧道平日幾錢", "假日又幾錢"]),
        ("工廠請了多少人，而倉庫又請了多少人？", ["工廠請了多少人", "倉庫又請了多少人"]),
        ("甲區和乙區分別有多少間學校？", ["甲區有多少間學校", "乙區有多少間學校"]),
        ("紅隊同藍隊各攞咗幾多分？", ["紅隊攞咗幾多分", "藍隊攞咗幾多分"]),
        (
            "How large is the green fund, and who runs the bank?",
            ["How large is the green fund", "who runs the bank"],
        ),
        (
            "Who founded the bank and what is its name?",
            ["Who founded the bank", "what is bank's name"],
        ),
        ("綠色基金有多少錢，又何時成立？", ["綠色基金有多少錢", "綠色基金何時成立"]),
        ("港口辦公室幾時成立？機場辦公室呢？", ["港口辦公室幾時成立", "機場辦公室幾時成立"]),
        ("科技園喺邊度，佢幾時落成？", ["科技園喺邊度", "科技園幾時落成"]),
        ("本港在甲榜和乙榜分別排第幾？", ["本港在甲榜排第幾", "乙榜排第幾"]),
        (
            "Who runs the green scheme and when did it start?",
            ["Who runs the green scheme", "when did green scheme start"],
        ),
    ],
)
def test_a_question_for_several_facts_is_cut(question: str, parts: list[str]) -> None:
    assert single_facts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "誰和誰合辦這個展覽？",
        "在什麼情況下，會要求退款？",
        "工廠請了多少人，他們住在哪裏？",
        "Who founded the bank and what did they call it?",
        "北方幾個朝代中，哪個最積極建城？",
        "When the bridge opened, how many cars crossed it?",
        "Where can seniors and students apply?",
        "咩公司同大學合辦咗個中心？",
        "這間大學是知名大學，論文被引用的次數為世界前幾名？",
        "選擇了哪位球員，為未來幾年奠下基礎？",
        "Which player got a penalty, which gave them a new start?",
        "基金為什麼成立，而不是擴大舊的？",
        "size of the fund",
        "",
    ],
)
def test_what_is_not_surely_several_is_one(question: str) -> None:
    assert single_facts(question) == [question]


@given(st.text(st.sampled_from("誰什麼多少幾時和分別，？?,.和 andwhoit甲乙丙"), max_size=60))
def test_there_are_few_parts_and_none_is_empty(question: str) -> None:
    parts = single_facts(question)
    assert 1 <= len(parts) <= MAX_PARTS
    assert parts == [question] or all(any(c.isalnum() for c in part) for part in parts)
