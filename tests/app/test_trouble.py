"""Hostile text, a server that goes away, limits: what may go wrong without the page going wrong."""

import pytest
from playwright.sync_api import expect

from index.parsing import parse_sections
from index.sections import Document
from rag.pipeline import Pipeline
from tests.app import browser as chromium
from tests.app.browser import ask
from tests.app.conftest import Visit

HOSTILE = [
    "<img src=x onerror=document.title='owned'>",
    "</script><script>document.title='owned'</script>",
    "\"onmouseover=document.title='owned' x='",
    "{{value}}${document.title='owned'}<b>",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_as_text(visit: Visit, pipeline: Pipeline, hostile: str) -> None:
    text = f"1 {hostile}\n\n校長是{hostile}王小明。\n\n2 乙<b>\n\n學校在1990年成立。"
    document = Document('d"<i>', hostile, hostile, parse_sections('d"<i>', text))
    with chromium.served(pipeline.over([document])) as url:
        page = visit(at=url)
        expect(page.get_by_role("heading", level=1)).to_have_text(hostile)
        ask(page, f"{hostile} 校長是誰？")
        expect(page.locator(".question")).to_have_text(f"{hostile} 校長是誰？")
        page.locator("button.citation").first.click()
        expect(page.locator(".article-body mark")).to_be_visible()
        page.reload()
        expect(page.locator(".question")).to_have_text(f"{hostile} 校長是誰？")
        assert page.locator(".qa :is(img, script, b, i)").count() == 0
        assert page.evaluate("document.title") == hostile


def test_a_shared_link_with_markup_is_text(visit: Visit) -> None:
    page = visit("?q=%3Cimg%20src%3Dx%20onerror%3Ddocument.title%3D'owned'%3E%E5%9F%BA%E9%87%91")
    expect(page.locator(".question")).to_have_text("<img src=x onerror=document.title='owned'>基金")
    expect(page.locator(".pending")).to_have_count(0)
    assert page.locator("#conversation img").count() == 0


def test_the_server_goes_away_and_comes_back(visit: Visit, pipeline: Pipeline) -> None:
    port = chromium.free_port()
    with chromium.served(pipeline, port) as url:
        page = visit(at=url)
        ask(page, "創科產業引導基金有多少錢？")
    page.locator("#question").fill("智方便有幾多登記用戶？")
    page.keyboard.press("Enter")
    failed = page.locator(".turn.failed")
    expect(failed.locator(".answer p")).to_have_text("暫時連不上伺服器，問題還未得到回答。")
    expect(failed.locator(".question")).to_have_text("智方便有幾多登記用戶？")
    expect(page.locator("#announcement")).to_contain_text("連不上伺服器")
    expect(page.locator("button.citation").first).to_be_visible()  # what was there stays
    page.get_by_role("button", name="再試一次").click()
    expect(failed).to_have_count(1)
    with chromium.served(pipeline, port):
        page.get_by_role("button", name="再試一次").click()
        expect(page.locator(".turn").last.locator(".exact.original")).to_have_text("310萬")
        expect(failed).to_have_count(0)


def test_a_limit_is_told_in_the_servers_words(visit: Visit, pipeline: Pipeline) -> None:
    with chromium.served(pipeline, questions_per_minute=1) as url:
        page = visit(at=url)
        ask(page, "第6項講咩？")
        ask(page, "第7項講咩？")
        expect(page.locator(".turn.failed .answer p")).to_contain_text("請稍候再問")


def test_what_cannot_be_asked_is_told_in_the_askers_language(visit: Visit) -> None:
    page = visit()
    ask(page, "？？？")
    expect(page.locator(".refused p")).to_have_text("請輸入一個問題。")
    ask(page, "長" * 600)
    expect(page.locator(".turn").last.locator(".refused p")).to_contain_text("最多 500 個字")
    page.locator("#question").fill("   ")
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(2)
