import re
import string
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
