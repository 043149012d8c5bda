"""From a question to a cited answer."""

from typing import TYPE_CHECKING, Any

from rag.answer import Answer, Citation, Hit, Trace
from rag.question import QuestionError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

__all__ = ["Answer", "Citation", "Hit", "Pipeline", "QuestionError", "Settings", "Trace"]


def __getattr__(name: str) -> Any:
    # The pipeline brings OpenVINO and FAISS along: it is loaded by whoever asks for it, so that
    # --help and everything else that needs no model stays quick.
    if name == "Pipeline":
        from rag.pipeline import Pipeline

        return Pipeline
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
