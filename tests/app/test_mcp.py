"""The tool as a client of the Model Context Protocol finds it."""

import asyncio
from typing import Any

import pytest
from mcp.client.client import Client
from starlette.testclient import TestClient

from tests.app import browser
from tests.app.quick import QuickPipeline
from tests.app.test_api import one_sentence

HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def call(question: Any) -> dict[str, Any]:
    return {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "ask", "arguments": {"question": question}},
    }  # fmt: skip


async def use(address: str) -> tuple[list[str], Any, Any]:
    async with Client(f"{address}mcp") as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        good = await client.call_tool("ask", {"question": "何時成立？"})
        bad = await client.call_tool("ask", {"question": " "})
    return tools, good, bad


def test_a_client_of_the_protocol_asks() -> None:
    with browser.served(QuickPipeline()) as address:  # type: ignore[arg-type]
        tools, good, bad = asyncio.run(use(address))
    assert tools == ["ask"]
    assert not good.is_error
    assert good.structured_content["citations"][0]["quote"] == "學校在1990年成立。"
    assert bad.is_error and "The question is empty: ask something." in bad.content[0].text


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'"a"', b"[" * 10_000, b"\xff"])
def test_a_wrong_body_is_refused_in_one_sentence(client: TestClient, body: bytes) -> None:
    response = client.post("/mcp", content=body, headers=HEADERS)
    assert response.status_code == 400
    one_sentence(response)


def test_an_object_that_is_no_message_is_refused(client: TestClient) -> None:
    response = client.post("/mcp", json={"a": 1}, headers=HEADERS)
    assert response.status_code == 400
    one_sentence(response)


def test_an_over_large_body_is_refused(client: TestClient) -> None:
    response = client.post("/mcp", json=call("a" * 100_000), headers=HEADERS)
    assert response.status_code == 413
    one_sentence(response)


def test_wrong_arguments_are_refused(client: TestClient) -> None:
    for question in (1, None, ["a"], {"a": "b"}):
        response = client.post("/mcp", json=call(question), headers=HEADERS).json()
        assert response["result"]["isError"]
