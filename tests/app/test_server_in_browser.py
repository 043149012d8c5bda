"""What the server's headers and limits do in a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.app import browser as chromium
from tests.app.quick import QuickPipeline

pytestmark = pytest.mark.skipif(
    chromium.CHROMIUM is None,
    reason="NO BROWSER: install chromium, or the page is not tested at all",
)


def served(**settings: Any) -> Any:
    return chromium.served(QuickPipeline(), **settings)  # type: ignore[arg-type]


def ask(page: Any, question: str) -> None:
    box = page.get_by_role("textbox").first
    box.fill(question)
    box.press("Enter")


def test_nothing_is_fetched_from_elsewhere_and_the_policy_hinders_nothing(
    visitor: Browser,
) -> None:
    page = visitor.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda r: said.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    with served() as address:
        page.goto(address)
        ask(page, "何時成立？")
        expect(page.locator(".answer").first).to_contain_text("學校在1990年成立")
        page.locator("button.citation").first.click()
        page.goto(f"{address}api/docs")
        page.get_by_text("/api/v1/answers").first.click()
        expect(page.get_by_role("button", name="Try it out")).to_be_visible()
        page.close()
    assert said == []
    elsewhere = [u for u in asked if not u.startswith((address, "data:", "blob:"))]
    assert elsewhere == [] and len(asked) > 20


def test_a_script_that_gets_into_the_page_is_not_run(visitor: Browser) -> None:
    page = visitor.new_page()
    with served() as address:
        page.goto(address)
        expect(page.get_by_role("textbox").first).to_be_visible()
        page.evaluate(
            """() => {
                document.body.insertAdjacentHTML("beforeend",
                    '<img src="/none" onerror="window.owned = 1"><a id="js" href="javascript:window.owned=2">');
                const script = document.createElement("script");
                script.textContent = "window.owned = 3";
                document.body.append(script);
                document.getElementById("js").click();
            }"""
        )
        page.wait_for_timeout(500)
        assert page.evaluate("window.owned") is None
        page.close()


def test_past_the_limit_a_person_reads_a_friendly_sentence(visitor: Browser) -> None:
    page = visitor.new_page(locale="zh-HK")
    with served(questions_per_minute=1) as address:
        page.goto(address)
        ask(page, "何時成立？")
        expect(page.locator(".answer").first).to_be_visible()
        ask(page, "幾時成立？")
        expect(page.get_by_text("您在短時間內問了很多問題，請稍候再問。").first).to_be_visible()
        page.close()


@contextmanager
def newspaper(address: str) -> Iterator[str]:
    """Somebody else's page, with ours in a frame."""

    class Article(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            html = f'<h1>News</h1><iframe src="{address}" width="600" height="600"></iframe>'
            self.wfile.write(html.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Article)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_site_that_may_frame_the_page_does_and_another_does_not(visitor: Browser) -> None:
    page = visitor.new_page()
    with served(frame_ancestors="'self' http://127.0.0.1:*") as address, newspaper(address) as news:
        page.goto(news)
        box = page.frame_locator("iframe").get_by_role("textbox").first
        box.fill("何時成立？")
        box.press("Enter")
        expect(page.frame_locator("iframe").locator(".answer").first).to_be_visible()
    with served() as address, newspaper(address) as news:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(news)
        page.wait_for_timeout(1000)
        assert page.frame_locator("iframe").get_by_role("textbox").count() == 0
        assert any("frame-ancestors" in text for text in refused)
    page.close()
