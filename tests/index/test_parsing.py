import re
import string
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import read_document
from index.parsing import parse_sections

ARTICLE = next((Path(__file__).resolve().parents[2] / "seeds").glob("*.txt"))
MARKS = "▲▶"


def bare(text: str) -> str:
    return "".join(c for c in text if not c.isspace() and c not in MARKS)


def outline(text: str, markdown: bool = False) -> list[tuple[int, str, str]]:
    return [(s.number, s.heading, s.text) for s in parse_sections("d", text, markdown)]


def test_article_has_its_printed_numbers_in_order() -> None:
    sections = read_document(ARTICLE).sections
    assert [s.number for s in sections] == list(range(11))
    assert sections[6].heading == "百億引導基金 扶持新興產業"
    assert sections[10].heading == "港產載荷專家 入選預備航天员"
    assert sections[0].heading.startswith("數碼轉型上軌道")


def test_every_character_of_the_article_is_accounted_for() -> None:
    raw = ARTICLE.read_text("utf-8")
    by_number = {s.number: s for s in read_document(ARTICLE).sections}
    printed = [int(n) for n in re.findall(r"(?m)^(\d{1,2}) \D", raw)]
    assert printed == [1, 2, 7, 3, 8, 4, 9, 5, 6, 10]
    rebuilt = bare(by_number[0].heading + by_number[0].text)
    for number in printed:
        rebuilt += f"{number}" + bare(by_number[number].heading + by_number[number].text)
    assert rebuilt == bare(raw)


def test_the_lead_is_joined_and_the_byline_stands_alone() -> None:
    lead = read_document(ARTICLE).sections[0].text
    assert "以支援重點創科企業在港發展、協助傳統製造業" in lead
    assert lead.split("\n")[-1] == "大公報記者 郭如佳"


def test_captions_belong_to_their_section_and_are_marked() -> None:
    sections = read_document(ARTICLE).sections
    for section in sections[1:]:
        assert len(section.captions) == 1, section.number
    seventh = sections[7]
    assert seventh.captions[0][0] == 0  # it stands before the body on the page
    start, end = seventh.captions[0]
    assert seventh.text[start:end].startswith("第三個InnoHK創新香港研發平台，將聚焦")
    assert not any(mark in s.text for s in sections for mark in MARKS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 甲標題\n\n內容一。\n\n2 乙標題\n\n內容二。", [(1, "甲標題", "內容一。"), (2, "乙標題", "內容二。")]),
        ("1. Red\nIt is red.\n2. Green\nIt is green.", [(1, "Red", "It is red."), (2, "Green", "It is green.")]),
        ("二、乙\n後。\n一、甲\n先。", [(1, "甲", "先。"), (2, "乙", "後。")]),
        ("（一）甲\n內容\n（二）乙\n內容", [(1, "甲", "內容"), (2, "乙", "內容")]),
        ("1. Apple is red.\n2. Pear is green.", [(1, "", "Apple is red."), (2, "", "Pear is green.")]),
        ("２．乙\n後。\n１．甲\n先。", [(1, "甲", "先。"), (2, "乙", "後。")]),
        ("1 甲標題\n內容一。\n2 乙標題\n內容二。", [(1, "甲標題", "內容一。"), (2, "乙標題", "內容二。")]),
        ("1. A\nx.\n2. B\ny.\n3. It is c.", [(1, "A", "x."), (2, "B", "y."), (3, "", "It is c.")]),
    ],
)  # fmt: skip
def test_usual_forms_of_numbered_items(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert outline(text) == expected


@pytest.mark.parametrize(
    "line",
    [
        "2024年香港經濟好轉",
        "30億元計劃開始",
        "3.1 million people came",
        "10 people were hurt.",
        "2 月的天氣",
    ],
)
def test_a_body_line_that_begins_with_a_figure_opens_no_section(line: str) -> None:
    text = f"1 甲標題\n\n內容一。\n\n{line}\n\n2 乙標題\n\n內容二。"
    assert outline(text) == [(1, "甲標題", f"內容一。\n{line}"), (2, "乙標題", "內容二。")]
    assert outline(f"前一段。\n\n{line}") == [(1, "", "前一段。"), (2, "", line)]


def test_markdown_is_cut_at_its_headings() -> None:
    text = "# Title\nintro\n\n## A\nx\n```\n# not a heading\n```\nB\n---\ny"
    sections = outline(text, markdown=True)
    assert [(n, h) for n, h, _ in sections] == [(0, "Title"), (1, "A"), (2, "B")]
    assert "# not a heading" in sections[1][2]


def test_plain_text_is_cut_at_its_paragraphs() -> None:
    assert outline("甲段第一句。\n\n乙段第一句。") == [
        (1, "", "甲段第一句。"),
        (2, "", "乙段第一句。"),
    ]
    wrapped = "This line of an English text was broken by the width of\nthe page, as e-mails are."
    assert outline(wrapped)[0][2] == wrapped.replace("\n", " ")


lines = st.text(
    alphabet=st.sampled_from(
        string.ascii_letters + string.digits + " .,、。，一二三（）1234▲▶\t\u3000「」甲乙"
    ),
    max_size=40,
)


@given(st.lists(lines, max_size=12), st.booleans())
def test_nothing_is_lost_or_said_twice(rows: list[str], crlf: bool) -> None:
    text = ("\r\n" if crlf else "\n").join(rows)
    sections = parse_sections("d", text)
    kept = sorted(bare("".join(s.heading + s.text for s in sections)))
    left = sorted(bare(text))
    for character in kept:
        left.remove(character)  # raises where a character was made up or said twice
    # What is not kept are the items' own numbers and what sets them off.
    assert all(c.isdigit() or c in "一二三.、,()（）" for c in left)
    squeezed = "".join(text.split())
    for section in sections:
        for paragraph in section.text.split("\n"):
            assert "".join(paragraph.split()) in squeezed


@given(st.text(), st.booleans())
def test_any_text_is_parsed(text: str, markdown: bool) -> None:
    for section in parse_sections("d", text, markdown):
        assert section.text == section.text.strip() and "\r" not in section.text
        assert all(0 <= a < b <= len(section.text) for a, b in section.captions)


@pytest.mark.parametrize("fence", ["```", "````", "~~~"])
def test_only_its_own_kind_of_fence_closes_code(fence: str) -> None:
    text = f"# T\n## A\n{fence}py\n``\n~~\n# no heading\n---\n{fence}\n---\n## B #\nC# too\n## C#"
    assert [(n, h) for n, h, _ in outline(text, True)] == [(0, "T"), (1, "A"), (2, "B"), (3, "C#")]
    inner = "~~~" if fence[0] == "`" else "```"
    text = f"# T\n## A\n{fence}\n{inner}\n# no heading\n{fence}\n## B"
    assert [(n, h) for n, h, _ in outline(text, True)] == [(0, "T"), (1, "A"), (2, "B")]


def test_markdown_keeps_printed_numbers_beside_headings_without() -> None:
    text = "# T\n## Preface\na\n## 2. B\nb\n### 2.1 Part\nc\n## 1. A\nd"
    assert outline(text, markdown=True) == [
        (0, "T", ""), (1, "A", "d"), (2, "B", "b"), (3, "Preface", "a"), (4, "2.1 Part", "c"),
    ]  # fmt: skip


def test_a_title_below_other_text_is_a_section_like_the_others() -> None:
    text = "above\n\n# T\nintro\n## A\nx"
    assert outline(text, markdown=True) == [(0, "", "above"), (1, "T", "intro"), (2, "A", "x")]


def test_printed_numbers_that_begin_anew_are_text() -> None:
    text = "一、甲\n1. a\n2. b\n二、乙\n1. c\n2. d"
    assert outline(text) == [(1, "甲", "1. a\n2. b"), (2, "乙", "1. c\n2. d")]


def test_a_paragraph_of_several_lines_is_one_section() -> None:
    text = "The cat sat on\nthe mat.\n\nNext one."
    assert outline(text) == [(1, "", "The cat sat on\nthe mat."), (2, "", "Next one.")]
    assert outline("標題在此\n第一段。\n第二段。") == [
        (0, "標題在此", ""), (1, "", "第一段。"), (2, "", "第二段。"),
    ]  # fmt: skip
    labels = "時間：下午三時\n地點：會展中心"
    assert [t for _, _, t in outline(labels)] == labels.split("\n")


def test_captions_lose_all_of_their_mark_and_never_join_the_body() -> None:
    caption = "創新科技嘉年華在香港會議展覽中心舉行，吸引大批市民"
    text = f"1 甲\n\n◀\ufe0f{caption}\n為進一步吸引人才。\n\n▲\n\n2 乙\n\n▲▲另一張"
    first, second = parse_sections("d", text)
    assert (first.text, first.captions) == (f"{caption}\n為進一步吸引人才。", ((0, len(caption)),))
    assert (second.text, second.captions) == ("另一張", ((0, 3),))
    assert [s.text for s in parse_sections("d", "前文。\n\n▲\n\n後文。")] == ["前文。", "後文。"]


def test_the_first_line_of_a_broken_sentence_is_no_headline() -> None:
    lead = "This line of an English text was broken by the width of\nthe page, as e-mails are."
    items = "\n\n1. A\nx.\n2. B\ny."
    assert outline(lead + items)[0] == (0, "", lead.replace("\n", " "))


@pytest.mark.parametrize("unit", ["# a" + " " * 300_000 + "b", "甲，" * 150_000, "▲ " * 150_000])
def test_a_long_line_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    parse_sections("d", unit, markdown=True)
    assert time.process_time() - started < 5  # quadratic time would be minutes


markdown_lines = st.sampled_from(
    [
        "# 甲",
        "## 乙 ##",
        "## 1. 丙",
        "## 2. 丁",
        "#",
        "```",
        "~~~",
        "````",
        "===",
        "---",
        "",
        "內文，",
        "▲圖",
        "- 項",
    ]
)


@given(st.lists(markdown_lines, max_size=14))
def test_markdown_loses_only_marks_and_numbers(rows: list[str]) -> None:
    sections = parse_sections("d", "\n".join(rows), markdown=True)
    assert len({s.number for s in sections}) == len(sections)
    kept = Counter("".join(s.heading + s.text for s in sections))
    words = "甲乙丙丁內文，圖項"
    assert {c: kept[c] for c in words} == {c: "".join(rows).count(c) for c in words}


bodies = st.lists(st.sampled_from(["甲乙丙。", "丁，戊。", "▲己", "2024年庚。"]), max_size=3)


@given(st.permutations(range(1, 6)), st.lists(bodies, min_size=5, max_size=5))
def test_text_stays_in_the_order_of_the_page_under_its_printed_number(
    order: list[int], paragraphs: list[list[str]]
) -> None:
    blocks = {n: "\n\n".join([f"{n} 標題", *paragraphs[n - 1]]) for n in order}
    sections = parse_sections("d", "\n\n".join(["報頭", *(blocks[n] for n in order)]))
    assert [s.number for s in sections] == list(range(6))
    for section in sections[1:]:
        assert section.heading == "標題"
        assert section.text == "\n".join(paragraphs[section.number - 1]).replace("▲", "")
        assert {section.text[a:b] for a, b in section.captions} <= {"己"}


@given(
    st.text(st.characters(categories=["Cs", "Cc", "Nd", "Zs", "Po"]) | st.sampled_from("#1一、\n"))
)
def test_surrogates_and_control_characters_are_parsed(text: str) -> None:
    parse_sections("d", text, markdown=True)
    parse_sections("d", text)
