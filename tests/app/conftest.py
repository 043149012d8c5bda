"""The server over a pipeline without models, in this process."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.app.quick import QuickPipeline
from web.server import create_app
from web.settings import ServerSettings

Connect = Callable[..., TestClient]


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
