"""The report of a run: one HTML file that needs nothing else.

Jinja2 escapes all that comes from questions and documents; only our own plots go in as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import plots, tables
from eval.asking import ROWS
from eval.run import Results
from eval.scores import CAUSES, DESCRIPTIONS, LATENCIES
from eval.statistics import BINS, RESAMPLES, SMALL


def render(results: Results) -> str:
    """The page: summary, plots, tables, and every question, wrong ones first."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": tables.percent, "milliseconds": tables.milliseconds}
    environment.filters["gives"] = _gives
    figures = results["figures"]
    drawn = [
        plots.bars(
            "Right answers by language",
            {name: cell["answer"] for name, cell in figures["language"].items()},
        ),
        plots.bars(
            "Right answers, each stage added",
            {row: results["ablation"][row]["answer"] for row in ROWS},
        ),
        plots.bars(
            "Right answers by kind (unanswerable: refusals)",
            {
                name: cell["abstention_recall" if name == "unanswerable" else "answer"]
                for name, cell in figures["kind"].items()
            },
        ),
        plots.risk_coverage(results["risk_coverage"]),
        plots.reliability(results["reliability"]),
        plots.times([record["seconds"]["total"] for record in results["records"]]),
    ]
    # sorted() is stable: within the wrong and the right ones the file's order stays.
    records = sorted(results["records"], key=lambda record: record["right"])
    return environment.get_template("report.html.j2").render(
        results=results,
        records=records,
        plots=[Markup(svg) for svg in drawn],
        descriptions=DESCRIPTIONS,
        headline=(
            "answer",
            "citation_first",
            "char_f1",
            "refused_answerable",
            "abstention_recall",
            "near_miss_recall",
        ),
        causes=CAUSES,
        ablation_metrics=tables.ABLATION_METRICS,
        rows=ROWS,
        latencies=LATENCIES,
        small=SMALL,
        bins=BINS,
        resamples=RESAMPLES,
    )


def _gives(record: Mapping[str, Any], hit: Mapping[str, Any]) -> bool:
    """Whether a stage's hit stands in a section of one of the question's facts."""
    return any(
        hit["section"] in fact["sections"] and fact["document"] in (None, hit["document"])
        for fact in record["facts"]
    )
