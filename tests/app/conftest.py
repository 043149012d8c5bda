"""The browser of the page's tests, and the line that says so where there is none; and the server
over a pipeline without models, in this process."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient

from rag.pipeline import Pipeline
from tests.app import browser as chromium
from tests.app.quick import QuickPipeline
from web.server import create_app
from web.settings import ServerSettings

Visit = Callable[..., Page]
Connect = Callable[..., TestClient]


@pytest.fixture(scope="package")
def address(pipeline: Pipeline) -> Iterator[str]:
    with chromium.served(pipeline) as url:
        yield url


# Of a module and no wider: while Playwright runs, its event loop is this thread's, and a test that
# runs a loop of its own cannot.
@pytest.fixture(scope="module")
def visitor() -> Iterator[Browser]:
    if chromium.CHROMIUM is None:
        pytest.skip("no browser")
    with chromium.browser() as browser:
        yield browser


@pytest.fixture
def visit(visitor: Browser, address: str) -> Iterator[Visit]:
    """Opens the page as a new visitor, of Hong Kong with a wide screen unless told otherwise."""
    pages = []

    def opened(query: str = "", at: str = address, **how: Any) -> Page:
        pages.append(chromium.visit(visitor, at + query, **how))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """A client of a fresh server; its settings as keywords, or its pipeline."""
    with ExitStack() as running:

        def connected(pipeline: Any = None, **settings: Any) -> TestClient:
            defaults = {
                "feedback_file": tmp_path / "feedback.sqlite", "index_dir": tmp_path / "index",
            }  # fmt: skip
            app = create_app(pipeline or QuickPipeline(), ServerSettings(**(defaults | settings)))
            return running.enter_context(TestClient(app, raise_server_exceptions=False))

        yield connected


@pytest.fixture
def client(connect: Connect) -> TestClient:
    return connect()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if chromium.CHROMIUM is None:
        terminalreporter.section("NO BROWSER", sep="!", red=True, bold=True)
        terminalreporter.line(
            "No Chromium was found, so NOTHING OF THE PAGE WAS TESTED: install chromium"
            " (apt-get install chromium fonts-noto-cjk) and run the tests again.",
            red=True, bold=True,
        )  # fmt: skip
