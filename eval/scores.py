"""From what was said to figures: the scores of one question, and the metrics over many.

Scores of an answerable question (each 0 to 1; an abstention scores 0 in all but the ranking):

- ``citation_first``: the first citation stands in a section of one of the facts;
- ``citation_precision``: the share of the citations that stand in a section of one of the facts;
- ``citation_recall``: the share of the facts with a citation in one of their sections;
- ``answer``: every fact has a citation in one of its sections whose answer contains one of its
  acceptable strings (``text.contains``);
- ``answer_first``: the first citation does so for one fact, whatever the others do;
- ``exact``, ``char_f1``: by fact, the best of the citations in its sections against the best
  acceptable string (``text.exact``, ``text.char_f1``); the mean over the facts;
- ``recall@1``, ``recall@5``, ``mrr``: of the last stage's ranked sections (``ranking``);
- ``answered_answerable``: 1 when it is answered, rightly or not.

An unanswerable question has only one: ``abstention_recall``, 1 when it is refused.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval import statistics, text
from eval.questions import KINDS, LANGUAGES, Fact, Question
from eval.ranking import Place, recall_at, reciprocal_rank
from eval.statistics import Array, Figure, figure, ratio

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scored:
    """A question, the row's answer to it (``answered``, ``confidence``) and its scores.

    ``right``: the answer is right, or the refusal is. ``forced_right``: the answer would be right
    were abstaining not allowed. ``event``: what the confidence is a probability of, happened.
    """

    question: Question
    answered: bool
    confidence: float
    scores: Mapping[str, float]
    forced_right: bool

    @property
    def right(self) -> bool:
        return self.scores["answer" if self.question.answerable else "abstention_recall"] == 1.0

    @property
    def event(self) -> bool:
        """DESIGN.md: that the answer is right; when abstaining, that the documents hold one."""
        return self.right if self.answered else self.question.answerable


def score(question: Question, row: Said, forced: str | None, known: Collection[Place]) -> Scored:
    """Score one row's answer; ``forced`` is what it would have answered instead of abstaining.

    ``known`` are all sections, by which a fact that names no document is found in each.
    """
    answered = bool(row["answered"])
    wanted = [_places(fact, known) for fact in question.facts]
    citations = row["citations"] if answered else []
    if not question.answerable:
        scores = {"abstention_recall": float(not answered)}
        # The documents hold no answer, so any answer is wrong.
        return Scored(question, answered, row["confidence"], scores, False)
    given = [((c["document"], c["section"]), c["answer"]) for c in citations]
    scores = _citation_scores(given, wanted) | _answer_scores(given, wanted, question.facts)
    ranked = [(document, section) for document, section in row["ranked"]]
    scores["recall@1"] = recall_at(1, ranked, wanted)
    scores["recall@5"] = recall_at(5, ranked, wanted)
    scores["mrr"] = reciprocal_rank(ranked, wanted)
    scores["answered_answerable"] = float(answered)
    forced_right = scores["answer"] == 1.0
    if not answered and forced:
        # A forced answer is one string: it is right when it states every fact.
        forced_right = all(
            any(text.contains(forced, string) for string in fact.answers) for fact in question.facts
        )
    return Scored(question, answered, row["confidence"], scores, forced_right)


def _places(fact: Fact, known: Collection[Place]) -> set[Place]:
    if fact.document is not None:
        return {(fact.document, number) for number in fact.sections}
    return {place for place in known if place[1] in fact.sections}


def _citation_scores(
    given: Sequence[tuple[Place, str]], wanted: Sequence[Collection[Place]]
) -> dict[str, float]:
    of_any = [any(place in places for places in wanted) for place, _ in given]
    cited = [any(place in places for place, _ in given) for places in wanted]
    return {
        "citation_first": float(bool(of_any) and of_any[0]),
        "citation_precision": sum(of_any) / len(of_any) if of_any else 0.0,
        "citation_recall": sum(cited) / len(cited),
    }


def _answer_scores(
    given: Sequence[tuple[Place, str]],
    wanted: Sequence[Collection[Place]],
    facts: Sequence[Fact],
) -> dict[str, float]:
    def best(measure: Callable[[str, str], float], citations: Sequence[tuple[Place, str]]) -> Array:
        """By fact, the best of the citations that stand in one of its sections."""
        return np.array(
            [
                max(
                    (
                        text.best(measure, answer, fact.answers)
                        for place, answer in citations
                        if place in places
                    ),
                    default=0.0,
                )
                for places, fact in zip(wanted, facts, strict=True)
            ]
        )

    return {
        "answer": float(best(text.contains, given).all()),
        "answer_first": float(best(text.contains, given[:1]).any()),
        "exact": float(best(text.exact, given).mean()),
        "char_f1": float(best(text.char_f1, given).mean()),
    }


CAUSES = {
    "not retrieved": "a fact's section is not among the first five",
    "section passed over": "a right section was retrieved, and another was cited",
    "misread": "a right section is cited, with a wrong or incomplete answer",
    "refused, though read rightly": "the answer would have been right: the threshold refused it",
    "refused": "the answer would have been wrong as well",
    "answered without grounds": "the documents hold no answer, and one was given",
}
"""Why an answer is wrong: the first stage that lost it."""


def cause(one: Scored) -> str | None:
    """One of CAUSES; None where the answer or the refusal is right."""
    if one.right:
        return None
    if not one.question.answerable:
        return "answered without grounds"
    if one.forced_right:
        return "refused, though read rightly"
    if one.scores["recall@5"] < 1 and one.scores["citation_recall"] < 1:
        return "not retrieved"
    if not one.answered:
        return "refused"
    return "misread" if one.scores["citation_recall"] == 1 else "section passed over"


MEANS = (
    "citation_first",
    "citation_precision",
    "citation_recall",
    "answer",
    "answer_first",
    "exact",
    "char_f1",
    "recall@1",
    "recall@5",
    "mrr",
)
"""The metrics that are means over the answerable questions."""

DESCRIPTIONS = {
    "citation_first": "first citation stands in a right section",
    "citation_precision": "citations that stand in a right section",
    "citation_recall": "facts with a citation in a right section",
    "answer": "every fact answered (containment), with a citation in a right section",
    "answer_first": "the first citation answers a fact",
    "exact": "exact match, normalised",
    "char_f1": "F1 over characters",
    "recall@1": "facts whose section is ranked first",
    "recall@5": "facts whose section is among the first five",
    "mrr": "reciprocal rank of the first right section",
    "answered_answerable": "answerable questions that are answered",
    "refused_answerable": "answerable questions that are refused",
    "abstention_precision": "refused questions that are unanswerable",
    "abstention_recall": "unanswerable questions that are refused",
    "abstention_f1": "F1 of refusing",
    "near_miss_recall": "near-miss unanswerable questions that are refused",
    "far_recall": "other unanswerable questions that are refused",
    "auc": "confidence of answerable above unanswerable questions (ROC)",
    "aurc": "area under the risk-coverage curve",
    "ece": "expected calibration error",
}
LOW_IS_GOOD = frozenset({"refused_answerable", "aurc", "ece"})
LATENCIES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}


def metrics(scored: Sequence[Scored]) -> dict[str, Figure]:
    """Every metric over these questions; what is not defined for them is NaN."""
    answerable = [one for one in scored if one.question.answerable]
    figures = {name: mean(answerable, [one.scores[name] for one in answerable]) for name in MEANS}
    groups = np.array([one.question.group for one in scored])
    refused = _array(not one.answered for one in scored)
    unanswerable = _array(not one.question.answerable for one in scored)
    near = _array(one.question.near_miss for one in scored)
    rightly = refused * unanswerable
    confidence = _array(one.confidence for one in scored)
    wrong = _array(not one.forced_right for one in scored)
    event = _array(one.event for one in scored)

    def share(inside: Array, of: Array) -> Figure:
        # Only the questions that count in the denominator say how sure the figure is.
        return figure(ratio, inside[of > 0], of[of > 0], groups=groups[of > 0].tolist())

    def whole(function: Callable[..., Array], *arrays: Array) -> Figure:
        return figure(function, *arrays, groups=groups.tolist())

    # What only the make-up of a cell decides is not a figure: where every question has an answer,
    # no refusal is right.
    mixed = float(0 < unanswerable.sum() < len(scored))
    figures |= {
        "answered_answerable": share(1 - refused, 1 - unanswerable),
        "refused_answerable": share(refused, 1 - unanswerable),
        "abstention_precision": share(rightly, mixed * refused),
        "abstention_recall": share(rightly, unanswerable),
        # 2 TP / (2 TP + FP + FN), which is a sum over a sum.
        "abstention_f1": share(2 * rightly, mixed * (refused + unanswerable)),
        "near_miss_recall": share(rightly, near),
        "far_recall": share(rightly, unanswerable - near),
        "auc": whole(statistics.auc, confidence, 1 - unanswerable),
        "aurc": whole(statistics.aurc, confidence, wrong),
        "ece": whole(statistics.ece, confidence, event),
    }
    return figures


def mean(scored: Sequence[Scored], values: Sequence[float]) -> Figure:
    """The mean of a score over these questions, one value each."""
    array = _array(values)
    groups = [one.question.group for one in scored]
    return figure(ratio, array, np.ones_like(array), groups=groups)


def by_cell(scored: Sequence[Scored]) -> dict[str, dict[str, list[Scored]]]:
    """The questions in all, by language and by kind; a cell without a question is left out.

    Languages and kinds that only a SQuAD-format file knows come last.
    """
    cells: dict[str, dict[str, list[Scored]]] = {"all": {"all": list(scored)}}
    for axis, names in (("language", LANGUAGES), ("kind", KINDS)):
        named: dict[str, list[Scored]] = {name: [] for name in names}
        for one in scored:
            named.setdefault(getattr(one.question, axis), []).append(one)
        cells[axis] = {name: cell for name, cell in named.items() if name and cell}
    return cells


def latency(scored: Sequence[Scored], seconds: Sequence[float]) -> dict[str, Figure]:
    """The percentiles of the time that a caller waits for an answer, in seconds."""
    values = _array(seconds)
    groups = [one.question.group for one in scored]
    return {
        name: figure(statistics.percentile(share), values, groups=groups)
        for name, share in LATENCIES.items()
    }


def to_json(value: Figure) -> dict[str, Any]:
    """A figure for the results file: what is not defined is null."""
    numbers = {"value": value.value, "low": value.low, "high": value.high}
    return {
        **{key: None if math.isnan(number) else number for key, number in numbers.items()},
        "n": value.n,
        "small": value.small,
    }


def _array(values: Any) -> Array:
    return np.array(list(values), dtype=np.float64)
