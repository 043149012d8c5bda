"""Several turns: follow-ups, what the browser keeps, copying, sharing, judging."""

import re
from pathlib import Path

from playwright.sync_api import expect

from rag.pipeline import Pipeline
from tests.app import browser as chromium
from tests.app.browser import ask
from tests.app.conftest import Visit
from web.feedback import FeedbackStore


def test_a_follow_up_is_answered_in_its_context(visit: Visit) -> None:
    page = visit()
    ask(page, "創科產業引導基金有多少錢？")
    expect(page.locator(".understood")).to_have_count(0)
    ask(page, "咁人工智能資助計劃呢？")
    last = page.locator(".turn").last
    expect(last.locator(".understood")).to_have_text("理解為：人工智能資助計劃有多少錢？")
    expect(last.locator(".exact.original")).to_have_text("30億元")
    ask(page, "智方便提供多少項服務？")
    ask(page, "咁登記用戶呢？")
    expect(page.locator(".turn").last.locator(".exact.original")).to_have_text("310萬")


def test_a_new_subject_is_not_dragged_back(visit: Visit) -> None:
    page = visit()
    ask(page, "創科產業引導基金有多少錢？")
    ask(page, "智方便有幾多登記用戶？")
    expect(page.locator(".turn").last.locator(".exact.original")).to_have_text("310萬")
    expect(page.locator(".understood")).to_have_count(0)


def test_history_survives_a_reload_and_can_be_cleared(visit: Visit) -> None:
    page = visit()
    ask(page, "What does section 10 say?")
    ask(page, "咁第6項呢？")
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".according").first).to_have_text("According to section 10:")
    expect(page.locator(".turn").last).to_be_in_viewport()
    page.get_by_role("button", name="清除對話").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#question")).to_be_focused()
    page.reload()
    page.locator("#question").wait_for()
    expect(page.locator(".examples button")).to_have_count(6)
    expect(page.locator(".turn")).to_have_count(0)


def test_what_no_longer_stands_in_the_documents_is_not_shown_again(visit: Visit) -> None:
    page = visit()
    ask(page, "創科產業引導基金有多少錢？")
    page.evaluate(
        """() => {
          const turns = JSON.parse(localStorage.conversation);
          const forged = structuredClone(turns[0]);
          forged.answer.citations[0].quote = "forged";
          localStorage.conversation = JSON.stringify([{ half: 1 }, 7, forged, ...turns]);
        }"""
    )
    page.reload()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".exact.original")).to_have_text("100億元")


def test_an_answer_is_copied_with_its_citation(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "智方便有几多登记用户？")  # asked in Simplified, and copied as it is written
    page.locator("[data-tool=script]").click()
    page.get_by_role("button", name="複製").click()
    expect(page.locator("#notice")).to_have_text("已複製答案與出處。")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("310萬\n「")
    assert "登記用戶突破310萬" in copied
    assert "第4项 · 數字辦成立 推動社會數碼轉型" in copied


def test_a_shared_link_asks_its_question_once(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "創科產業引導基金有多少錢？")
    ask(page, "咁人工智能資助計劃呢？")
    page.locator(".turn").last.get_by_role("button", name="分享").click()
    expect(page.locator("#notice")).to_have_text("已複製連結。")
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit(at=link)
    # The link holds the question as it was understood: nobody else knows the turn before.
    expect(other.locator(".question")).to_have_text("人工智能資助計劃有多少錢？")
    expect(other.locator(".exact.original")).to_have_text("30億元")
    expect(other).not_to_have_url(re.compile("q="))
    other.reload()
    expect(other.locator(".turn")).to_have_count(1)


def test_thumbs_are_recorded(visit: Visit, pipeline: Pipeline, tmp_path: Path) -> None:
    kept = tmp_path / "feedback.sqlite"
    with chromium.served(pipeline, feedback_file=kept) as url:
        page = visit(at=url)
        ask(page, "創科產業引導基金有多少錢？")
        page.get_by_role("button", name="沒有用").click()
        expect(page.get_by_role("button", name="沒有用")).to_have_attribute("aria-pressed", "true")
        page.get_by_label("想補充一句嗎？").fill("<b>多少年？</b>")
        page.get_by_role("button", name="送出").click()
        expect(page.locator("#notice")).to_have_text("謝謝你的意見。")
        expect(page.locator(".comment")).to_be_hidden()
        entries = list(FeedbackStore(kept))
    assert [(e.helpful, e.comment) for e in entries] == [(False, "<b>多少年？</b>")]
    assert entries[-1].question == "創科產業引導基金有多少錢？"
    assert entries[-1].answer["answer"] == "100億元"
    assert entries[-1].index_version == pipeline.version


def test_without_feedback_there_are_no_thumbs(visit: Visit, pipeline: Pipeline) -> None:
    with chromium.served(pipeline, feedback=False) as url:
        page = visit(at=url)
        ask(page, "創科產業引導基金有多少錢？")
        expect(page.locator("[data-tool=share]")).to_be_visible()
        expect(page.locator("[data-tool=helpful], [data-tool=unhelpful]")).to_have_count(0)
