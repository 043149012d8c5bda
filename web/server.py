"""The server: the chat page, the API and the MCP tool, on one FastAPI application."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

import gradio as gr
import matplotlib.pyplot  # noqa: F401  (Gradio would import it in its first event, and all would wait)
import uvicorn
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from web import api
from web.feedback import FeedbackStore
from web.headers import SecurityHeaders
from web.limits import Limits
from web.logs import RequestLog, configure_logs
from web.mcp import build_mcp
from web.page import build_page, head, title_of
from web.preview import preview
from web.serving import ServedPipeline
from web.settings import ServerSettings
from web.surface import Surface
from web.texts import LANGUAGES, texts

if TYPE_CHECKING:  # it brings PyTorch along
    from rag import Pipeline

REFRESH_SECONDS = 1  # between two looks at whether there is a new index
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 8  # for the questions in hand; the process is gone within ten


def create_app(pipeline: "Pipeline", settings: ServerSettings) -> FastAPI:
    """The ASGI application that serves ``pipeline``: the page at ``/``, the API at ``/api``, the
    MCP tool at ``/mcp``. Raises FeedbackError.
    """
    served = ServedPipeline(pipeline, settings)
    feedback = FeedbackStore(settings.feedback_file) if settings.feedback else None
    mcp_server, mcp_routes = build_mcp(served)

    @asynccontextmanager
    async def lifespan(server: FastAPI) -> AsyncIterator[None]:
        refreshing = asyncio.create_task(_refresh(served))
        async with mcp_server.session_manager.run():
            yield
        refreshing.cancel()
        with suppress(asyncio.CancelledError):
            await refreshing
        if feedback:
            feedback.close()

    server = FastAPI(
        title=pipeline.documents[0].title,
        version="1",
        description="Every answer is a verbatim quote with the number of its section. Past a limit"
        " the status is 429 or 503, with Retry-After; every error is one sentence under `error`.",
        docs_url=None,
        redoc_url=None,
        openapi_url=api.OPENAPI,
        lifespan=lifespan,
    )
    server.include_router(api.router(served))
    api.answer_in_sentences(server)
    server.router.routes.extend(mcp_routes)
    page = build_page(served, settings, feedback)
    page.queue(
        api_open=False,
        max_size=settings.max_waiting,
        default_concurrency_limit=settings.max_concurrent,
    )
    # From the innermost to the outermost.
    server.add_middleware(Limits, settings=settings)
    server.add_middleware(Surface)
    server.add_middleware(CORSMiddleware, **_cross_origin(settings.frame_ancestors))
    server.add_middleware(RequestLog)
    server.add_middleware(
        SecurityHeaders, frame_ancestors=settings.frame_ancestors, head=head(),
        preview=preview(title_of(pipeline.documents), texts()[LANGUAGES[0]]["intro"]),
    )  # fmt: skip
    server.add_middleware(GZipMiddleware)
    gr.mount_gradio_app(
        server, page, path="/", head=head(), theme=gr.themes.Base(),
        footer_links=[], ssr_mode=False, run_history=False, enable_monitoring=False,
        max_file_size=0,
    )  # fmt: skip
    server.state.gradio = server.routes[-1].app  # type: ignore[attr-defined]
    return server


def serve(pipeline: "Pipeline", settings: ServerSettings) -> None:
    """Serve until SIGTERM or SIGINT, then finish the questions in hand."""
    configure_logs()
    build_server(pipeline, settings).run()


def build_server(pipeline: "Pipeline", settings: ServerSettings) -> uvicorn.Server:
    """The server over ``pipeline``, ready to run. Raises FeedbackError."""
    return _Server(
        uvicorn.Config(
            create_app(pipeline, settings),
            settings.host,
            settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            # Whom to count a question for is told by the header of our setting and no other.
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            # Longer than a proxy keeps an idle connection: it must not use one that is just closed.
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
    )


class _Server(uvicorn.Server):
    """Ends the streams that pages hold open for as long as they are shown: no question is in
    them, and uvicorn waits for every response."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.config.app.state.gradio.stop_event.set()  # type: ignore[union-attr]
        super().handle_exit(sig, frame)


async def _refresh(served: ServedPipeline) -> None:
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        await asyncio.to_thread(served.refresh)


def _cross_origin(frame_ancestors: str) -> dict[str, Any]:
    """Whoever may frame the page may also put it there as a web component."""
    sources = [s for s in frame_ancestors.split() if not s.startswith("'")]
    patterns = [re.escape(s).replace(r"\*", "[^/]*") for s in sources]
    return {
        "allow_origin_regex": "|".join(patterns) or None,
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["*"],
        "expose_headers": ["Retry-After", "X-Request-ID"],
    }
