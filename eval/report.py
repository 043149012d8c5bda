"""The report of a run: one HTML file that needs nothing else.

Jinja2 escapes all that comes from questions and documents; only our own plots go in as they are.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import plots, tables
from eval.asking import ROWS
from eval.run import Results
from eval.scores import DESCRIPTIONS, LATENCIES
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
    figures = results["figures"]
    drawn = [
        plots.bars(
            "Right answers by language",
            {name: cell["answer"] for name, cell in figures["language"].items()},
        ),
        plots.bars(
            "Right answers by kind (unanswerable: refusals)",
            {
                name: cell["abstention_recall" if name == "unanswerable" else "answer"]
                for name, cell in figures["kind"].items()
            },
        ),
        plots.bars(
            "Right answers, each stage added",
            {row: results["ablation"][row]["answer"] for row in ROWS},
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
            "citation_first",
            "answer",
            "abstention_precision",
            "abstention_recall",
            "refused_answerable",
            "near_miss_recall",
        ),
        cell_metrics=tables.CELL_METRICS,
        ablation_metrics=tables.ABLATION_METRICS,
        rows=ROWS,
        latencies=LATENCIES,
        small=SMALL,
        bins=BINS,
        resamples=RESAMPLES,
    )
