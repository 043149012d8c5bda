"""What visitors thought of answers, in SQLite: no address, and nothing that names a person."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.errors import ProjectError

MAX_COMMENT = 1000  # characters; what is longer is cut

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ratings (
    id TEXT PRIMARY KEY,
    day TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    helpful INTEGER NOT NULL,
    comment TEXT NOT NULL,
    index_version TEXT NOT NULL
) STRICT
"""
_ADD = """
INSERT INTO ratings (id, day, question, answer, helpful, comment, index_version)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_CHANGE = """
UPDATE ratings SET helpful = ?, comment = iif(? = '', comment, ?) WHERE id = ? AND question = ?
"""


class FeedbackError(ProjectError):
    """The feedback cannot be kept or read."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One visitor's thumb on one answer. ``answer`` is ``Answer.to_dict()``."""

    question: str
    answer: dict[str, Any]
    helpful: bool
    comment: str
    index_version: str


class FeedbackStore:
    """The file of feedback. Threads may share it, and processes the file.

    An entry is kept with its day and no time: with the time, a proxy's log would tell whose it is.
    Raises FeedbackError, one sentence, where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=5, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            with self._connection:
                self._connection.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def add(self, feedback: Feedback, receipt: str = "") -> str:
        """Keep an entry; the receipt by which whoever gave it may change it. Raises FeedbackError.

        With the ``receipt`` of an earlier entry on the same question, this one takes its place: a
        visitor turns the thumb over, or adds a word to it. A receipt is random and tells nothing.
        """
        question = _storable(feedback.question)
        comment = _storable(feedback.comment.strip()[:MAX_COMMENT])
        change = (feedback.helpful, comment, comment, _storable(receipt), question)
        fresh = secrets.token_urlsafe(16)
        row = (
            fresh, datetime.now(UTC).date().isoformat(), question,
            json.dumps(feedback.answer), feedback.helpful, comment, feedback.index_version,
        )  # fmt: skip
        try:
            with self._lock, self._connection:
                if self._connection.execute(_CHANGE, change).rowcount:
                    return receipt
                self._connection.execute(_ADD, row)
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return fresh

    def __iter__(self) -> Iterator[Feedback]:
        """Every entry, oldest first."""
        try:
            with self._lock, closing(self._connection.cursor()) as cursor:
                rows = cursor.execute(
                    "SELECT question, answer, helpful, comment, index_version"
                    " FROM ratings ORDER BY rowid"
                ).fetchall()
            entries = [Feedback(q, json.loads(a), bool(h), c, v) for q, a, h, c, v in rows]
        except (sqlite3.Error, ValueError) as error:
            raise self._unusable(error) from error
        return iter(entries)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _unusable(self, error: Exception) -> FeedbackError:
        return FeedbackError(
            f"The feedback file {self.path} cannot be used ({error}): make the place writable, or"
            " name another with QA_FEEDBACK_FILE, or set QA_FEEDBACK to false."
        )


def _storable(text: str) -> str:
    """A lone surrogate has no UTF-8, which is what SQLite keeps."""
    return text.encode("utf-8", "replace").decode()
