"""The chat under an article on somebody else's page."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, expect

from rag.pipeline import Pipeline
from tests.app import browser as chromium
from tests.app.browser import WIDE

README = Path(__file__).resolve().parents[2] / "docs" / "embedding.md"


@contextmanager
def newspaper(chat: str) -> Iterator[str]:
    """A page of another origin with the very line that docs/embedding.md tells to put there."""
    line = re.search(r"^<iframe .*</iframe>$", README.read_text("utf-8"), re.MULTILINE)
    assert line
    frame = line[0].replace("https://chat.example/", chat)
    html = f"<!doctype html><html lang='zh-HK'><title>報紙</title><h1>報道</h1>{frame}</html>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()


def test_a_newspaper_puts_the_chat_under_its_article(visitor: Browser, pipeline: Pipeline) -> None:
    with (
        chromium.served(pipeline, frame_ancestors="http://localhost:*") as chat,
        newspaper(chat) as paper,
    ):
        page = visitor.new_page(viewport=WIDE, locale="zh-HK")
        page.goto(paper)
        frame = page.frame_locator("iframe")
        frame.locator("#question").fill("創科產業引導基金有多少錢？")
        frame.locator("#question").press("Enter")
        expect(frame.locator(".exact.original")).to_have_text("100億元")
        # The paper's own page says what the article is called.
        expect(frame.locator(".masthead h1")).to_be_hidden()
        frame.locator("button.citation").first.click()
        expect(frame.locator(".article-body mark")).to_be_in_viewport()
        inner = page.frames[1]
        assert inner.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.close()


def test_who_is_not_named_cannot_frame_it(visitor: Browser, pipeline: Pipeline) -> None:
    with chromium.served(pipeline) as chat, newspaper(chat) as paper:
        page = visitor.new_page(viewport=WIDE)
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(paper)
        page.wait_for_timeout(1000)
        assert any("frame-ancestors" in text for text in refused)
        expect(page.frame_locator("iframe").locator("#question")).to_have_count(0)
        page.close()
