"""The server as a process of its own: how it ends, what it logs, and whom it talks to."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.build import build_index
from index.settings import IndexSettings
from tests.app.test_limits import until
from tests.app.test_mcp import HEADERS, call
from tests.conftest import ROOT, SEEDS

SECRET = "天機不可洩漏"


@contextmanager
def running(folder: Path, *command: str, **settings: str) -> Iterator[tuple[Any, httpx.Client]]:
    """A server process and a client of it; what it writes goes to ``folder / "err"``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "PORT": str(port), "QA_FEEDBACK_FILE": str(folder / "feedback.sqlite"),
        "QA_QUESTIONS_PER_MINUTE": "0",
    } | settings  # fmt: skip
    with (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=err, stderr=err
        )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)

    def answers() -> bool:
        assert process.poll() is None, (folder / "err").read_text()
        try:
            return client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    try:
        until(answers, seconds=300)
        yield process, client
    finally:
        client.close()
        process.kill()
        process.wait()


def ask(client: httpx.Client, question: str) -> httpx.Response:
    return client.post("/api/v1/answers", json={"question": question})


def ask_as_the_page(client: httpx.Client, question: Any) -> str:
    event = client.post("/gradio_api/call/ask", json={"data": [question]}).json()["event_id"]
    return client.get(f"/gradio_api/call/ask/{event}").text


def test_sigterm_finishes_the_questions_in_hand(tmp_path: Path) -> None:
    with running(tmp_path, "-m", "tests.app.quick", "3", QA_MAX_CONCURRENT="2") as (process, http):
        said: dict[int, Any] = {}

        def person(number: int) -> None:
            if number % 2:
                said[number] = ask(http, "a").json()["answer"]
            else:
                said[number] = ask_as_the_page(http, "a")

        def onlooker() -> None:
            # A page that is open, which holds a stream for as long as it is.
            with http.stream("GET", "/gradio_api/heartbeat/x") as stream:
                said[-1] = True
                for _ in stream.iter_raw():
                    pass

        people = [threading.Thread(target=person, args=(n,)) for n in range(4)]
        people.append(threading.Thread(target=onlooker))
        for one in people:
            one.start()
        until(lambda: -1 in said)
        time.sleep(1)
        assert list(said) == [-1]
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        process.wait(10)
        assert time.monotonic() - begun < 10
        for one in people:
            one.join(10)
        assert said[1] == said[3] == "學校在"
        assert all("event: complete" in said[n] for n in (0, 2))
    assert process.returncode in (0, -signal.SIGTERM)


def lines(folder: Path) -> list[dict[str, Any]]:
    """What was logged; each line is a JSON object, or this fails."""
    return [json.loads(line) for line in (folder / "err").read_text("utf-8").splitlines()]


def ask_in_every_way(http: httpx.Client) -> None:
    assert ask(http, SECRET).status_code == 200
    assert "complete" in ask_as_the_page(http, SECRET)
    assert http.post("/mcp", json=call(SECRET), headers=HEADERS).status_code == 200
    # And in ways that fail.
    assert ask(http, SECRET * 100).status_code == 422
    assert "error" in ask_as_the_page(http, SECRET * 100)
    assert "error" in ask_as_the_page(http, {SECRET: SECRET})
    assert http.post("/mcp", json=call([SECRET]), headers=HEADERS).status_code == 200
    assert http.post("/mcp", json={SECRET: SECRET}, headers=HEADERS).status_code == 400
    assert http.post("/api/v1/answers", json={SECRET: SECRET}).status_code == 422
    assert http.get(f"/{SECRET}").status_code == 404
    assert http.get("/", params={"q": SECRET}).status_code == 200
    assert http.get(f"/api/v1/documents/{SECRET}/sections/1").status_code == 404


def test_the_log_is_json_and_holds_no_question(tmp_path: Path) -> None:
    with running(tmp_path, "-m", "tests.app.quick", "0") as (_, http):
        ask_in_every_way(http)
        number = ask(http, "a").headers["X-Request-ID"]
    written = (tmp_path / "err").read_text("utf-8")
    assert SECRET not in written and json.dumps(SECRET).strip('"') not in written
    assert "%E5%A4%A9" not in written  # the beginning of it in an address
    logged = {e["event"]: e for e in lines(tmp_path) if e.get("request_id") == number}
    assert logged["answer"].items() >= {
        "answered": True, "confidence": 0.9, "sections": [2], "index_version": "0123456789abcdef",
    }.items()  # fmt: skip
    assert logged["request"].items() >= {
        "method": "POST", "route": "/api/v1/answers", "status": 200,
    }.items()  # fmt: skip
    assert logged["answer"]["ms"] >= 0 and logged["request"]["ms"] >= 0
    assert "127.0.0.1" not in json.dumps([e for e in lines(tmp_path) if e["event"] == "request"])


def test_the_log_holds_questions_where_that_is_switched_on(tmp_path: Path) -> None:
    with running(tmp_path, "-m", "tests.app.quick", "0", QA_LOG_QUESTIONS="true") as (_, http):
        assert ask(http, SECRET).status_code == 200
    assert [e["question"] for e in lines(tmp_path) if e["event"] == "answer"] == [SECRET]


@pytest.mark.parametrize(
    "setting",
    [{"QA_MAX_CONCURRENT": "none"}, {"QA_INDEX_DIR": "/nowhere"}, {"QA_FEEDBACK_FILE": "/dev/null/a"}],
)  # fmt: skip
def test_what_is_wrong_at_the_start_is_one_sentence(
    tmp_path: Path, setting: dict[str, str]
) -> None:
    settings = IndexSettings(seeds=SEEDS, index_dir=tmp_path / "index")
    if "QA_FEEDBACK_FILE" in setting:
        build_index(settings)
    environment = os.environ | {"QA_INDEX_DIR": str(settings.index_dir)} | setting
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1


WATCHED = """
import sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        address = arguments[0]
    else:
        return
    host = address[0] if isinstance(address, tuple) else address
    if host not in ("127.0.0.1", "localhost", b"127.0.0.1", None):
        print("CONNECTION", event, host, flush=True)
        raise OSError("the network is cut off")

sys.addaudithook(watch)
"""


def test_the_process_makes_no_connection_that_it_was_not_asked_for(tmp_path: Path) -> None:
    """The real one, with its models: built, started, asked in every way, ended, and the network
    cut off the while."""
    code = WATCHED + (
        "from index.build import build_index\n"
        "from rag import Settings\n"
        "build_index(Settings())\n"
        "import app\n"
        "app.main()\n"
    )
    index = {"QA_SEEDS": str(SEEDS), "QA_INDEX_DIR": str(tmp_path / "index")}
    with running(tmp_path, "-c", code, **index) as (process, http):
        ask_in_every_way(http)
        for path in ("/", "/config", "/api/docs", "/gradio_api/info", "/gradio_api/startup-events"):
            assert http.get(path).status_code == 200
        time.sleep(2)
        process.terminate()
        process.wait(10)
    assert "CONNECTION" not in (tmp_path / "err").read_text()


def test_the_watch_sees_connections(tmp_path: Path) -> None:
    code = WATCHED + "import urllib.request\nurllib.request.urlopen('http://192.0.2.1/')\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "CONNECTION socket." in done.stdout
