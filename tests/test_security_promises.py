"""SECURITY.md names the tests that keep its promises: each of them must be there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}


def test_every_test_that_is_named_is_there() -> None:
    missing, file, named = [], "", 0
    for code in re.findall(r"`((?:tests/[\w/]+(?:\.py)?)?(?:::\w+)?)`", TEXT):
        path, _, name = code.partition("::")
        file = path or file
        named += 1
        there = (ROOT / file).exists() and (not name or name in functions_of(ROOT / file))
        if not there:
            missing.append(f"{file}::{name}" if name else file)
    assert named > 40 and not missing


def test_every_promise_has_a_test() -> None:
    promises = TEXT[TEXT.index("## What is promised") : TEXT.index("## What is not promised")]
    rows = [line for line in promises.splitlines() if line.startswith("| ")]
    rows = [line for line in rows if not line.startswith(("| |", "| ---"))]
    assert len(rows) > 25
    for row in rows:
        assert "`tests/" in row or "`make " in row, row
