"""A real browser on the real page: the system's Chromium, driven by Playwright."""

import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from rag.pipeline import Pipeline
from web.server import build_server
from web.settings import ServerSettings

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# A busy machine answers late: what is waited for is whether it comes, not how soon.
PATIENCE = 60_000  # ms
expect.set_options(timeout=PATIENCE)
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(pipeline: Pipeline, port: int | None = None, **settings: Any) -> Iterator[str]:
    """The address of the page, served while the block runs; with no limit on questions a minute
    and with its feedback in a folder of its own, unless ``settings`` say otherwise."""
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        defaults = {
            "port": port, "questions_per_minute": 0,
            "feedback_file": Path(folder) / "feedback.sqlite",
        }  # fmt: skip
        server = build_server(pipeline, ServerSettings(**(defaults | settings)))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.handle_exit(signal.SIGTERM, None)
            thread.join()


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


def visit(visitor: Browser, address: str, **how: Any) -> Page:
    """The page as a new visitor sees it, of Hong Kong with a wide screen unless told otherwise.

    Its context is its own: ``page.context.close()``.
    """
    context = visitor.new_context(**({"viewport": WIDE, "locale": "zh-HK"} | how))
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address)
    page.locator("#question").wait_for()
    return page


def ask(page: Page, question: str) -> None:
    """Ask, and wait until what comes back stands there."""
    asked = page.locator(".turn").count()
    box = page.locator("#question")
    box.fill(question)
    box.press("Enter")
    expect(page.locator(".turn")).to_have_count(asked + 1)
    expect(page.locator(".pending")).to_have_count(0)
