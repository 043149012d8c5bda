"""Retrieval figures over a ranked list of sections.

A fact may stand in several sections, any of which will do, so what is to be found is the fact.
With one section a fact these are the textbook definitions (Manning et al. 2008, ch. 8; Voorhees
1999 for the reciprocal rank), and a test holds them equal to trec_eval's, question by question.
Written out all the same: trec_eval's Python binding has no build for Linux on ARM, where its
absence would keep the chat from being installed; `ranx` compiles itself at every start, and
`torchmetrics` brings PyTorch along.
"""

from collections.abc import Collection, Iterable, Sequence

Place = tuple[str, int]
"""A section: the document's name and the section's printed number."""


def places(hits: Iterable[Place]) -> list[Place]:
    """The sections of a list of hits, each at its best rank."""
    return list(dict.fromkeys(hits))


def recall_at(k: int, ranked: Sequence[Place], facts: Sequence[Collection[Place]]) -> float:
    """The share of the facts with a section among the first k; ``facts`` is not empty."""
    top = set(ranked[:k])
    return sum(not top.isdisjoint(sections) for sections in facts) / len(facts)


def reciprocal_rank(ranked: Sequence[Place], facts: Sequence[Collection[Place]]) -> float:
    """One over the rank of the first section that gives any of the facts; 0 where none does."""
    wanted = {place for sections in facts for place in sections}
    return next((1 / rank for rank, place in enumerate(ranked, 1) if place in wanted), 0.0)
