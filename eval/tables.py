"""The tables in the terminal. A figure is shown with its 95% interval; ``*`` marks a small cell."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.asking import ROWS
from eval.compare import Comparison
from eval.questions import SPLITS
from eval.run import Results
from eval.scores import CAUSES, DESCRIPTIONS, LATENCIES
from eval.squad import CHINESE, ENGLISH, WITH_REFUSALS
from eval.statistics import SMALL, Figure
from index.terminal import shown

CELL_METRICS = ("citation_first", "answer", "char_f1", "refused_answerable", "abstention_recall")
ABLATION_METRICS = (
    "recall@1",
    "recall@5",
    "citation_first",
    "answer",
    "exact",
    "char_f1",
    "refused_answerable",
    "abstention_recall",
)
RANKING_METRICS = ("recall@1", "recall@5", "mrr")
SQUAD_METRICS = (
    "answer",
    "refused_answerable",
    "abstention_precision",
    "abstention_recall",
    "abstention_f1",
    "auc",
    "aurc",
    "ece",
)
"""What a SQuAD-format set shows beside the official measures."""
DASH = "–"
_FOOT = f"* fewer than {SMALL} questions · {DASH} not defined · [95% bootstrap interval]"
# What a pipe or a log has room for, where the terminal does not say.
_WIDE = 150


def console() -> Console:
    """Standard output; a pipe or a log gets a fixed width, so that no table is folded."""
    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def percent(cell: Mapping[str, Any] | None, interval: bool = True) -> str:
    """A share as per cent: ``93.1 [88.2, 97.0]*``."""
    if cell is None or cell["value"] is None:
        return DASH
    text = f"{100 * cell['value']:.1f}"
    if interval and cell["low"] is not None:
        text += f" [{100 * cell['low']:.1f}, {100 * cell['high']:.1f}]"
    return text + ("*" if cell["small"] else "")


def milliseconds(cell: Mapping[str, Any]) -> str:
    """A time as milliseconds, with its interval."""
    if cell["value"] is None:
        return DASH
    text = f"{1000 * cell['value']:.0f} ms"
    if cell["low"] is not None:
        text += f" [{1000 * cell['low']:.0f}, {1000 * cell['high']:.0f}]"
    return text + ("*" if cell["small"] else "")


def _text(text: str) -> Text:
    """What users and documents wrote: never markup, and nothing that steers the terminal."""
    return Text(shown(text))


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for position, column in enumerate(columns):
        table.add_column(column, justify="right" if position else "left")
    return table


def print_run(results: Results, files: Sequence[Path]) -> None:
    """The figures of a run, and where its files are."""
    out = console()
    source = results["source"]
    out.print(
        _text(
            f"{results['counts']['all']['all']} questions of {source['file']}, split "
            f"{source['split']}; system {results['version']}"
        )
    )
    table = _table("All questions", ("metric", "value %", "n", "what it is"))
    table.columns[-1].justify = "left"
    for name, description in DESCRIPTIONS.items():
        cell = results["figures"]["all"]["all"][name]
        table.add_row(name, percent(cell), str(cell["n"]), description)
    out.print(table)
    for axis in ("language", "kind"):
        table = _table(f"By {axis}", (axis, "n", *CELL_METRICS))
        for name, figures in results["figures"][axis].items():
            cells = [percent(figures[metric]) for metric in CELL_METRICS]
            table.add_row(_text(name), str(results["counts"][axis][name]), *cells)
        out.print(table)
    table = _table("Each stage added (%)", ("stages", *ABLATION_METRICS))
    for row in ROWS:
        cells = [percent(results["ablation"][row][m], interval=False) for m in ABLATION_METRICS]
        table.add_row(row, *cells)
    out.print(table)
    _print_causes(out, results)
    _print_latency(out, results["latency"]["all"]["all"])
    out.print(Text(_FOOT))
    for path in files:
        out.print(_text(str(path)))


def _print_causes(out: Console, results: Results) -> None:
    table = _table("What is wrong, and why", ("cause", "n", "what it is"))
    table.columns[-1].justify = "left"
    for name, description in CAUSES.items():
        table.add_row(name, str(results["causes"][name]), description)
    out.print(table)


def _print_latency(out: Console, figures: Mapping[str, Any]) -> None:
    times = ", ".join(f"{name} {milliseconds(figures[name])}" for name in LATENCIES)
    out.print(Text(f"Time to an answer: {times}"))


def print_squad(results: Results, path: Path) -> None:
    """The figures of one SQuAD-format file."""
    out = console()
    out.print(
        _text(
            f"{results['source']['file']}: {results['count']} questions over "
            f"{results['paragraphs']} paragraphs; system {results['version']}"
        )
    )
    measures = CHINESE if results["chinese"] else ENGLISH
    table = _table("Reading, answerable questions (%)", ("answers", *measures))
    for name, figures in results["reading"].items():
        if name != WITH_REFUSALS:
            table.add_row(name, *(percent(figures[measure]) for measure in measures))
    if WITH_REFUSALS in results["reading"]:
        table.add_section()
        figures = results["reading"][WITH_REFUSALS]
        table.add_row(WITH_REFUSALS, *(percent(figures[measure]) for measure in measures))
    out.print(table)
    table = _table("Paragraphs (%)", ("stages", *RANKING_METRICS))
    for name, figures in results["ablation"].items():
        table.add_row(name, *(percent(figures[m]) for m in RANKING_METRICS))
    out.print(table)
    table = _table("Answering and refusing", ("metric", "value %", "n", "what it is"))
    table.columns[-1].justify = "left"
    for name in SQUAD_METRICS:
        cell = results["figures"]["all"]["all"][name]
        table.add_row(name, percent(cell), str(cell["n"]), DESCRIPTIONS[name])
    out.print(table)
    for axis, cells in results["reading_cells"].items():
        if not cells:
            continue
        columns = (measures[-1], "answer", "refused_answerable", "abstention_recall")
        table = _table(f"By {axis} (%)", (axis, "n", *columns))
        for name, figures in cells.items():
            values = [figures[columns[0]]]
            values += [results["figures"][axis][name][metric] for metric in columns[1:]]
            table.add_row(_text(name), str(results["counts"][axis][name]), *map(percent, values))
        out.print(table)
    _print_causes(out, results)
    _print_latency(out, results["latency"]["all"]["all"])
    out.print(Text(_FOOT))
    out.print(_text(str(path)))


def print_comparison(comparison: Comparison, names: tuple[str, str]) -> None:
    """The metrics of two runs side by side, then every question that changed."""
    out = console()
    out.print(
        _text(
            f"A = {names[0]}, B = {names[1]}: {comparison.common} questions in both"
            f" (only in A: {comparison.only_a}, only in B: {comparison.only_b})"
        )
    )
    columns = ("metric", "A %", "B %", "B - A [95%]", "rose", "fell", "p", "verdict")
    table = _table("Difference", columns)
    for one in comparison.differences:
        gap = one.difference
        table.add_row(
            one.metric,
            f"{100 * one.a:.1f}",
            f"{100 * one.b:.1f}",
            _gap(gap),
            str(one.gained),
            str(one.lost),
            f"{one.p:.4f}",
            one.verdict,
        )
    out.print(table)
    out.print(Text(_FOOT))
    if not comparison.changes:
        out.print(Text("No question has another answer or other scores."))
        return
    table = _table(
        f"Questions that changed: {len(comparison.changes)}",
        ("id", "question", "A", "B", "right", "scores"),
    )
    for column in table.columns[1:]:
        column.justify = "left"
    for change in comparison.changes:
        scores = "\n".join(f"{k} {a:.2f} → {b:.2f}" for k, (a, b) in change.scores.items())
        given = [_given(answer) for answer in (change.a, change.b)]
        table.add_row(*map(_text, (change.id, change.text, *given, _CHANGED[change.right], scores)))
    out.print(table)


def _gap(gap: Figure) -> str:
    text = f"{100 * gap.value:+.1f}"
    if gap.low == gap.low:
        text += f" [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]"
    return text + ("*" if gap.small else "")


_CHANGED = {
    (True, False): "lost",
    (False, True): "won",
    (False, False): "still wrong",
    (True, True): "still right",
}


def _given(answer: Mapping[str, Any]) -> str:
    if not answer["answered"]:
        return "(refused)"
    section = answer["citations"][0]["section"] if answer["citations"] else DASH
    return f"{answer['answer']} (§{section})"


def print_balance(table: Mapping[str, Mapping[str, Mapping[str, int]]]) -> None:
    """How the questions spread over languages and kinds, by split."""
    out = console()
    for axis, named in table.items():
        balance = _table(f"Questions by {axis}", (axis, *SPLITS, "all"))
        for name, counts in named.items():
            row = [str(counts.get(split, 0)) for split in SPLITS]
            balance.add_row(name, *row, str(sum(counts.values())))
        out.print(balance)
