"""Text that means harm, in questions and documents, is text in the report and in the terminal."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import eval.engine
from eval.__main__ import main
from index.sections import Section
from index.terminal import steers
from tests.eval.conftest import QUESTIONS, FakeEngine, question, write_lines

# Figures are what the stand-in answers with, so the hostile text stands around one.
HOSTILE = (
    "</bdi></td></script><script>alert(1)</script><img src=x onerror=alert(2)>\" onmouseover='alert(3)' "
    "[a](javascript:alert(4)) ![i](http://x/) {{ 7*7 }} {% raw %} &lt;b&gt; \u202egpj.\u2066 \x1b[31m\x1b]0;t\x07 "
    "\x9b2J [red]x[/red] \ud800"
)  # fmt: skip


class Page(HTMLParser):
    """The tags of a page, without its texts, and the texts that stand in no <bdi>."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, str]] = []
        self.attributes: set[str] = set()
        self.isolated, self.open_text = "", ""
        self._depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(("open", tag))
        self.attributes |= {name for name, _ in attrs}
        self._depth += tag == "bdi"

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("close", tag))
        self._depth -= tag == "bdi"

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.isolated += data
        else:
            self.open_text += data


def report(tmp_path: Path, engine: FakeEngine, words: str, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The report of a run whose every text holds ``words``."""
    engine.sections = tuple(
        Section("doc", s.number, f"{s.heading} {words}", f"{s.text} {words}")
        for s in engine.sections
    )
    asked = []
    for values in QUESTIONS:
        one = question(values)
        one["question"] = f"{values[1].replace('<script>alert(1)</script>', '')} {words}"
        for fact in one["facts"]:
            fact["answers"] = [f"{answer} {words}" for answer in fact["answers"]]
        asked.append(one)
    file = tmp_path / "q.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in asked))
    monkeypatch.setattr(eval.engine, "open_engine", lambda: engine)
    assert main(["run", "--questions", str(file), "--split", "all", "--out", str(tmp_path)]) == 0
    return Page((tmp_path / "report.html").read_text("utf-8"))


def without_plots(tags: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Times are measured, so the plots of two runs are not drawn with the same strokes."""
    kept, depth = [], 0
    for kind, tag in tags:
        depth += (tag == "svg") * (1 if kind == "open" else -1)
        if not depth:
            kept.append((kind, tag))
    return kept


def test_no_text_changes_the_structure_of_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = [
        report(tmp_path / name, FakeEngine(), words, monkeypatch)
        for name, words in (("plain", "harmless words"), ("hostile", HOSTILE))
        if not (tmp_path / name).mkdir()  # type: ignore[func-returns-value]
    ]
    plain, hostile = pages
    assert without_plots(hostile.tags) == without_plots(plain.tags)
    assert hostile.attributes == plain.attributes
    assert not {
        name for name in hostile.attributes if name.startswith("on") or name in ("src", "href")
    }
    # All of it is there to read, and each time where it turns no other text about.
    assert HOSTILE.replace("\ud800", "?") in hostile.isolated
    assert "\u202e" not in hostile.open_text and "alert(" not in hostile.open_text
    assert not any(steers(c) for c in capsys.readouterr().out if c != "\n")


def test_the_report_fetches_nothing_and_runs_nothing_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(tmp_path, FakeEngine(), HOSTILE, monkeypatch)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("<script>") == 1
    assert "default-src 'none'" in page[: page.index("<title>")]


def test_a_comparison_prints_hostile_texts_as_text(
    tmp_path: Path,
    engine: FakeEngine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report(tmp_path, FakeEngine(), HOSTILE, monkeypatch)
    results: dict[str, Any] = json.loads((tmp_path / "results.json").read_text())
    for record in results["records"]:
        record["scores"] = {name: 1 - value for name, value in record["scores"].items()}
        record["answer"] |= {"answered": True, "answer": HOSTILE}
    (tmp_path / "other.json").write_text(json.dumps(results))
    capsys.readouterr()
    assert main(["compare", str(tmp_path), str(tmp_path / "other.json")]) == 0
    out = capsys.readouterr().out
    assert not any(steers(c) for c in out if c != "\n")
    assert "[red]x[/red]" in out.replace("\n", "") or "[red]" in out


def test_faults_are_printed_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = question(QUESTIONS[0]) | {"language": HOSTILE, HOSTILE: 1}
    file = write_lines(tmp_path / "q.jsonl", [json.loads(json.dumps(bad).replace("\\ud800", ""))])
    assert main(["check", str(file)]) == 1
    streams = capsys.readouterr()
    assert not any(steers(c) for c in streams.out + streams.err if c != "\n")
