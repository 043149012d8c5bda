"""What a visitor does, in a real browser: ask, read, open the article, come back."""

import re

from playwright.sync_api import Page, expect

from index.parsing import parse_sections
from index.sections import Document
from rag.pipeline import Pipeline
from tests.app import browser as chromium
from tests.app.browser import PHONE, ask
from tests.app.conftest import Visit

QUESTION = "創科產業引導基金有多少錢？"
CITATION = "第6項 · 百億引導基金 扶持新興產業"


def test_first_sight(visit: Visit, pipeline: Pipeline) -> None:
    page = visit()
    expect(page).to_have_title(pipeline.documents[0].title)
    expect(page.get_by_role("heading", level=1)).to_have_text(pipeline.documents[0].title)
    expect(page.locator(".intro")).to_contain_text("每個答案都是文章的原句")
    expect(page.locator(".examples button")).to_have_count(6)
    expect(page.locator("#question")).to_be_in_viewport(ratio=1)
    expect(page.locator("#article [data-section]")).to_have_count(11)
    numbers = page.locator("#article .number").all_inner_texts()
    assert numbers == ["導言", *(f"第{n}項" for n in range(1, 11))]
    # Nothing of the framework's own is left.
    expect(page.get_by_text(re.compile("gradio", re.IGNORECASE))).to_have_count(0)
    expect(page.locator("footer")).to_be_hidden()


def test_every_example_is_answered(visit: Visit) -> None:
    for locale in ("zh-HK", "en-GB"):
        page = visit(locale=locale)
        expect(page.locator(".examples button")).to_have_count(6)
        for number, example in enumerate(page.locator(".examples button").all(), 1):
            wording = example.inner_text()
            example.click()
            expect(page.locator(".turn:not(.pending)")).to_have_count(number)
            expect(page.locator(".turn").last.locator(".question")).to_have_text(wording)
            expect(page.locator(".turn").last.locator("blockquote").first).to_be_visible()


def test_ask_read_and_open_the_citation(visit: Visit) -> None:
    page = visit()
    ask(page, QUESTION)
    expect(page.locator("#question")).to_have_value("")
    expect(page.locator(".exact.original")).to_have_text("100億元")
    expect(page.locator("blockquote.original mark").first).to_have_text("100億元")
    large, quoted = (
        float(page.locator(part).first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))
        for part in (".exact", "blockquote")
    )
    assert large > 1.3 * quoted
    page.get_by_role("button", name=CITATION, exact=True).click()
    mark = page.locator(".panel .article-body mark")
    expect(mark).to_be_in_viewport(ratio=1)
    assert mark.inner_text() == page.locator("blockquote.original").first.inner_text()
    expect(mark).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=CITATION, exact=True)).to_be_focused()
    # Another citation is another place: the first mark goes.
    page.get_by_role("button", name="導言 · ").first.click()
    expect(mark).to_have_count(1)
    expect(mark).to_contain_text("政府加大創科產業投資")


def test_a_refusal_does_not_look_like_an_answer(visit: Visit) -> None:
    page = visit()
    ask(page, "今天天氣如何？")
    expect(page.locator(".answer.refused > p").first).to_have_text("文章沒有這個問題的答案。")
    expect(page.locator(".exact, blockquote")).to_have_count(0)
    expect(page.locator(".refused button.citation")).to_have_count(3)
    expect(page.locator("[data-tool=copy]")).to_have_count(0)
    page.locator(".refused button.citation").first.click()
    expect(page.locator(".article-body mark")).to_be_in_viewport()


def drawer_closes(page: Page) -> None:
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("button.citation").first).to_be_focused()
    # Nothing of the drawer is left in the history.
    page.wait_for_function("!history.state?.drawer")


def test_on_a_phone_the_article_is_a_drawer(visit: Visit) -> None:
    page = visit(viewport=PHONE, has_touch=True)
    expect(page.locator("#article")).to_be_hidden()
    ask(page, QUESTION)
    citation, drawer = page.locator("button.citation").first, page.locator("#drawer")
    citation.click()
    expect(drawer).to_be_visible()
    expect(page.get_by_role("dialog", name="文章全文")).to_be_visible()
    expect(drawer.locator("mark")).to_be_in_viewport(ratio=1)
    drawer.get_by_role("button", name="關閉全文").click()
    drawer_closes(page)
    citation.click()
    page.keyboard.press("Escape")
    drawer_closes(page)
    citation.click()
    expect(drawer).to_be_visible()
    page.go_back()
    drawer_closes(page)
    citation.click()
    page.mouse.click(200, 20)
    drawer_closes(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_whole_article_can_be_read_on_a_phone(visit: Visit) -> None:
    page = visit(viewport=PHONE)
    page.get_by_role("button", name="閱讀全文").click()
    expect(page.locator("#drawer [data-section='10']")).to_have_count(1)
    page.locator("#drawer [data-section='10']").scroll_into_view_if_needed()
    expect(page.locator("#drawer [data-section='10'] p").first).to_be_in_viewport()


def test_the_question_stands_at_once_and_nothing_jumps(visit: Visit) -> None:
    page = visit()
    page.route(
        "**/gradio_api/call/page_ask/*",
        lambda route: (page.wait_for_timeout(700), route.continue_()),
    )
    page.locator("#question").fill(QUESTION)
    page.keyboard.press("Enter")
    pending = page.locator(".turn.pending")
    expect(pending.locator(".question")).to_have_text(QUESTION)
    expect(pending.locator(".waiting")).to_be_visible()
    expect(page.locator("#question")).to_have_value("")
    page.wait_for_function("document.querySelector('.turn').getBoundingClientRect().top < 40")
    page.evaluate(
        """() => {
          window.shifts = 0;
          new PerformanceObserver((list) => list.getEntries().forEach((e) => (shifts += e.value)))
            .observe({ type: "layout-shift" });
        }"""
    )
    expect(page.locator(".turn .exact.original")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("shifts") < 0.02


def test_an_answer_is_announced(visit: Visit) -> None:
    page = visit()
    status = page.locator("[role=status]#announcement")
    ask(page, QUESTION)
    expect(status).to_contain_text("100億元")
    expect(status).to_contain_text("根據第6項")


def test_several_documents_are_named_and_chosen(visit: Visit, pipeline: Pipeline) -> None:
    documents = [
        Document(name, title, name, parse_sections(name, text))
        for name, title, text in (
            ("a", "甲報", "1 學校\n\n學校在1990年成立。\n\n2 校長\n\n校長是王小明。"),
            ("b", "乙報", "1 醫院\n\n醫院在2001年啟用。\n\n2 院長\n\n醫院院長是陳大文。"),
        )
    ]
    with chromium.served(pipeline.over(documents)) as url:
        page = visit(at=url)
        expect(page.locator(".titles li")).to_have_text(["甲報", "乙報"])
        ask(page, "醫院院長是誰？")
        page.get_by_role("button", name="第2項 · 院長 · 乙報").click()
        expect(page.locator(".article-body .title")).to_have_text("乙報")
        expect(page.locator(".article-body mark")).to_contain_text("陳大文")
        page.get_by_role("combobox", name="選擇文章").select_option("a")
        expect(page.locator(".article-body .title")).to_have_text("甲報")
