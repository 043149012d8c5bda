from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sections import Document, Section
from rag.answer import Answer, Citation
from web import render
from web.texts import LANGUAGES, language_of, texts


def test_every_language_has_every_text() -> None:
    assert set(texts()) == set(LANGUAGES)
    assert len({frozenset(words) for words in texts().values()}) == 1
    for name in texts()["en"]:
        assert len({words[name].count("{}") for words in texts().values()}) == 1


@pytest.mark.parametrize(
    ("question", "page", "language"),
    [
        ("How much?", "zh-Hant", "en"),
        ("有多少錢？", "zh-Hans", "zh-Hant"),
        ("有多少钱？", "zh-Hant", "zh-Hans"),
        ("咁幾時開始㗎？", "en", "zh-Hant"),
        # The same in both scripts: the page's.
        ("文章大意", "zh-Hant", "zh-Hant"),
        ("文章大意", "zh-Hans", "zh-Hans"),
        ("文章大意", "en", "zh-Hant"),
        ("2035?", "zh-Hans", "zh-Hans"),
        ("？？？", "zh-Hant", "zh-Hant"),
        # English may name things in Chinese, and Chinese in English.
        ("How many users does 「智方便」 have?", "zh-Hant", "en"),
        ("how much money is in 創科產業引導基金", "zh-Hant", "en"),
        ("InnoHK是什么？", "en", "zh-Hans"),
        ("「InnoHK」係咩？", "en", "zh-Hant"),
        ("「智方便」", "zh-Hant", "zh-Hant"),
    ],
)
def test_language_of_a_question(question: str, page: str, language: str) -> None:
    assert language_of(question, page) == language


class Reading(HTMLParser):
    """What a browser makes of the HTML: its tags, its attributes' names, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(max_size=60), st.text(min_size=1, max_size=20))
def test_no_text_becomes_markup(text: str, inner: str) -> None:
    quote = f"<a href='x'>{inner}&amp;<script>{text}"
    name = 'd"<img src=x onerror=y>'
    citation = Citation(name, 6, f"<b>{text}", inner, quote, 0, len(quote))
    titles = {name: "<u>", "other": ""}
    for answered in (True, False):
        answer = Answer(text, answered, inner, 0.5, (citation,))
        read = Reading(render.turn(f"<i>{text}", answer, f"<s>{text}", "en", titles, True))
        assert not read.tags & {"a", "b", "i", "s", "u", "img", "script"}
        assert not read.attributes & {"href", "src", "onerror"}
        assert "<i>" in read.text and "<b>" in read.text and "<u>" in read.text
    section = Section(name, 1, f"<b>{text}", quote.replace("\n", " "))
    document = Document(name, f"<i>{text}", "", (section,))
    for html in (render.article(document), render.page([document, document])):
        read = Reading(html)
        assert not read.tags & {"a", "b", "i", "img", "script"}
        assert not read.attributes & {"href", "src", "onerror"}


def answer_of(quote: str, exact: str) -> Answer:
    citation = Citation("d", 4, "標題", exact, quote, 0, len(quote))
    return Answer("問", True, exact, 0.9, (citation,))


def test_a_quote_is_shown_in_both_scripts_and_copied_as_it_stands() -> None:
    answer = answer_of("登記用戶突破310萬，提供服務。", "310萬")
    html = render.turn("有几多用户？", answer, "有几多用户？", "zh-Hans", {"d": "題"}, False)
    assert "登記用戶突破<mark>310萬</mark>" in html and "登记用户突破<mark>310万</mark>" in html
    assert render.copied(answer, "zh-Hans", {"d": "題"}) == (
        "310萬\n「登記用戶突破310萬，提供服務。」\n—— 第4项 · 標題"
    )


def test_what_is_the_same_in_both_scripts_is_shown_once() -> None:
    html = render.turn("?", answer_of("2030年", "2030年"), "?", "zh-Hans", {"d": "題"}, False)
    assert "converted" not in html


def test_the_articles_of_several_documents_are_named() -> None:
    answer = answer_of("登記用戶突破310萬。", "310萬")
    alone = render.copied(answer, "en", {"d": "題"})
    assert alone.endswith("—— Section 4 · 標題")
    assert render.copied(answer, "en", {"d": "題", "e": "另"}).endswith("—— Section 4 · 標題 · 題")
