"""What browsers are told, and what of the machine is served."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests.app.conftest import Connect
from tests.app.quick import QuickPipeline
from web.headers import script_hashes
from web.preview import preview, with_preview

EVERYWHERE = ["/", "/config", "/readyz", "/api/docs", "/nothing", "/gradio_api/file=/etc/passwd"]


def sources(response: object) -> dict[str, list[str]]:
    policy = response.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    return {name: rest.split() for name, *rest in [part.strip().split(" ", 1) for part in policy.split(";")]
            for rest in [" ".join(rest)]}  # fmt: skip


@pytest.mark.parametrize("path", EVERYWHERE)
def test_the_usual_headers_are_on_every_response(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "server" not in response.headers
    policy = sources(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'"]
    for source in (s for values in policy.values() for s in values):
        assert not source.startswith("http") and source not in ("*", "https:")
    assert "'unsafe-inline'" not in policy["script-src"]


def test_each_inline_script_of_the_page_has_a_nonce_that_is_used_once(client: TestClient) -> None:
    seen = set()
    for _ in range(2):
        response = client.get("/")
        (nonce,) = re.findall(r"'nonce-([\w-]+)'", response.headers["Content-Security-Policy"])
        scripts = re.findall(r"<script[^>]*>", response.text)
        assert scripts and all(f'nonce="{nonce}"' in script for script in scripts)
        assert response.headers["Cache-Control"] == "no-store"
        seen.add(nonce)
    assert len(seen) == 2
    head = client.head("/")
    assert head.status_code == 200 and "nonce" in head.headers["Content-Security-Policy"]


def test_a_link_to_the_page_is_previewed_by_its_document(connect: Connect) -> None:
    pipeline = QuickPipeline()
    text = connect(pipeline).get("/").text
    properties = dict(re.findall(r'<meta property="(og:\w+)" content="([^"]*)">', text))
    assert properties["og:title"] == pipeline.documents[0].title
    assert set(properties) == {"og:type", "og:title", "og:description"}
    assert "twitter:" not in text and "githubusercontent" not in text


def test_a_title_does_not_leave_its_preview() -> None:
    tags = preview('"><script>alert(1)</script>', "&")
    page = with_preview(b'<head><meta property="og:title"\n content="Gradio" /></head>', tags)
    assert b"<script" not in page and b"Gradio" not in page and b"&amp;" in page


def test_other_responses_allow_no_script_that_is_compiled_or_inline(client: TestClient) -> None:
    assert sources(client.get("/api/docs"))["script-src"] == ["'self'"]


def test_the_hash_of_an_inline_script() -> None:
    # printf 'alert(1)' | openssl sha256 -binary | base64
    assert script_hashes("<style>x</style><script>alert(1)</script>") == [
        "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    ]


def test_who_may_frame_the_page_is_a_setting(connect: Connect) -> None:
    sites = "https://news.example https://*.gov.example:8443"
    client = connect(frame_ancestors=sites)
    response = client.get("/")
    assert sources(response)["frame-ancestors"] == sites.split()
    assert "X-Frame-Options" not in response.headers
    assert connect(frame_ancestors="'none'").get("/").headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://news.example", True),
        ("https://www.gov.example", True),
        ("https://news.example.evil.example", False),
        ("https://newsXexample", False),
        ("https://evil.example/www.gov.example", False),
        ("http://news.example", False),
        ("null", False),
    ],
)
def test_the_same_sites_may_put_the_page_in_as_a_component(
    connect: Connect, origin: str, allowed: bool
) -> None:
    client = connect(frame_ancestors="'self' https://news.example https://*.gov.example")
    for path in ("/config", "/readyz"):
        answered = client.get(path, headers={"Origin": origin})
        assert answered.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = client.options("/gradio_api/queue/join", headers=asked)
    assert preflight.status_code == (200 if allowed else 400)


def test_by_default_no_other_site_reads_anything(client: TestClient) -> None:
    response = client.get("/config", headers={"Origin": "https://news.example"})
    assert "Access-Control-Allow-Origin" not in response.headers


# ---- files ----

FILE_ROUTES = ["/gradio_api/file=", "/gradio_api/file/", "/file=", "/gradio_api/proxy="]
ROUTES = [*FILE_ROUTES, "/assets/", "/static/", "/svelte/", "/api/docs/", "/"]


def spellings(path: str) -> list[str]:
    """Ways to write a path that some server has once understood."""
    climbing = "../" * 12 + path.lstrip("/")
    once = [path, climbing, "." + climbing, "x/" + climbing, path.lstrip("/")]
    ways = list(once)
    for one in once:
        slash = one.replace("/", "%2f")
        dots = one.replace(".", "%2e")
        ways += [
            slash, dots, slash.replace(".", "%2e"), slash.replace("%", "%25"),
            dots.replace("%", "%25"), slash.replace(".", "%2e").replace("%", "%25"),
            one.replace("/", "\\"), one.replace("/", "%5c"), one.replace("/", "%255c"),
            one.replace("../", "....//"), one.replace("../", "..;/"),
            one.replace("/", "%c0%af"), one.replace("..", "%c0%ae%c0%ae"),
            one.replace("/", "%u2215"), one.replace("/", "%ef%bc%8f"), one.replace("/", "//"),
            one + "%00", one + "%00.png", "file://" + one, "file:" + one, "///" + one,
            "".join(f"%{byte:02x}" for byte in one.encode()),
        ]  # fmt: skip
    return ways


def test_no_file_of_the_machine_is_served(connect: Connect, tmp_path: Path) -> None:
    secret = b"this must not be served"
    wanted = {"/etc/passwd": b"root:"}
    index = tmp_path / "index" / "current"
    index.parent.mkdir()
    for file in (index, tmp_path / "settings.env"):
        file.write_bytes(secret)
        wanted[str(file)] = secret
    wanted[str(tmp_path / "feedback.sqlite")] = b"SQLite format"
    client, asked = connect(), 0
    for path, content in wanted.items():
        for route in ROUTES:
            for spelling in spellings(path):
                url = f"http://testserver{route}" + quote(spelling, safe="/%\\:;.=_-")
                response = client.get(url)
                assert content not in response.content, url
                assert route not in FILE_ROUTES or response.status_code == 404, url
                asked += 1
    assert asked > 3000


def test_no_upload_is_accepted(client: TestClient) -> None:
    for path in ("/gradio_api/upload", "/upload", "/gradio_api/component_server"):
        response = client.post(path, files={"files": ("a.txt", b"text")})
        assert response.status_code == 404
    posted = client.post("/api/v1/answers", files={"question": ("a.txt", b"text")})
    assert posted.status_code == 422


def test_a_file_named_in_a_question_is_not_read(client: TestClient) -> None:
    file = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    event = client.post("/gradio_api/call/ask", json={"data": [file]}).json()["event_id"]
    assert "root:" not in client.get(f"/gradio_api/call/ask/{event}").text


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring", "/monitoring/summary", "/gradio_api/openapi.json", "/gradio_api/vibe-code",
        "/gradio_api/runs", "/gradio_api/deep_link", "/gradio_api/dev/reload", "/login", "/docs",
        "/redoc", "/openapi.json", "/gradio_api/upload_progress", "/gradio_api/run-history/buckets",
    ],
)  # fmt: skip
def test_of_gradios_routes_only_those_that_the_page_needs_are_there(
    client: TestClient, path: str
) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, json={}).status_code == 404
