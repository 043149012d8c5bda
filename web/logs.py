"""Logs: one JSON object a line on standard error, with no text of a question in it."""

import logging
import logging.config
import time
import uuid
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.limits import refusal

_log = structlog.get_logger("requests")


def configure_logs() -> None:
    """Send what we and the libraries log through one formatter."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in ("requests", "answers", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)


class RequestLog:
    """ASGI middleware: gives each request a number, and logs what became of it; an error that
    nobody expected as well, of which whoever asked is told the number alone.

    The route is logged and not the address: what stands in an address, or in its query, may be
    a question.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, begun, status = uuid.uuid4().hex[:16], time.perf_counter(), 0

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=number):
            try:
                await self._app(scope, receive, numbered)
            except Exception:
                _log.exception("failed", route=scope.get("qa.route"))
                if not status:
                    message = (
                        f"Something went wrong here: please report it with the number {number}."
                    )
                    await refusal(500, message)(scope, receive, numbered)
            finally:
                _log.info(
                    "request",
                    method=scope["method"],
                    route=scope.get("qa.route"),
                    status=status,
                    ms=round(1000 * (time.perf_counter() - begun), 1),
                )
