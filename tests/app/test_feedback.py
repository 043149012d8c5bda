"""What visitors thought of answers is kept, and nothing of who they are."""

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from web.feedback import MAX_COMMENT, Feedback, FeedbackError, FeedbackStore

ANSWER = {"question": "何時？", "answered": True, "answer": "1990年", "citations": []}
ENTRY = Feedback("何時？", ANSWER, True, "好", "v1")


def test_what_is_added_is_read_again(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "new" / "feedback.sqlite")
    bad = Feedback("誰？", {"answered": False}, False, "", "v2")
    store.add(ENTRY)
    store.add(bad)
    store.close()
    assert list(FeedbackStore(store.path)) == [ENTRY, bad]


def test_a_comment_is_bounded_and_a_surrogate_is_kept_out(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    store.add(Feedback("\ud800?", {"answer": "\udfff"}, True, " " + "長" * 5000, "v"))
    (entry,) = store
    assert entry.question == "??" and entry.comment == "長" * MAX_COMMENT


def test_threads_and_processes_share_the_file(tmp_path: Path) -> None:
    stores = [FeedbackStore(tmp_path / "feedback.sqlite") for _ in range(2)]
    threads = [
        threading.Thread(target=lambda s=s: [s.add(ENTRY) for _ in range(20)])
        for s in stores * 2
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(stores[0]) == [ENTRY] * 80
    mode = sqlite3.connect(stores[0].path).execute("PRAGMA journal_mode").fetchone()
    assert mode == ("wal",)


def test_no_column_could_name_a_person(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    store.add(ENTRY)
    cursor = sqlite3.connect(store.path).execute("SELECT * FROM ratings")
    assert [name for name, *_ in cursor.description] == [
        "id", "day", "question", "answer", "helpful", "comment", "index_version",
    ]  # fmt: skip
    row = cursor.fetchone()
    assert len(row[1]) == len("2026-01-01")  # and no time


def test_a_thumb_turned_over_and_a_word_added_are_one_entry(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    receipt = store.add(replace(ENTRY, comment=""))
    assert store.add(replace(ENTRY, comment="好"), receipt) == receipt
    assert store.add(replace(ENTRY, helpful=False, comment=""), receipt) == receipt
    assert list(store) == [replace(ENTRY, helpful=False)]


def test_an_entry_is_changed_with_its_own_receipt_only(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    receipt = store.add(ENTRY)
    other = replace(ENTRY, question="誰？", helpful=False)
    assert store.add(other, receipt) != receipt  # it is the receipt of another question
    assert store.add(replace(ENTRY, helpful=False), "made up") != "made up"
    assert list(store) == [ENTRY, other, replace(ENTRY, helpful=False)]


def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but a text of some length" * 100)
    for path in (tmp_path / "text", tmp_path / "text" / "feedback.sqlite", tmp_path):
        with pytest.raises(FeedbackError) as error:
            FeedbackStore(path)
        assert "QA_FEEDBACK_FILE" in str(error.value) and "\n" not in str(error.value)
