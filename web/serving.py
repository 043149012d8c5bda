"""The pipeline that answers at this moment: a new index takes the old one's place in passing."""

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from index import Document, ProjectError, Section
from rag import Answer, QuestionError
from web.settings import ServerSettings

if TYPE_CHECKING:  # it brings PyTorch along
    from rag import Pipeline

_log = structlog.get_logger("answers")


class ServedPipeline:
    """What the page, the API and the MCP tool ask. Threads may share it.

    ``documents``, ``sections`` and ``version`` change when ``refresh`` finds a new index: read them
    when they are needed. A question that is being answered keeps the index that it began with.
    """

    def __init__(self, pipeline: "Pipeline", settings: ServerSettings) -> None:
        self.settings = settings
        self._pipeline = pipeline
        self._turns = threading.Semaphore(settings.max_concurrent)
        self._pointer = settings.index_dir / "current"
        self._seen = _stamp(self._pointer)

    @property
    def current(self) -> "Pipeline":
        """The pipeline of this moment, for what must hold together."""
        return self._pipeline

    @property
    def documents(self) -> tuple[Document, ...]:
        return self._pipeline.documents

    @property
    def sections(self) -> tuple[Section, ...]:
        return self._pipeline.sections

    @property
    def version(self) -> str:
        return self._pipeline.version

    def ask(self, question: str) -> Answer:
        """Answer a question. Raises QuestionError for one that cannot be asked."""
        return self.answer(question)[0]

    def answer(self, question: str) -> tuple[Answer, str]:
        """The answer, and the version of the index that it comes from. Raises as ``ask`` does.

        No more than ``max_concurrent`` are answered at the same time; others wait here.
        """
        if not isinstance(question, str):  # what Gradio's client sends is not checked before
            raise QuestionError("A question must be a text.")
        if any("\ud800" <= character <= "\udfff" for character in question):
            raise QuestionError(
                "The question holds half of a character: write it in valid Unicode."
            )
        with self._turns:
            pipeline, begun = self._pipeline, time.perf_counter()
            answer = pipeline.ask(question)
        asked = {"question": question} if self.settings.log_questions else {}
        _log.info(
            "answer",
            answered=answer.answered,
            confidence=round(answer.confidence, 3),
            sections=[citation.section for citation in answer.citations],
            index_version=pipeline.version,
            ms=round(1000 * (time.perf_counter() - begun), 1),
            **asked,
        )
        return answer, pipeline.version

    def refresh(self) -> None:
        """Load the index on disk where it is another than before, beside the one that serves.

        One that cannot be used is logged and not tried again until it is replaced.
        """
        stamp = _stamp(self._pointer)
        if stamp is None or stamp == self._seen:
            return
        self._seen = stamp
        try:
            pipeline = self._pipeline.reopen()
        except ProjectError as error:
            _log.error("index refused", reason=str(error), index_version=self.version)
            return
        self._pipeline = pipeline
        _log.info("index picked up", index_version=pipeline.version)


def _stamp(pointer: Path) -> tuple[int, int] | None:
    """What changes whenever the file is replaced."""
    try:
        status = pointer.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
