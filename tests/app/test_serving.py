"""A new index is picked up by a running chat, and no question is dropped for it."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import structlog

from index.build import build_index
from rag import Pipeline
from tests.app.test_limits import until
from web.serving import ServedPipeline
from web.settings import ServerSettings

OLD = "1 校園\n\n學校在1990年成立。\n\n2 基金\n\n政府設立100億元的基金。"
NEW = OLD.replace("1990", "2001")
QUESTION = "學校在哪一年成立？"


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "article.txt").write_text(OLD, "utf-8")
    settings = ServerSettings(seeds=seeds, index_dir=tmp_path / "index")
    build_index(settings)
    return settings


@pytest.fixture
def served(settings: ServerSettings) -> ServedPipeline:
    return ServedPipeline(Pipeline.open(settings), settings)


def rewrite(settings: ServerSettings) -> None:
    (settings.seeds / "article.txt").write_text(NEW, "utf-8")
    build_index(settings)


def test_a_new_index_takes_the_place_of_the_old(
    settings: ServerSettings, served: ServedPipeline
) -> None:
    before = served.version
    answers: list[tuple[str, str]] = []
    asking = threading.Event()

    def ask() -> None:
        while True:
            answer, version = served.answer(QUESTION)
            answers.append((version, answer.answer))
            asking.set()
            if version != before:
                return

    with ThreadPoolExecutor(2) as people:
        asked = [people.submit(ask) for _ in range(2)]
        asking.wait(60)
        rewrite(settings)
        served.refresh()
        for one in asked:
            one.result(60)  # nothing was raised
    after = served.version
    # Each answer is that of the index that it says.
    assert {v: {a for w, a in answers if w == v} for v in (before, after)} == {
        before: {"1990年"}, after: {"2001年"},
    }  # fmt: skip


def test_a_question_in_hand_keeps_its_index(
    settings: ServerSettings, served: ServedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = served.current
    begun, go_on = threading.Event(), threading.Event()
    ask = old.ask

    def slowly(question: str) -> Any:
        begun.set()
        go_on.wait(60)
        return ask(question)

    monkeypatch.setattr(old, "ask", slowly)
    with ThreadPoolExecutor(1) as person:
        in_hand = person.submit(served.answer, QUESTION)
        begun.wait(60)
        rewrite(settings)  # which removes the old build's files
        served.refresh()
        assert served.version != old.version
        go_on.set()
        answer, version = in_hand.result(60)
    assert (answer.answer, version) == ("1990年", old.version)


def test_the_models_are_not_loaded_again(
    settings: ServerSettings, served: ServedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a model was loaded")

    rewrite(settings)
    for name in ("Encoder", "Reader"):
        monkeypatch.setattr(f"rag.pipeline.{name}", refuse)
    served.refresh()
    assert served.ask(QUESTION).answer == "2001年"


def test_a_damaged_index_keeps_the_old_one_and_is_logged_once(
    settings: ServerSettings, served: ServedPipeline
) -> None:
    before = served.version
    rewrite(settings)
    build = settings.index_dir / (settings.index_dir / "current").read_text()
    whole = (build / "corpus.json").read_bytes()
    (build / "corpus.json").write_bytes(whole[:-20])
    with structlog.testing.capture_logs() as logged:
        served.refresh()
        served.refresh()
    assert [entry["event"] for entry in logged] == ["index refused"]
    assert "corpus.json" in logged[0]["reason"]
    assert served.version == before and served.ask(QUESTION).answer == "1990年"
    # A better one is picked up again.
    shutil.rmtree(build)
    build_index(settings)
    served.refresh()
    assert served.ask(QUESTION).answer == "2001年"


def test_an_index_that_vanishes_changes_nothing(
    settings: ServerSettings, served: ServedPipeline
) -> None:
    shutil.rmtree(settings.index_dir)
    served.refresh()
    assert served.ask(QUESTION).answer == "1990年"


def test_the_running_server_looks_by_itself(connect: Any, settings: ServerSettings) -> None:
    client = connect(Pipeline.open(settings), **settings.model_dump(include={"seeds", "index_dir"}))
    before = client.get("/readyz").json()["index_version"]
    rewrite(settings)
    until(lambda: client.get("/readyz").json()["index_version"] != before)
    answer = client.post("/api/v1/answers", json={"question": QUESTION}).json()
    assert answer["answer"] == "2001年"
