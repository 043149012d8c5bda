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
        scope["qa.route"] = found[0][0] if found else None
        for route, method in found:
            if scope["method"] in (method, "OPTIONS", "HEAD" if method == "GET" else method):
                scope["qa.route"] = route
                await self._app(scope, receive, send)
                return
        if not found:
            response = refusal(404, "There is nothing at this address.")
        else:
            methods = " and ".join(sorted({method for _, method in found}))
            response = refusal(405, f"This address takes {methods} only.")
            response.headers["Allow"] = methods.replace(" and ", ", ")
        await response(scope, receive, send)


def match(path: str) -> list[tuple[str, str]]:
    """The routes of a path with their methods. No path that climbs, by any spelling, has one."""
    if "\\" in path or "\0" in path or {"..", "."} & set(path.split("/")):
        return []
    return [(route, method) for pattern, route, method in _PATTERNS if pattern.match(path)]
