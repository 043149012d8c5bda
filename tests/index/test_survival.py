"""Whatever happens to a build or to the files: a right index, or one clear sentence."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import build
from index.__main__ import main
from index.build import build_index, load_index, staleness
from index.errors import IndexUnusable
from index.settings import IndexSettings
from index.store import read_index
from tests.index.builder import same, write_documents
from tests.index.quick import QuickEncoder

ROOT = Path(__file__).resolve().parents[2]
FILES = (
    "current", "manifest.json", "corpus.json", "passages.faiss",
    "tokens.npy", "scales.npy", "offsets.npy", "bounds.npy",
)  # fmt: skip


def trial(mode: str, folder: Path, count: int, *before: str) -> dict[str, int]:
    """Run ``tests.index.builder`` to its end; how often each trial ended how."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.index.builder", mode, str(folder), str(count), "7"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"failure": "no report"}
    assert report["failure"] is None, f"{report['failure']}\n{done.stderr}"
    return report["outcomes"]


def test_killed_at_a_hundred_random_moments(tmp_path: Path) -> None:
    outcomes = trial("moments", tmp_path, 100)
    assert outcomes["killed"] == 100


def test_killed_before_each_step_that_touches_a_file(tmp_path: Path) -> None:
    outcomes = trial("steps", tmp_path, 500)
    assert outcomes["killed"] > 30 and outcomes["old"] > 10 and outcomes["new"] > 5


def test_builds_at_once(tmp_path: Path) -> None:
    assert trial("together", tmp_path, 8) == {"new": 8}


def test_an_index_is_read_while_builds_replace_it(tmp_path: Path) -> None:
    assert trial("serving", tmp_path, 30) == {"new": 30}


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    mount = (
        "unshare", "--map-root-user", "--mount", "sh", "-c",
        f"mount -t tmpfs -o size=8m tmpfs '{tmp_path}' && exec \"$@\"", "sh",
    )  # fmt: skip
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs cannot be mounted here: that a full disk is survived is NOT tested")
    outcomes = trial("full", tmp_path, 24, *mount)
    assert outcomes["old"] > 5 and outcomes["new"] > 1


# ---- the files ---------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexSettings:
    monkeypatch.setattr(build, "Encoder", QuickEncoder)
    write_documents(tmp_path / "seeds", 0)
    settings = IndexSettings(seeds=tmp_path / "seeds", index_dir=tmp_path / "index")
    build_index(settings)
    return settings


def find(settings: IndexSettings, name: str) -> Path:
    return next(settings.index_dir.rglob(name))


def refused(settings: IndexSettings) -> str:
    """The sentence with which the index is refused, by everything that reads it."""
    with pytest.raises(IndexUnusable) as caught:
        load_index(settings)
    sentence = str(caught.value)
    assert "\n" not in sentence and "python -m index build" in sentence
    with pytest.raises(IndexUnusable):
        read_index(settings.index_dir)
    return sentence


def truncate(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: random.Random(len(data)).randrange(len(data))])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def lengthen(file: Path) -> None:
    # A line break after the name in «current» is no damage.
    file.write_bytes(file.read_bytes() + b"\0")


def put_a_folder_there(file: Path) -> None:
    file.unlink()
    (file / "within").mkdir(parents=True)


def link_to_nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage", [truncate, empty, lengthen, put_a_folder_there, link_to_nowhere, Path.unlink]
)
def test_a_damaged_file_is_refused_and_mended_by_a_build(
    settings: IndexSettings, name: str, damage: Callable[[Path], object]
) -> None:
    before = read_index(settings.index_dir)
    damage(find(settings, name))
    sentence = refused(settings)
    # A build that cannot be found at all is missing; else it is said which file is damaged.
    assert name in sentence or name == "current"
    build_index(settings)
    assert same(load_index(settings), before)


@pytest.mark.parametrize("name", FILES)
def test_no_flipped_bit_goes_unnoticed(settings: IndexSettings, name: str) -> None:
    file = find(settings, name)
    data = file.read_bytes()
    draw = random.Random(name)
    for _ in range(60):
        flipped = bytearray(data)
        flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        file.write_bytes(flipped)
        refused(settings)
    file.write_bytes(data)
    load_index(settings)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_build_is_refused(settings: IndexSettings, name: str) -> None:
    before = read_index(settings.index_dir)
    other = settings.model_copy(update={"index_dir": settings.index_dir.with_name("other")})
    write_documents(settings.seeds, 100)
    build_index(other)
    write_documents(settings.seeds, 0)
    find(settings, name).write_bytes(find(other, name).read_bytes())
    refused(settings)
    build_index(settings)
    assert same(load_index(settings), before)


@pytest.mark.parametrize(
    "text", ["0123456789abcdef", ".", "..", "../seeds", "/", "\0", "x" * 10_000, "甲"]
)
def test_a_pointer_to_no_build_is_refused(settings: IndexSettings, text: str) -> None:
    (settings.index_dir / "current").write_text(text)
    refused(settings)
    build_index(settings)
    load_index(settings)


@pytest.mark.parametrize("name", [*FILES, "."])
def test_what_may_not_be_read_is_said_in_one_line(settings: IndexSettings, name: str) -> None:
    file = settings.index_dir if name == "." else find(settings, name)
    file.chmod(0)
    try:
        done = without_privileges("index", "info", settings)
    finally:
        file.chmod(0o700)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("Error: The index in ") and "build it again" in done.stderr


def test_documents_that_may_not_be_read_are_said_in_one_line(settings: IndexSettings) -> None:
    for path in (settings.seeds, settings.seeds / "same.txt"):
        path.chmod(0)
        try:
            done = without_privileges("index", "build", settings)
        finally:
            path.chmod(0o700)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
        assert path.name in done.stderr and "cannot be read (Permission denied)" in done.stderr


def test_an_index_that_may_not_be_written_still_serves(settings: IndexSettings) -> None:
    write_documents(settings.seeds, 1)
    settings.index_dir.chmod(0o500)
    try:
        done = without_privileges("index", "build", settings)
    finally:
        settings.index_dir.chmod(0o700)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert "cannot be written" in done.stderr
    write_documents(settings.seeds, 0)
    load_index(settings)


def without_privileges(
    module: str, command: str, settings: IndexSettings
) -> subprocess.CompletedProcess[str]:
    """Run a command as one for whom files' modes count: they do not for root."""
    before = []
    if os.geteuid() == 0:
        before = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    environment = os.environ | {
        "QA_SEEDS": str(settings.seeds), "QA_INDEX_DIR": str(settings.index_dir),
    }  # fmt: skip
    return subprocess.run(
        [*before, sys.executable, "-m", module, command],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_index_folder_that_is_a_file(tmp_path: Path, settings: IndexSettings) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file" / "index"):
        elsewhere = settings.model_copy(update={"index_dir": path})
        with pytest.raises(IndexUnusable, match="cannot be written"):
            build_index(elsewhere)
        assert "python -m index build" in str(staleness(elsewhere))
    assert (tmp_path / "file").read_text() == "mine"


def test_a_build_takes_away_only_what_builds_made(settings: IndexSettings) -> None:
    """The folder of the index may be anyone's, a home for instance."""
    theirs = settings.index_dir / "photographs"
    theirs.mkdir()
    (settings.index_dir / "draft-killed").mkdir()
    (settings.index_dir / "draft-killed.current").write_text("x")
    write_documents(settings.seeds, 1)
    build_index(settings)
    left = {p.name for p in settings.index_dir.iterdir()}
    assert "photographs" in left and len(left) == 4 and not any("draft" in n for n in left)


def test_what_is_loaded_outlives_its_files(settings: IndexSettings) -> None:
    """A running chat keeps its index when the files are cut short under it, or go."""
    index, other = load_index(settings), load_index(settings)
    for name in FILES:
        os.truncate(find(settings, name), 0)
    assert same(index, other)
    shutil.rmtree(settings.index_dir)
    assert same(index, other) and index.vectors.search(index.vectors.reconstruct_n(0, 1), 1)


def test_a_damaged_index_is_one_line_on_the_command_line(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    truncate(find(settings, "manifest.json"))
    monkeypatch.setattr(
        sys, "argv",
        ["index", "info", "--index", str(settings.index_dir), "--seeds", str(settings.seeds)],
    )  # fmt: skip
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 1
    streams = capsys.readouterr()
    assert streams.out == "" and streams.err.count("\n") == 1
    assert streams.err.startswith("Error: The index in ")
