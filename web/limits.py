"""What one visitor, and all of them together, may ask of the server."""

import asyncio
import ipaddress
import json
import math
import time
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.settings import ServerSettings

# Bytes. The page sends the conversation along; a program sends a question, of which JSON may
# write a character in twelve (a surrogate pair, escaped), and a few names.
PAGE_BODY, PROGRAM_BODY, ESCAPED = 1 << 20, 16 << 10, 12
BODY_SECONDS = 10  # in which a body must have arrived
WAIT_SECONDS = 5  # that a program's question waits for its turn: who asked is not kept longer
BUSY_SECONDS = 5  # after which a program that found the server busy may try again

WRONG_FORM = 'The body must be one JSON object of this form: {"question": "…"}.'
_SENTENCES = {
    "too many": {
        "en": "You have asked many questions in a short time: please wait a moment and ask again.",
        "zh-Hant": "您在短時間內問了很多問題，請稍候再問。",
        "zh-Hans": "您在短时间内问了很多问题，请稍候再问。",
    },
    "busy": {
        "en": "Many people are asking just now: please try again in a few seconds.",
        "zh-Hant": "現在有很多人提問，請稍等幾秒再試。",
        "zh-Hans": "现在有很多人提问，请稍等几秒再试。",
    },
}


class RateLimit:
    """Questions a minute and address, counted exactly, over the last minute, in this process."""

    def __init__(self, settings: ServerSettings) -> None:
        self._header = settings.address_header
        self._item = RateLimitItemPerMinute(settings.questions_per_minute or 1)
        self._unlimited = settings.questions_per_minute == 0
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, scope: Scope) -> int:
        """Count a question; the seconds after which it may be asked, 0 for now."""
        if self._unlimited:
            return 0
        address = address_of(scope, self._header)
        if self._limiter.hit(self._item, address):
            return 0
        reset = self._limiter.get_window_stats(self._item, address).reset_time
        return max(1, math.ceil(reset - time.time()))


def address_of(scope: Scope, header: str | None) -> str:
    """Whom to count a request for: the connection's address, or what ``header`` says.

    Of several hops the last is meant: it is the one that our own proxy wrote. An IPv6 address
    counts with its /64, the least that a subscriber is given.
    """
    client = scope.get("client")
    address = client[0] if client else ""
    if header and (values := Headers(scope=scope).getlist(header)):
        address = values[-1].rsplit(",", 1)[-1].strip() or address
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


class Gate:
    """A bounded queue: so many inside, so many waiting for so many seconds, and no more."""

    def __init__(self, concurrent: int, waiting: int, seconds: float = WAIT_SECONDS) -> None:
        self._places = concurrent + waiting
        self._seconds = seconds
        self._taken = 0
        self._turns = asyncio.Semaphore(concurrent)

    @property
    def full(self) -> bool:
        return self._taken >= self._places

    async def enter(self) -> None:
        """Wait for a turn. Raises TimeoutError where none comes in time."""
        self._taken += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._turns.acquire()
        except BaseException:
            self._taken -= 1
            raise

    def leave(self) -> None:
        self._taken -= 1
        self._turns.release()


class Limits:
    """ASGI middleware: no body over its bound, no question over its address's rate, no program's
    question over the queue's length. The page's questions wait in Gradio's own queue.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._rate = RateLimit(settings)
        self._gate = Gate(settings.max_concurrent, settings.max_waiting)
        self._program_body = PROGRAM_BODY + ESCAPED * settings.max_question_chars

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        program = not scope["path"].startswith("/gradio_api/")
        response: Response | None = None
        try:
            body = await _read(receive, self._program_body if program else PAGE_BODY)
        except _Refused as refused:
            response = refusal(refused.status, str(refused))
        else:
            receive = _replay(body, receive)
            response = self._checked(scope, body)
        if response is not None:
            await response(scope, receive, send)
        elif program and _asks(scope["path"], body):
            try:
                await self._gate.enter()
            except TimeoutError:
                await refusal(503, sentence("busy", scope), BUSY_SECONDS)(scope, receive, send)
                return
            try:
                await self._app(scope, receive, send)
            finally:
                self._gate.leave()
        else:
            await self._app(scope, receive, _in_a_sentence(scope, receive, send))

    def _checked(self, scope: Scope, body: bytes) -> Response | None:
        """Why the request is not let through, if it is not."""
        path = scope["path"]
        if path == "/mcp" and _json(body).get("jsonrpc") != "2.0":
            return refusal(400, "The body must be one JSON-RPC 2.0 message of the MCP.")
        if path == "/api/v1/answers" and not _json(body):
            return refusal(422, WRONG_FORM)
        if not _asks(path, body):
            return None
        seconds = self._rate.wait(scope)
        if seconds:
            return refusal(429, sentence("too many", scope), seconds)
        if not path.startswith("/gradio_api/") and self._gate.full:
            return refusal(503, sentence("busy", scope), BUSY_SECONDS)
        return None


def _in_a_sentence(scope: Scope, receive: Receive, send: Send) -> Send:
    """A channel on which «the queue is full», which Gradio says in its own way, is said in ours."""
    full = False

    async def said(message: Message) -> None:
        nonlocal full
        if message["type"] == "http.response.start" and message["status"] == 503:
            full = True
            await refusal(503, sentence("busy", scope), BUSY_SECONDS)(scope, receive, send)
        elif not full:
            await send(message)

    return said


def _asks(path: str, body: bytes) -> bool:
    """Whether a POST is a question: in the page, what goes through Gradio's queue."""
    if path == "/mcp":
        return _json(body).get("method") == "tools/call"
    return path == "/api/v1/answers" or path.startswith(
        ("/gradio_api/queue/join", "/gradio_api/call/")
    )


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def sentence(reason: str, scope: Scope) -> str:
    """Why to wait, in the first language of the visitor's that there is."""
    for part in Headers(scope=scope).get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            simplified = any(mark in tag for mark in ("hans", "cn", "sg")) and "hant" not in tag
            return _SENTENCES[reason]["zh-Hans" if simplified else "zh-Hant"]
        if tag.startswith("en"):
            break
    return _SENTENCES[reason]["en"]


def refusal(status: int, message: str, retry_after: int | None = None) -> JSONResponse:
    """The one form of an error; ``detail`` is where Gradio's page looks for what to show."""
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return JSONResponse({"error": message, "detail": message}, status, headers)


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _read(receive: Receive, bound: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            more = True
            while more:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > bound:
                    raise _Refused(413, f"The body is over the limit of {bound} bytes.")
                more = message.get("more_body", False)
    except TimeoutError:
        raise _Refused(408, f"The body did not arrive within {BODY_SECONDS} seconds.") from None
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A channel that gives the body again, and after it what the connection says."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
