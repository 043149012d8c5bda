from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Answer, Citation
from web import render
from web.texts import LANGUAGES, language_of, texts


def test_every_language_has_every_text() -> None:
    assert set(texts()) == set(LANGUAGES)
    assert len({frozenset(words) for words in texts().values()}) == 1
    assert all(words["example"].count("{}") == 1 for words in texts().values())


def test_language_of_a_question() -> None:
    assert language_of("How much?") == "en"
    assert language_of("有多少錢？") == "zh-Hant"
    assert language_of("有多少钱？") == "zh-Hans"
    assert language_of("文章大意") == "zh-Hant"


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
    citation = Citation('d"<img src=x onerror=y>', 6, f"<b>{text}", inner, quote, 0, len(quote))
    for answered in (True, False):
        answer = Answer(text, answered, inner, 0.5, (citation,))
        read = Reading(render.turn(f"<i>{text}", answer))
        assert read.tags <= {"section", "p", "bdi", "div", "blockquote", "mark", "button"}
        assert read.attributes <= {
            "class", "type", "data-section", "data-start", "data-end",
        }  # fmt: skip
        assert "<i>" in read.text and "<b>" in read.text
