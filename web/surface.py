"""What the server answers at all: of Gradio's many routes, those that the page needs."""

from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from web.limits import refusal

# Route → method. Gradio's routes for files, uploads, proxies, recordings, monitoring and development are not here.
ROUTES = {
    "/": "GET",
    "/healthz": "GET",
    "/readyz": "GET",
    "/api/docs": "GET",
    "/api/docs/{file}": "GET",
    "/api/openapi.json": "GET",
    "/api/v1/answers": "POST",
    "/api/v1/documents": "GET",
    "/api/v1/documents/{document}/sections/{number}": "GET",
    "/mcp": "POST",
    "/config": "GET",
    "/theme.css": "GET",
    "/favicon.ico": "GET",
    "/robots.txt": "GET",
    "/manifest.json": "GET",
    "/pwa_icon": "GET",
    "/assets/{file:path}": "GET",
    "/static/{file:path}": "GET",
    "/svelte/{file:path}": "GET",
    "/gradio_api/info": "GET",
    "/gradio_api/app_id": "GET",
    "/gradio_api/theme.css": "GET",
    "/gradio_api/startup-events": "GET",
    "/gradio_api/heartbeat/{session}": "GET",
    "/gradio_api/queue/join": "POST",
    "/gradio_api/queue/data": "GET",
    "/gradio_api/call/{function}": "POST",
    "/gradio_api/call/{function}/{event}": "GET",
    "/gradio_api/call/v2/{function}": "POST",
    "/gradio_api/call/v2/{function}/{event}": "GET",
    "/gradio_api/run/{function}": "POST",
    "/gradio_api/cancel": "POST",
    "/gradio_api/reset": "POST",
}

_PATTERNS = [(compile_path(route)[0], route, method) for route, method in ROUTES.items()]


class Surface:
    """ASGI middleware: 404 for what is no route of ours, 405 for a method that it does not take."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a WebSocket: nothing here speaks it
            await send({"type": "websocket.close", "code": 1000})
            return
        found = match(scope["path"])
        if found is None:
            response = refusal(404, "There is nothing at this address.")
        else:
            scope["qa.route"], method = found
            if scope["method"] in {method, "OPTIONS", "HEAD" if method == "GET" else method}:
                await self._app(scope, receive, send)
                return
            response = refusal(405, f"This address takes {method} only.")
            response.headers["Allow"] = method
        await response(scope, receive, send)


def match(path: str) -> tuple[str, str] | None:
    """The route of a path and its method. No path that climbs, by any spelling, has one."""
    if "\\" in path or "\0" in path or {"..", "."} & set(path.split("/")):
        return None
    for pattern, route, method in _PATTERNS:
        if pattern.match(path):
            return route, method
    return None
