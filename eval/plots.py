"""The report's plots, as SVG text to stand in the page.

Labels are in English and drawn as outlines, so the page needs no font; the ids inside are salted
with a constant, so the same figures give the same text. Colours are left to the page's style, by
which a plot is light or dark as the page is.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from markupsafe import escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_INK, _BLUE, _RED, _PALE = "#1f2933", "#2463a6", "#b3372f", "#b6c4d4"
# The colours of the page that stand for them (report.html.j2).
_OF_PAGE = {_INK: "var(--ink)", _BLUE: "var(--link)", _RED: "var(--wrong)", _PALE: "var(--pale)"}
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "eval",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
}


def _svg(draw: Any, size: tuple[float, float], *values: Any) -> str:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        draw(axes, *values)
        page = io.StringIO()
        figure.savefig(page, format="svg", transparent=True, metadata={"Date": None})
    svg = page.getvalue()
    for colour, variable in _OF_PAGE.items():
        svg = svg.replace(colour, variable)
    # Without the XML heading, which has no place inside HTML.
    named = f'<svg role="img" aria-label="{escape(axes.get_title(loc="left"))}"'
    return named + svg[svg.index("<svg") + len("<svg") :]


def bars(title: str, figures: Mapping[str, Mapping[str, Any]]) -> str:
    """A horizontal bar a cell with its interval; what is not defined is left out."""
    defined = {name: cell for name, cell in figures.items() if cell["value"] is not None}
    return _svg(_bars, (5.2, 0.9 + 0.3 * max(1, len(defined))), title, defined)


def _bars(axes: Axes, title: str, figures: Mapping[str, Mapping[str, Any]]) -> None:
    for row, cell in enumerate(reversed(list(figures.values()))):
        value = 100 * cell["value"]
        axes.barh(row, value, color=_PALE if cell["small"] else _BLUE, height=0.6)
        if cell["low"] is not None:
            ends = [100 * cell["low"], 100 * cell["high"]]
            axes.plot(ends, [row, row], color=_INK, linewidth=1.2)
        axes.text(102, row, f"{value:.1f}  (n={cell['n']})", va="center", color=_INK)
    axes.set_yticks(range(len(figures)), list(figures)[::-1])
    axes.set_xlim(0, 126)
    axes.set_xticks(range(0, 101, 20))
    axes.set_xlabel("%  (line: 95% interval; pale: small cell)")
    axes.set_title(title)


def risk_coverage(curve: Sequence[float]) -> str:
    """The share of wrong answers among the most confident, over the share answered."""
    return _svg(_risk_coverage, (5.2, 3.2), curve)


def _risk_coverage(axes: Axes, curve: Sequence[float]) -> None:
    coverage = [100 * k / len(curve) for k in range(1, len(curve) + 1)]
    risk = [100 * value for value in curve]
    axes.plot(coverage, risk, color=_RED, linewidth=1.6)
    axes.fill_between(coverage, risk, color=_RED, alpha=0.12)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, max(5.0, 1.1 * max(risk)))
    axes.set_xlabel("coverage: % of the questions answered, most confident first")
    axes.set_ylabel("risk: % of them wrong")
    axes.set_title("Risk and coverage")


def reliability(bins: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """How often it was so against the confidence, by bin, of what was answered and of what was
    refused; the area of a point is its share of the questions."""
    return _svg(_reliability, (5.2, 3.2), bins)


def _reliability(axes: Axes, bins: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    total = sum(bar["count"] for bars in bins.values() for bar in bars)
    axes.plot([0, 1], [0, 1], color=_PALE, linewidth=1.2, linestyle="--")
    labels = {"answered": (_BLUE, "the answer is right"), "refused": (_RED, "there is an answer")}
    for name, (colour, event) in labels.items():
        filled = [bar for bar in bins[name] if bar["count"]]
        x = [bar["confidence"] for bar in filled]
        y = [bar["accuracy"] for bar in filled]
        sizes = [12 + 500 * bar["count"] / total for bar in filled]
        axes.plot(x, y, color=colour, linewidth=1.0, label=f"{name}: {event}")
        axes.scatter(x, y, s=sizes, color=colour, alpha=0.6, linewidths=0, clip_on=False)
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("confidence (mean of the bin)")
    axes.set_ylabel("how often it was so")
    axes.set_title("Reliability")


def times(seconds: Sequence[float]) -> str:
    """How many questions took how long."""
    return _svg(_times, (5.2, 3.2), seconds)


def _times(axes: Axes, seconds: Sequence[float]) -> None:
    axes.hist([1000 * value for value in seconds], bins=30, color=_BLUE)
    axes.set_xlim(left=0)
    axes.set_xlabel("milliseconds to an answer")
    axes.set_ylabel("questions")
    axes.set_title("Time to an answer")
