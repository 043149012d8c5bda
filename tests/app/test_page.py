"""What a visitor does, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from index.parsing import parse_sections
from index.sections import Document
from rag.pipeline import Pipeline
from tests.app import browser as chromium

pytestmark = pytest.mark.skipif(
    chromium.CHROMIUM is None,
    reason="NO BROWSER: install chromium, or the page is not tested at all",
)
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
QUESTION = "創科產業引導基金有多少錢？"


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    with chromium.served(pipeline) as url:
        yield url


@pytest.fixture(scope="module")
def visitor() -> Iterator[Browser]:
    with chromium.browser() as browser:
        yield browser


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox").first
    box.fill(question)
    box.press("Enter")


def test_ask_read_and_open_the_citation(visitor: Browser, address: str) -> None:
    page = visitor.new_page(viewport=WIDE)
    page.goto(address)
    ask(page, QUESTION)
    expect(page.locator(".answer .exact")).to_contain_text("100億元")
    expect(page.locator(".answer mark").first).to_contain_text("100億元")
    citation = page.get_by_role("button", name="第6項 · 百億引導基金 扶持新興產業")
    citation.click()
    expect(page.locator("[data-id$='-6'] p.body").first).to_be_in_viewport()
    marked = page.evaluate("[...CSS.highlights.get('quote')].map(r => r.toString()).join('')")
    assert "100億元「創科產業引導基金」" in marked
    page.close()


def test_on_a_phone_the_article_is_a_drawer(visitor: Browser, address: str) -> None:
    page = visitor.new_page(viewport=PHONE)
    page.goto(address)
    ask(page, QUESTION)
    drawer = page.locator("#article")
    expect(page.locator("button.citation").first).to_be_visible()
    expect(drawer).to_be_hidden()
    page.locator("button.citation").first.click()
    expect(drawer).to_be_visible()
    page.locator("#close-article").click()
    expect(drawer).to_be_hidden()
    page.locator("button.citation").first.click()
    expect(drawer).to_be_visible()
    page.go_back()
    expect(drawer).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_a_refusal_does_not_look_like_an_answer(visitor: Browser, address: str) -> None:
    page = visitor.new_page(viewport=WIDE)
    page.goto(address)
    ask(page, "今天天氣如何？")
    expect(page.locator(".answer.refused")).to_contain_text("文章沒有這個問題的答案")
    expect(page.locator(".exact, blockquote")).to_have_count(0)
    expect(page.locator(".refused button.citation")).to_have_count(3)
    page.close()


def test_history_survives_a_reload_and_can_be_cleared(visitor: Browser, address: str) -> None:
    page = visitor.new_page(viewport=WIDE)
    page.goto(address)
    ask(page, "What does section 10 say?")
    expect(page.locator(".according")).to_have_text("According to section 10:")
    page.reload()
    expect(page.locator(".turn")).to_have_count(1)
    page.get_by_role("button", name="清除對話").click()
    expect(page.locator(".turn")).to_have_count(0)
    page.close()


def test_hostile_text_is_shown_as_text(visitor: Browser, pipeline: Pipeline) -> None:
    hostile = "<img src=x onerror=document.title='owned'>"
    text = f"1 {hostile}\n\n校長是{hostile}王小明。\n\n2 乙<b>\n\n學校在1990年成立。"
    document = Document("d<i>", hostile, "", parse_sections("d<i>", text))
    with chromium.served(pipeline.over([document])) as url:
        page = visitor.new_page(viewport=WIDE)
        page.goto(url)
        expect(page.locator(".masthead li")).to_have_text(hostile)
        ask(page, f"{hostile} 校長是誰？")
        expect(page.locator(".question")).to_have_text(f"{hostile} 校長是誰？")
        assert (
            page.locator("#conversation img, #article img, #article b, .masthead img").count() == 0
        )
        assert page.title() != "owned"
        page.close()


def test_an_example_is_asked_by_one_press(visitor: Browser, address: str) -> None:
    page = visitor.new_page(viewport=WIDE)
    page.goto(address)
    example = page.locator("button.example").first
    wording = example.inner_text()
    example.click()
    expect(page.locator(".question")).to_have_text(wording)
    expect(page.locator(".answer blockquote").first).to_be_visible()
    page.close()
