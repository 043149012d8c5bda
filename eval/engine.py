"""The face of the system that is measured, and the two ways of opening it.

Typed as protocols so that the tests measure a small stand-in; the imports are late because the
engine loads a neural network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from index.sections import Document, Section
    from rag.answer import Answer, Trace

STAGES = ("dense", "lexical", "late", "read")
"""The stages that can be left out, in the order in which they run."""


class Engine(Protocol):
    """What the evaluation asks of a pipeline."""

    @property
    def sections(self) -> Sequence[Section]: ...

    @property
    def version(self) -> str: ...

    def trace(self, question: str, stages: Sequence[str] = STAGES) -> Trace:
        """The answer and how it came about, by the named stages only."""

    def read(self, question: str, section_positions: Sequence[int]) -> Answer:
        """The answer out of these sections (positions in ``sections``); never abstains."""


def open_engine() -> Engine:
    """The system over the documents of this installation, as ``python -m rag ask`` opens it."""
    from rag import Pipeline, Settings

    return Pipeline.open(Settings())


def engine_over(documents: Sequence[Document]) -> Engine:
    """The system over these documents, indexed in memory."""
    from rag import Pipeline, Settings

    return Pipeline.from_documents(documents, Settings())
