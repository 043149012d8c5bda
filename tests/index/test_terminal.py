"""What documents are called and say never reaches a terminal as anything but text."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given

from index import build
from index.build import build_index
from index.settings import IndexSettings
from index.terminal import shown, steers
from tests.anything import cases, documents
from tests.index.quick import QuickEncoder

ROOT = Path(__file__).resolve().parents[2]
# Colours, a window's title, a cleared screen, a link, in seven and in eight bits; and directions.
HOSTILE = "a\x1b[31m\x1b]0;t\x07\x1b[2J\x1b]8;;http://x/\x1b\\b\x9b31m\u202egpj\u2066\r\x7f\x08c"


@cases(1000)
@given(documents())
def test_what_is_shown_steers_nothing(text: str) -> None:
    said = shown(text)
    assert len(said) == len(text)
    for character in said:
        harmless = character in "\n\u200c\u200d" or unicodedata.category(character)[0] != "C"
        assert harmless and unicodedata.category(character) not in ("Zl", "Zp")


def test_what_is_harmless_is_shown_as_it_is() -> None:
    text = "「創科」\u3000第1項\n👩\u200d👧 می\u200cخواهم café\xa0e\u0301 \ufffd"
    assert shown(text) == text
    assert not any(steers(c) for c in text if c != "\n")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexSettings:
    monkeypatch.setattr(build, "Encoder", QuickEncoder)
    (tmp_path / "seeds").mkdir()
    return IndexSettings(seeds=tmp_path / "seeds", index_dir=tmp_path / "index")


def run(settings: IndexSettings, command: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {
        "QA_SEEDS": str(settings.seeds), "QA_INDEX_DIR": str(settings.index_dir),
        "PYTHONIOENCODING": "utf-8:strict",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "index", command],
        env=environment, cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip


NAMES = [HOSTILE.replace("/", "∕").encode() + b".txt", b"\xff\xfe not UTF-8.txt", b"'; DROP$(id)`.txt"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_name_is_shown_as_text(settings: IndexSettings, name: bytes) -> None:
    file = os.path.join(os.fsencode(settings.seeds), name)
    with open(file, "w") as handle:
        handle.write("1 甲\n\n內容一。\n\n2 乙\n\n內容二。")
    build_index(settings)
    for text in ("內容改了。", ""):  # stale, and then a document that is refused by its name
        with open(file, "w") as handle:
            handle.write(text)
        done = run(settings, "info" if text else "build")
        assert done.returncode == (0 if text else 1), done.stderr
        said = (done.stdout + done.stderr).decode()
        assert not any(steers(c) for c in said if c != "\n")
        assert "Traceback" not in said and (text or ".txt" in said)


def test_a_hostile_model_name_is_shown_as_text(settings: IndexSettings) -> None:
    (settings.seeds / "a.txt").write_text("甲。")
    build_index(settings.model_copy(update={"model": HOSTILE}))
    said = run(settings, "info").stdout.decode()
    assert "made with the model" in said
    assert not any(steers(c) for c in said if c != "\n")
