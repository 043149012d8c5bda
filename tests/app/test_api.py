"""The JSON endpoint, its documentation, and Gradio's own client."""

import json
from typing import Any

import pytest
from gradio_client import Client
from starlette.testclient import TestClient

from tests.app import browser
from tests.app.conftest import Connect
from tests.app.quick import DOCUMENT, QuickPipeline

ANSWERS = "/api/v1/answers"


def one_sentence(response: Any) -> str:
    error = response.json()["error"]
    assert not error[0].islower() and error.endswith((".", "。")) and "\n" not in error
    assert "Traceback" not in response.text
    return error


def test_an_answer_has_the_form_of_the_design(client: TestClient) -> None:
    answer = client.post(ANSWERS, json={"question": "何時成立？"}).json()
    assert list(answer) == [
        "question", "answered", "answer", "confidence", "citations", "index_version",
    ]  # fmt: skip
    (citation,) = answer["citations"]
    place = f"/api/v1/documents/{citation['document']}/sections/{citation['section']}"
    section = client.get(place).json()
    assert section["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert citation["answer"] in citation["quote"] and answer["answer"] == citation["answer"]
    assert answer["index_version"] == section["index_version"] == "0123456789abcdef"


def test_the_documents_are_listed_with_their_sections(client: TestClient) -> None:
    listed = client.get("/api/v1/documents").json()["documents"]
    assert [d["name"] for d in listed] == [DOCUMENT.name]
    assert [s["number"] for s in listed[0]["sections"]] == [s.number for s in DOCUMENT.sections]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"no json", 422),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"question": 1}', 422),
        (b'{"question": null}', 422),
        (b'{"question": ["a"]}', 422),
        (b'{"question": "a", "more": 1}', 422),
        (b'{"question": "\\ud800"}', 422),
        (b'{"question": "\xff"}', 422),
        (b"[" * 10_000, 422),
        (b'{"question": ' + b"9" * 9000 + b"}", 422),
        (json.dumps({"question": " "}).encode(), 422),
        (json.dumps({"question": "a" * 501}).encode(), 422),
        (json.dumps({"question": "a" * 100_000}).encode(), 413),
    ],
)
def test_a_wrong_body_is_refused_in_one_sentence(
    client: TestClient, body: bytes, status: int
) -> None:
    response = client.post(ANSWERS, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    one_sentence(response)


def test_a_body_of_unknown_length_is_bounded_too(client: TestClient) -> None:
    response = client.post(ANSWERS, content=(b"a" * 1000 for _ in range(100)))
    assert response.status_code == 413
    one_sentence(response)


def test_another_type_than_json_is_refused(client: TestClient) -> None:
    response = client.post(ANSWERS, data={"question": "a"})
    assert response.status_code == 422
    one_sentence(response)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", ANSWERS, 405),
        ("DELETE", "/", 405),
        ("GET", "/api/v2/answers", 404),
        ("GET", "/api/v1/documents/none/sections/1", 404),
        ("GET", "/api/v1/documents/article/sections/99", 404),
        ("GET", "/api/v1/documents/article/sections/one", 422),
    ],
)
def test_a_wrong_address_is_refused_in_one_sentence(
    client: TestClient, method: str, path: str, status: int
) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    one_sentence(response)


def test_a_fault_of_ours_tells_nothing_but_a_number(connect: Connect) -> None:
    class Broken(QuickPipeline):
        def ask(self, question: str) -> Any:
            raise RuntimeError("secret")

    response = connect(Broken()).post(ANSWERS, json={"question": "a"})
    assert response.status_code == 500
    assert response.headers["X-Request-ID"] in one_sentence(response)
    assert "secret" not in response.text


def test_openapi_describes_what_is_served(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    assert set(described["paths"]) == {
        ANSWERS, "/api/v1/documents", "/api/v1/documents/{document}/sections/{number}",
        "/healthz", "/readyz",
    }  # fmt: skip
    responses = described["paths"][ANSWERS]["post"]["responses"]
    assert {"200", "413", "422", "429", "503"} <= set(responses)
    assert responses["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
    page = client.get("/api/docs").text
    assert "http" not in page  # nothing from elsewhere
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "docs.js"):
        assert f"docs/{name}" in page and client.get(f"/api/docs/{name}").status_code == 200
    assert client.get("/api/docs/redoc.standalone.js").status_code == 404


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {
        "status": "ok", "index_version": "0123456789abcdef", "documents": 1,
    }  # fmt: skip


def test_gradios_own_client_asks() -> None:
    with browser.served(QuickPipeline()) as address:  # type: ignore[arg-type]
        client = Client(address, verbose=False)
        answer = client.predict("何時成立？", api_name="/ask")
        assert answer["answer"] == "學校在" and answer["citations"][0]["section"] == 2
