"""What a browser is told to forbid the page, whatever a text in it may try."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.preview import with_preview

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(),"
        " gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
}


def script_hashes(html: str) -> list[str]:
    """The sources by which a policy allows the inline scripts of ``html`` and no others."""
    digests = (hashlib.sha256(s.encode()).digest() for s in _INLINE_SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def policy(frame_ancestors: str, scripts: Iterable[str]) -> str:
    """The Content-Security-Policy. Nothing is loaded from elsewhere, and no script that a text
    smuggles in is run: inline scripts need a nonce or hash, and handlers in attributes have none.

    ``scripts`` are further sources of scripts. Styles in attributes are Gradio's way of laying out.
    """
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *scripts]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors}",
        ]
    )


class SecurityHeaders:
    """ASGI middleware: the headers on every response; in the page, whose HTML is Gradio's, a fresh
    nonce in its scripts and ``preview`` in its head."""

    def __init__(self, app: ASGIApp, frame_ancestors: str, head: str, preview: str) -> None:
        self._app = app
        self._ancestors = frame_ancestors
        self._hashes = script_hashes(head)
        self._preview = preview

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        page = scope["path"] == "/"
        nonce = secrets.token_urlsafe(16)
        # Gradio's HTML component compiles its template, which is 'unsafe-eval'; values are put in
        # after that and are not compiled.
        scripts = [*self._hashes, f"'nonce-{nonce}'", "'unsafe-eval'"] if page else []
        start: Message = {}
        html = bytearray()

        async def protected(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy(self._ancestors, scripts)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if self._ancestors in ("'self'", "'none'"):  # for browsers that know no policy
                    headers["X-Frame-Options"] = (
                        "DENY" if self._ancestors == "'none'" else "SAMEORIGIN"
                    )
                if page:
                    headers["Cache-Control"] = "no-store"  # a nonce is used once
                    start = message
                    return
            elif page and message["type"] == "http.response.body":
                html.extend(message.get("body", b""))
                if message.get("more_body"):
                    return
                body = with_preview(bytes(html), self._preview)
                body = body.replace(b"<script", f'<script nonce="{nonce}"'.encode())
                if scope["method"] == "GET":
                    MutableHeaders(scope=start)["Content-Length"] = str(len(body))
                await send(start)
                message = {"type": "http.response.body", "body": body}
            await send(message)

        if page:  # what is compressed could not be read here; the outermost layer compresses
            headers = MutableHeaders(scope=scope)
            del headers["Accept-Encoding"]
        await self._app(scope, receive, protected)
