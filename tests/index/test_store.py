"""The index on disk: incremental, checked, and never half written."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import faiss
import numpy as np
import pytest

from index import build, store
from index.build import build_index, load_index, staleness
from index.encoder import Encoder
from index.errors import CorpusError, IndexUnusable
from index.settings import IndexSettings


@pytest.fixture
def settings(tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> IndexSettings:
    monkeypatch.setattr(build, "Encoder", lambda name: encoder)
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("1 蘋果\n\n蘋果是紅色的。\n\n2 梨\n\n梨是綠色的。")
    (seeds / "b.txt").write_text("第一段說貓。\n\n第二段說狗。")
    return IndexSettings(seeds=seeds, index_dir=tmp_path / "index")


def test_what_is_read_is_what_was_built(settings: IndexSettings) -> None:
    assert build_index(settings).embedded == ("a", "b")
    index = load_index(settings)
    assert [(s.document, s.number) for s in index.sections] == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("b", 2),
    ]
    assert index.vectors.ntotal == len(index.passages) == 4
    rebuilt = index.token_vectors.of(0)
    assert np.allclose(np.linalg.norm(rebuilt, axis=1), 1, atol=0.02)
    assert not list(settings.index_dir.rglob("*.pkl"))


def test_only_what_changed_is_embedded_again(settings: IndexSettings) -> None:
    build_index(settings)
    before = load_index(settings)
    (settings.seeds / "b.txt").write_text("第一段改說鳥。")
    (settings.seeds / "c.txt").write_text("新的一段。")
    assert "b" in str(staleness(settings))
    report = build_index(settings)
    assert (report.embedded, report.kept, report.removed) == (("b", "c"), ("a",), ())
    after = load_index(settings)
    assert np.array_equal(before.vectors.reconstruct(0), after.vectors.reconstruct(0))
    assert np.array_equal(before.token_vectors.of(1), after.token_vectors.of(1))
    (settings.seeds / "a.txt").unlink()
    assert build_index(settings).removed == ("a",)
    assert build_index(settings).embedded == ()
    assert len([p for p in settings.index_dir.iterdir() if p.is_dir()]) == 1


def test_bad_documents_leave_the_old_index_serving(settings: IndexSettings) -> None:
    build_index(settings)
    version = load_index(settings).version
    (settings.seeds / "bad.txt").write_bytes(b"\x89PNG\xff\xfe\xfa")
    with pytest.raises(CorpusError):
        build_index(settings)
    (settings.seeds / "bad.txt").unlink()
    assert load_index(settings).version == version


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "remove"])
def test_damage_to_any_file_is_named_and_mended_by_a_build(
    settings: IndexSettings, damage: str
) -> None:
    build_index(settings)
    files = sorted(f for f in settings.index_dir.rglob("*") if f.is_file() and f.name != "lock")
    assert len(files) == 8
    for name in [f.name for f in files]:
        file = next(f for f in settings.index_dir.rglob(name) if f.is_file())
        data = file.read_bytes()
        middle = len(data) // 2
        if damage == "remove":
            file.unlink()
        else:
            flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
            file.write_bytes({"truncate": data[:-1], "flip": flipped, "empty": b""}[damage])
        with pytest.raises(IndexUnusable) as caught:
            load_index(settings)
        assert "build it again" in str(caught.value) or "build it with" in str(caught.value)
        build_index(settings)
        load_index(settings)


def test_an_index_of_another_model_is_foreign(settings: IndexSettings) -> None:
    build_index(settings)
    with pytest.raises(IndexUnusable, match="made with the model"):
        load_index(settings.model_copy(update={"model": "other/model"}))


def test_a_killed_build_leaves_the_old_index_or_the_new(settings: IndexSettings) -> None:
    """Kill a writer of alternating builds again and again: what stands is always whole."""
    build_index(settings)
    program = (
        "import sys; from pathlib import Path; from dataclasses import replace;"
        "from index.store import read_index, write_index;"
        "folder = Path(sys.argv[1]); index = read_index(folder); print('ready', flush=True)\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1; write_index(replace(index, version=str(n)), folder)"
    )
    for round_ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(settings.index_dir)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
        )
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(0.02 + 0.013 * round_)  # a different moment each time, not a wait for anything
        process.kill()
        process.wait()
        assert load_index(settings).vectors.ntotal == 4


def test_commands_say_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    environment = os.environ | {
        "QA_INDEX_DIR": str(tmp_path / "i"),
        "QA_SEEDS": str(tmp_path / "s"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "index", "build"],
        env=environment, cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("Error: There is no folder") and done.stderr.count("\n") == 1


def test_manifest_names_versions_model_documents_and_counts(settings: IndexSettings) -> None:
    build_index(settings)
    manifest = json.loads(next(settings.index_dir.rglob("manifest.json")).read_text())
    assert manifest["counts"] == {
        "documents": 2, "sections": 4, "passages": 4, "dimension": 384,
        "tokens": manifest["counts"]["tokens"],
    }  # fmt: skip
    assert {d["name"] for d in manifest["documents"]} == {"a", "b"}
    assert manifest["model"]["fingerprint"] and manifest["libraries"]["faiss"]


def test_a_large_index_finds_what_an_exact_one_finds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((3000, 32), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exact = store.vector_index(vectors)
    assert isinstance(exact, faiss.IndexFlat)
    monkeypatch.setattr(store, "EXACT", 1000)
    faiss.write_index(store.vector_index(vectors), str(tmp_path / "large"))
    large = faiss.read_index(str(tmp_path / "large"))
    assert isinstance(large, faiss.IndexIVF)
    # A passage is found by a question near to it, and its vector is had back.
    asked = vectors[:200] + 0.05 * random.standard_normal((200, 32), np.float32)
    found = large.search(asked, 1)[1][:, 0]
    assert (found == exact.search(asked, 1)[1][:, 0]).mean() >= 0.95
    assert np.allclose(large.reconstruct_batch(np.arange(50)), vectors[:50], atol=1e-3)
    assert np.allclose(large.reconstruct_n(0, 3000), vectors, atol=1e-3)
