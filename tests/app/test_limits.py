"""What one visitor, and all of them together, may ask."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.app.conftest import Connect
from tests.app.quick import QuickPipeline
from tests.app.test_api import ANSWERS, one_sentence
from tests.app.test_mcp import HEADERS, call
from web.limits import Gate, address_of


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a turn is waited for: but where the waiting is the point."""
    monkeypatch.setattr(Gate.__init__, "__defaults__", (60,))


def ask(client: TestClient, **headers: str) -> Any:
    return client.post(ANSWERS, json={"question": "a"}, headers=headers)


def join(client: TestClient) -> Any:
    body = {"data": ["a"], "fn_index": 0, "session_hash": "s"}
    return client.post("/gradio_api/queue/join", json=body)


def test_one_question_too_many_in_a_minute_is_refused(connect: Connect) -> None:
    client = connect(questions_per_minute=3)
    assert [ask(client).status_code for _ in range(3)] == [200] * 3
    refused = ask(client)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    one_sentence(refused)


def test_every_way_to_ask_counts(connect: Connect) -> None:
    ways = [
        lambda c: ask(c),
        lambda c: c.post("/mcp", json=call("a"), headers=HEADERS),
        lambda c: c.post(
            "/mcp",
            content=b'{"jsonrpc": "2.0", "id": 1, "method": "tools\\/call"}',
            headers=HEADERS,
        ),
        join,
        lambda c: c.post("/gradio_api/call/ask", json={"data": ["a"]}),
        lambda c: c.post("/gradio_api/call/v2/ask", json={"question": "a"}),
    ]
    for way in ways:
        client = connect(questions_per_minute=1)
        assert ask(client).status_code == 200
        refused = way(client)
        assert refused.status_code == 429 and refused.headers["Retry-After"]
        assert refused.json()["detail"] == one_sentence(refused)  # which the page shows


def test_what_is_no_question_does_not_count(connect: Connect) -> None:
    client = connect(questions_per_minute=1)
    for _ in range(5):
        assert client.get("/").status_code == 200
        assert client.get("/readyz").status_code == 200
        listed = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        assert client.post("/mcp", json=listed, headers=HEADERS).status_code == 200
    assert ask(client).status_code == 200


def test_a_way_past_the_queue_is_closed(client: TestClient) -> None:
    for name in ("ask", "predict"):
        body = {"data": ["a"], "fn_index": 0}
        assert client.post(f"/gradio_api/run/{name}", json=body).status_code == 404


def test_a_visitor_is_told_in_their_language(connect: Connect) -> None:
    client = connect(questions_per_minute=1)
    ask(client)
    said = {
        language: one_sentence(ask(client, **{"Accept-Language": language}))
        for language in ("zh-HK,en;q=0.5", "zh-CN", "zh-Hans", "en-GB,zh;q=0.1", "fr", "fr,zh-TW")
    }
    assert said["zh-HK,en;q=0.5"] == said["fr,zh-TW"] == "您在短時間內問了很多問題，請稍候再問。"
    assert said["zh-CN"] == said["zh-Hans"] == "您在短时间内问了很多问题，请稍候再问。"
    assert said["en-GB,zh;q=0.1"] == said["fr"]
    assert said["fr"].startswith("You have asked many questions")


def test_zero_is_no_limit(connect: Connect) -> None:
    client = connect(questions_per_minute=0)
    assert {ask(client).status_code for _ in range(80)} == {200}


def test_behind_a_proxy_the_named_header_counts_and_no_other(connect: Connect) -> None:
    client = connect(questions_per_minute=1, address_header="X-Real-Address")
    assert ask(client, **{"X-Real-Address": "192.0.2.1"}).status_code == 200
    assert ask(client, **{"X-Real-Address": "192.0.2.2"}).status_code == 200
    # What a visitor writes stands before what the proxy adds.
    assert ask(client, **{"X-Real-Address": "192.0.2.9, 192.0.2.1"}).status_code == 429
    assert ask(client, **{"X-Forwarded-For": "192.0.2.3"}).status_code == 200
    assert ask(client, **{"X-Forwarded-For": "192.0.2.4"}).status_code == 429
    assert ask(client, Forwarded="for=192.0.2.5").status_code == 429


def test_without_the_setting_no_header_counts(connect: Connect) -> None:
    client = connect(questions_per_minute=1)
    assert ask(client).status_code == 200
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"):
        assert ask(client, **{name: "192.0.2.1"}).status_code == 429


@pytest.mark.parametrize(
    ("connection", "header", "address"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9,", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "no address", "no address"),
    ],
)
def test_whom_a_request_counts_for(connection: str, header: str | None, address: str) -> None:
    headers = [] if header is None else [(b"x-forwarded-for", header.encode())]
    scope = {"type": "http", "client": (connection, 1), "headers": headers}
    assert address_of(scope, "X-Forwarded-For") == address


class Held(QuickPipeline):
    """Answers when it is told to, and knows how many it was answering at once."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()
        self.lock = threading.Lock()
        self.now = self.most = 0

    def ask(self, question: str) -> Any:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.release.wait(30)
        with self.lock:
            self.now -= 1
        return super().ask(question)


def until(holds: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come to hold"
        time.sleep(0.01)


def test_a_full_queue_sheds_and_recovers(connect: Connect) -> None:
    pipeline = Held()
    client = connect(pipeline, max_concurrent=2, max_waiting=3, questions_per_minute=0)
    with ThreadPoolExecutor(9) as people:
        asked = [people.submit(ask, client) for _ in range(9)]
        until(lambda: sum(a.done() for a in asked) == 4)  # shed: the others are in or wait
        shed = [a.result() for a in asked if a.done()]
        assert {r.status_code for r in shed} == {503}
        assert all(int(r.headers["Retry-After"]) > 0 and one_sentence(r) for r in shed)
        full = client.post("/mcp", json=call("a"), headers=HEADERS)
        assert full.status_code == 503 and full.headers["Retry-After"]
        # Who only looks is served all the same.
        assert client.get("/").status_code == client.get("/healthz").status_code == 200
        pipeline.release.set()
        assert sorted(a.result().status_code for a in asked) == [200] * 5 + [503] * 4
    assert pipeline.most == 2
    assert ask(client).status_code == 200


def test_page_and_programs_share_the_turns(connect: Connect) -> None:
    pipeline = Held()
    client = connect(pipeline, max_concurrent=2, max_waiting=9, questions_per_minute=0)
    with ThreadPoolExecutor(4) as people:
        asked = [people.submit(ask, client) for _ in range(3)]
        assert all(
            client.post("/gradio_api/call/ask", json={"data": ["a"]}).status_code == 200
            for _ in range(3)
        )
        until(lambda: pipeline.now == 2)
        time.sleep(0.3)
        pipeline.release.set()
        assert {a.result().status_code for a in asked} == {200}
    assert pipeline.most == 2


def test_the_pages_queue_is_bounded(connect: Connect) -> None:
    pipeline = Held()
    client = connect(pipeline, max_concurrent=1, max_waiting=2, questions_per_minute=0)
    try:
        statuses = []
        for _ in range(6):
            response = client.post(
                "/gradio_api/call/ask", json={"data": ["a"]}, headers={"Accept-Language": "zh-HK"}
            )
            statuses.append(response.status_code)
            time.sleep(0.2)  # for the queue to take the first up
        assert statuses == [200, 200, 200, 503, 503, 503]
        assert int(response.headers["Retry-After"]) > 0
        assert response.json()["error"] == "現在有很多人提問，請稍等幾秒再試。"
    finally:
        pipeline.release.set()


def test_the_gate_keeps_count_where_one_in_the_queue_gives_up() -> None:
    async def scenario() -> None:
        gate = Gate(concurrent=1, waiting=1)
        await gate.enter()
        waiting = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        assert gate.full
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert not gate.full
        gate.leave()
        await gate.enter()
        assert not gate.full

    asyncio.run(scenario())


def test_a_turn_that_does_not_come_in_time_is_not_waited_for() -> None:
    async def scenario() -> None:
        gate = Gate(concurrent=1, waiting=1, seconds=0.05)
        await gate.enter()
        with pytest.raises(TimeoutError):
            await gate.enter()
        gate.leave()
        await gate.enter()

    asyncio.run(scenario())


def test_who_waits_too_long_is_told_to_come_back(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate.__init__, "__defaults__", (0.1,))
    pipeline = Held()
    client = connect(pipeline, max_concurrent=1, questions_per_minute=0)
    with ThreadPoolExecutor(1) as person:
        first = person.submit(ask, client)
        until(lambda: pipeline.now == 1)
        late = ask(client)
        assert late.status_code == 503 and int(late.headers["Retry-After"]) > 0
        one_sentence(late)
        pipeline.release.set()
        assert first.result().status_code == 200
