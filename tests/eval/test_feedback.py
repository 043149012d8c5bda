"""Feedback as candidates for the question set."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.feedback import Candidate, candidates, describe
from eval.questions import read_questions
from tests.eval.conftest import QUESTIONS, question, write_lines
from web.feedback import Feedback, FeedbackStore


def cited(answer: str, *sections: int) -> dict[str, Any]:
    citations = [{"document": "d", "section": s, "answer": answer} for s in sections]
    return {"answered": True, "answer": answer, "citations": citations}


ABSTAINED = {"answered": False, "answer": "", "citations": [{"section": 1}]}


def entry(asked: str, answer: dict[str, Any], helpful: bool, comment: str = "") -> Feedback:
    return Feedback(asked, answer, helpful, comment, "v")


def test_what_content_visitors_saw_becomes_the_facts() -> None:
    (one,) = candidates([entry("基金有多少錢？", cited("100億元", 6, 7), True)], [])
    assert one.line["facts"] == [{"sections": [6, 7], "answers": ["100億元"], "document": "d"}]
    assert one.line["kind"] == "" and one.line["split"] == "tune"
    (none,) = candidates([entry("天氣如何？", ABSTAINED, True)], [])
    assert none.line["kind"] == "unanswerable" and none.line["facts"] == []


def test_where_a_visitor_was_not_content_a_person_decides() -> None:
    entries = [
        entry("基金有多少錢？", cited("100億元", 6), True),
        entry("基金 有多少錢？", cited("200億元", 7), False, "應該是100億"),
        entry("校長是誰？", ABSTAINED, False, "第2項有寫"),
    ]
    money, head = candidates(entries, [])
    assert (money.helpful, money.unhelpful, money.answer) == (1, 1, "200億元")
    assert money.comments == ("應該是100億",)
    for one in (money, head):
        assert one.line["kind"] == "" and one.line["facts"] == []


def test_known_questions_are_left_out() -> None:
    entries = [entry("How Much?", cited("a", 1), True), entry("Why?", cited("a", 1), True)]
    assert [c.line["question"] for c in candidates(entries, ["how much?"])] == ["Why?"]


@pytest.mark.parametrize(
    "answer", [{}, {"answered": True}, cited("a"), {"answered": True, "citations": [1]}]
)
def test_an_answer_of_another_form_gives_no_facts(answer: dict[str, Any]) -> None:
    (one,) = candidates([entry("?", answer, True)], [])
    assert one.line["facts"] == []


def test_the_language_is_guessed() -> None:
    wordings = {"How?": "en", "如何成立？": "zh-Hant", "怎么学习？": "zh-Hans", "喺邊度㗎？": "yue"}
    entries = [entry(wording, ABSTAINED, True) for wording in wordings]
    assert [c.line["language"] for c in candidates(entries, [])] == list(wordings.values())


def test_nothing_that_steers_a_terminal_is_printed() -> None:
    said = describe(Candidate({"id": "f1", "question": "a\x1b[2J"}, "b\x07", 1, 0, ("c\nd\u202e",)))
    assert said.isprintable() and "[2J" in said


def test_the_command_writes_a_file_that_check_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    store.add(entry("天氣如何？", ABSTAINED, True))
    store.add(entry("基金有多少錢？", cited("100億元", 6), False, "不對"))
    store.add(entry("已有的問題？", cited("100億元", 6), True))
    store.close()
    known = tmp_path / "known.jsonl"
    write_lines(known, [question(QUESTIONS[0], question="已有的問題？")])
    out = tmp_path / "new" / "out.jsonl"
    command = ["feedback", "--feedback", str(store.path), "--questions", str(known)]
    assert main([*command, "--out", str(out)]) == 0
    assert "不對" in capsys.readouterr().out
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["question"] for line in lines] == ["天氣如何？", "基金有多少錢？"]
    read = read_questions(out)
    assert [q.question for _, q in read.questions] == ["天氣如何？"]
    assert [(f.line, "'kind'" in f.reason) for f in read.faults] == [(2, True)]


def test_no_feedback_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "--feedback", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith("There is no feedback at ")
    assert not (tmp_path / "none").exists()
