"""The face of the system that is measured, and the two ways of opening it.

Typed as protocols so that the tests measure a small stand-in; the imports are late because the
engine loads a neural network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
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

    def over(self, documents: Sequence[Document]) -> Engine:
        """The same models over other documents, indexed in memory."""


def identity() -> str:
    """What is measured beside the index, in words: a hash of what else decides the answers.

    An index's version knows its own contents only; the code, the reader's weights and the
    settings (but for the places of files) make another system of it too.
    """
    from rag import Settings

    root = Path(__file__).parent.parent
    digest = hashlib.sha256(Settings().model_dump_json(exclude={"seeds", "index_dir"}).encode())
    for folder in ("index", "rag"):
        for path in sorted((root / folder).iterdir()):
            if path.suffix in (".py", ".json", ".tsv", ".safetensors"):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"code and settings {digest.hexdigest()[:12]}"


def open_engine() -> Engine:
    """The system over the documents of this installation, as ``python -m rag ask`` opens it."""
    from rag import Pipeline, Settings

    return Pipeline.open(Settings())


def engine_over(documents: Sequence[Document], like: Engine | None = None) -> Engine:
    """The system over these documents, indexed in memory, with the models of ``like``."""
    if like is not None:
        return like.over(documents)
    from eval.once import OnceReader
    from index.default_model import default_model_folder
    from rag import Pipeline, Settings

    reader = OnceReader(default_model_folder())
    return Pipeline.from_documents(documents, Settings(), reader)
