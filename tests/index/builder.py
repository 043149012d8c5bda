"""Builds that go wrong: a process of its own, whose children build, and die of it.

``python -m tests.index.builder MODE FOLDER COUNT SEED`` makes documents and an index in FOLDER and
then, as MODE says:

``moments``   COUNT times, kills a build with SIGKILL at a random moment of the time that one takes
``steps``     kills a build before its n-th step that touches a file, for every n up to the last
``full``      COUNT times, builds where ever more room is left on the disk, from none to enough
``together``  COUNT times, starts four builds at once
``serving``   builds COUNT editions while another process loads the index again and again

After each, the index must load and be, number for number, the old one or the new one, and a build
that is let be must make the new one of it. Prints one JSON object: how often each ended how, and
under ``failure`` what broke.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np

from index.build import build_index, index_documents
from index.documents import read_documents
from index.errors import IndexUnusable
from index.settings import IndexSettings
from index.store import Index, read_index, read_manifest
from tests.index.quick import QuickEncoder, use_quick_encoder

_TOUCHES_FILES = ("open", "os.", "shutil.")


def write_documents(seeds: Path, edition: int) -> None:
    """Three documents, of which each edition changes one and renames another."""
    seeds.mkdir(exist_ok=True)
    for old in seeds.iterdir():
        old.unlink()
    (seeds / "same.txt").write_text("1 甲\n\n不變的一段。\n\n2 乙\n\n不變的另一段。")
    (seeds / "changed.txt").write_text("\n\n".join(f"第{edition}版第{n}段。" for n in range(40)))
    (seeds / f"renamed{edition}.txt").write_text(f"只在第{edition}版。" * 300)


def same(one: Index, other: Index) -> bool:
    ours, theirs = one.token_vectors, other.token_vectors
    return (
        (one.version, one.documents, one.sections, one.passages)
        == (other.version, other.documents, other.sections, other.passages)
        and np.array_equal(
            one.vectors.reconstruct_n(0, one.vectors.ntotal),
            other.vectors.reconstruct_n(0, other.vectors.ntotal),
        )
        and all(
            np.array_equal(getattr(ours, name), getattr(theirs, name))
            for name in ("tokens", "scales", "offsets", "bounds")
        )
    )


def start(settings: IndexSettings, kill_at_step: int | None = None) -> int:
    """A child that builds; its process id."""
    child = os.fork()
    if child:
        return child
    try:
        steps = 0

        def count(event: str, _: object) -> None:
            nonlocal steps
            if event.startswith(_TOUCHES_FILES):
                steps += 1
                if steps == kill_at_step:
                    os.kill(os.getpid(), signal.SIGKILL)

        if kill_at_step is not None:
            sys.addaudithook(count)
        build_index(settings)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Trial:
    """A folder with documents of edition 0 and their index; each edition after is one trial."""

    def __init__(self, folder: Path) -> None:
        self.seeds, self.index_dir = folder / "seeds", folder / "index"
        self.settings = IndexSettings(seeds=self.seeds, index_dir=self.index_dir)
        self.outcomes: Counter[str] = Counter()
        write_documents(self.seeds, 0)
        began = time.perf_counter()
        assert ended(start(self.settings)) == 0
        self.build_seconds = time.perf_counter() - began

    def edition(self, number: int) -> None:
        self.old = read_index(self.index_dir)
        write_documents(self.seeds, number)
        documents = read_documents(self.seeds)
        self.new = index_documents(documents, QuickEncoder())  # type: ignore[arg-type]

    def check(self) -> str:
        """Which index stands; a build over it must make the new one and leave nothing else."""
        found = read_index(self.index_dir)
        outcome = "new" if same(found, self.new) else "old" if same(found, self.old) else "wrong"
        assert outcome != "wrong"
        build_index(self.settings)
        assert same(read_index(self.index_dir), self.new), "the build afterwards"
        left = sorted(p.name for p in self.index_dir.iterdir())
        assert len(left) == 3, f"left behind: {left}"
        self.outcomes[outcome] += 1
        return outcome


def moments(trial: Trial, count: int, draw: random.Random) -> None:
    killed = 0
    for number in range(1, 4 * count):
        trial.edition(number)
        child = start(trial.settings)
        time.sleep(draw.uniform(0, trial.build_seconds))
        os.kill(child, signal.SIGKILL)
        status = ended(child)
        assert status in (0, -signal.SIGKILL), status
        trial.check()
        killed += status == -signal.SIGKILL  # else it had ended before
        if killed == count:
            break
    trial.outcomes["killed"] = killed


def steps(trial: Trial, count: int, draw: random.Random) -> None:
    for number in range(1, count):
        trial.edition(number)
        status = ended(start(trial.settings, kill_at_step=number))
        assert status in (0, -signal.SIGKILL), status
        trial.check()
        if status == 0:
            trial.outcomes["killed"] = number - 1
            return
    raise AssertionError("a build has more steps than were tried")


def full(trial: Trial, count: int, draw: random.Random) -> None:
    room = sum(f.stat().st_size for f in trial.index_dir.rglob("*")) * 3 // 2
    filler = trial.index_dir.parent / "filler"
    for number in range(1, count + 1):
        trial.edition(number)
        # Not to the last byte: a file system hands out pages.
        left = room * (number - 1) // (count - 1)
        filler.write_bytes(bytes(max(0, shutil.disk_usage(trial.index_dir).free - left)))
        sentence = ""
        try:
            build_index(trial.settings)
        except IndexUnusable as error:
            sentence = str(error)
        finally:
            filler.unlink()
        if sentence:
            assert "No space left on device" in sentence and "\n" not in sentence, sentence
            assert same(read_index(trial.index_dir), trial.old)
        outcome = trial.check()
        assert outcome == ("old" if sentence else "new"), (outcome, sentence)


def together(trial: Trial, count: int, draw: random.Random) -> None:
    for number in range(1, count + 1):
        trial.edition(number)
        children = [start(trial.settings) for _ in range(4)]
        assert [ended(child) for child in children] == [0] * 4
        assert trial.check() == "new"


def serving(trial: Trial, count: int, draw: random.Random) -> None:
    reader = os.fork()
    if not reader:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        try:
            while True:
                index = read_index(trial.index_dir)
                assert index.passages and read_manifest(trial.index_dir)["counts"]
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    for number in range(1, count + 1):
        trial.edition(number)
        build_index(trial.settings)
        assert trial.check() == "new"
    os.kill(reader, signal.SIGTERM)
    assert ended(reader) == 0, "the reader met an index that was not whole"


MODES = {mode.__name__: mode for mode in (moments, steps, full, together, serving)}


if __name__ == "__main__":
    use_quick_encoder()
    report: dict[str, object] = {"failure": None}
    try:
        subject = Trial(Path(sys.argv[2]))
        MODES[sys.argv[1]](subject, int(sys.argv[3]), random.Random(int(sys.argv[4])))
        report["outcomes"] = subject.outcomes
    except BaseException:
        report["failure"] = traceback.format_exc()
    print(json.dumps(report))
