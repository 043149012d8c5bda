import json
from pathlib import Path
from typing import Any

import pytest

from eval.check import balance, faults_against, remarks
from eval.errors import EvalError
from eval.questions import DEFAULT_FILE, LANGUAGES, load_questions, read_questions
from index.documents import read_documents
from tests.conftest import SEEDS
from tests.eval.conftest import QUESTIONS, SECTIONS, question, write_lines

GOOD = question(QUESTIONS[0])


def faults(tmp_path: Path, *values: Any) -> list[tuple[int, str]]:
    file = read_questions(write_lines(tmp_path / "q.jsonl", values))
    return [(fault.line, fault.reason) for fault in faults_against(file, SECTIONS)]


def test_a_good_file_has_no_fault(question_file: Path) -> None:
    file = read_questions(question_file)
    inside = [fault for fault in faults_against(file, SECTIONS) if "2023" not in fault.reason]
    assert len(file.questions) == len(QUESTIONS)
    # q3 is wrong on purpose: the run's tests need a question that is answered wrongly.
    assert {fault.line for fault in inside} == {3}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"language": "fr"}, "'language' is 'fr' and not one of"),
        ({"kind": "odd"}, "'kind' is 'odd'"),
        ({"split": "test"}, "'split' is 'test'"),
        ({"question": " "}, "'question' is not a text, or is empty"),
        ({"near_miss": 1}, "'near_miss' is not true or false"),
        ({"near_miss": True}, "'near_miss' is for unanswerable questions only"),
        ({"facts": []}, "is answerable, without facts"),
        ({"kind": "unanswerable"}, "is unanswerable and names facts"),
        ({"facts": {}}, "'facts' is not a list"),
        ({"facts": [{"sections": [0]}]}, "fact 1 is not an object of"),
        ({"facts": [{"sections": [True], "answers": ["100"]}]}, "'sections' is not a list of"),
        ({"facts": [{"sections": [0], "answers": [""]}]}, "'answers' is not a list of texts"),
        ({"facts": [{"sections": [9], "answers": ["100億元"]}]}, "there is no section 9"),
        ({"facts": [{"sections": [0], "answers": ["5元"]}]}, "section 0 holds none"),
        ({"facts": [{"sections": [0], "answers": ["100億元", "5元"]}]}, "'5元' does not stand"),
        ({"facts": [{"sections": [0, 1], "answers": ["100億元"]}]}, "section 1 holds none"),
        ({"facts": [{"sections": [0], "answers": ["100億元"], "document": "x"}]},
         "no section 0 of the document 'x'"),
        ({"other": 1}, "unknown key 'other'"),
    ],
)  # fmt: skip
def test_each_fault_has_its_line_and_reason(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    found = faults(tmp_path, GOOD | {"id": "q0", "question": "?", "group": "g0"}, GOOD | change)
    assert any(line == 2 and reason in text for line, text in found)
    assert not any(line == 1 for line, _ in found)


def test_faults_between_lines(tmp_path: Path) -> None:
    other = GOOD | {"id": "q2", "question": "Another?", "split": "tune"}
    same = GOOD | {"question": "How much  has the FUND?", "group": "g9"}
    reasons = [text for _, text in faults(tmp_path, GOOD, other, same)]
    assert any("in the split 'tune', and line 1 of the same group" in text for text in reasons)
    assert any("has the id 'q1' of line 1" in text for text in reasons)
    assert any("asks the question of line 1 again" in text for text in reasons)


def test_one_wording_in_two_splits_is_a_leak(tmp_path: Path) -> None:
    here = GOOD | {"question": "基金有多少錢？"}
    there = GOOD | {"id": "q2", "question": "基金有多少钱", "group": "g2", "split": "tune"}
    assert faults(tmp_path, here, there) == [
        (2, "asks in the split 'tune' what line 1 asks, in the same words, in 'score'")
    ]
    # Within a split both scripts may ask.
    assert faults(tmp_path, here, there | {"split": "score"}) == []


def test_lines_that_are_no_question(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": \n\n[]\n{}\n')
    lines = {fault.line for fault in read_questions(path).faults}
    assert lines == {1, 3, 4}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    with pytest.raises(EvalError, match="cannot be read"):
        read_questions(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(EvalError, match="not UTF-8"):
        read_questions(path)
    path.write_bytes(b"\n")
    with pytest.raises(EvalError, match="holds no question"):
        read_questions(path)


def test_load_refuses_a_file_with_faults_and_an_empty_split(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "q.jsonl", [GOOD, {}])
    with pytest.raises(EvalError, match="line 2"):
        load_questions(path, "all")
    path = write_lines(tmp_path / "q.jsonl", [GOOD])
    with pytest.raises(EvalError, match="no question in the split tune"):
        load_questions(path, "tune")


def test_balance_and_remarks(question_file: Path) -> None:
    questions, _ = load_questions(question_file, "all")
    assert balance(questions)["language"]["en"] == {"score": 3}
    assert balance(questions)["kind"]["unanswerable, near miss"] == {"score": 1}
    found = remarks(questions, 3)
    assert "score: only 2 questions in zh-Hant; its figures are weak" in found
    assert any("few questions of the kinds number (2), time (2), who (0)" in one for one in found)


# ---- the seed article's own set ----------------------------------------------------------------


def test_the_seed_set_is_as_asked_for() -> None:
    questions, _ = load_questions(DEFAULT_FILE, "all")
    assert len(questions) >= 160
    by_language = [sum(q.language == language for q in questions) for language in LANGUAGES]
    assert min(by_language) >= 30
    refused = [q for q in questions if not q.answerable]
    assert len(refused) >= len(questions) / 4
    assert sum(q.near_miss for q in refused) > len(refused) / 2
    for split in ("tune", "score"):
        assert {q.language for q in questions if q.split == split} == set(LANGUAGES)


def test_the_seed_set_fits_the_seed_article() -> None:
    sections = [section for document in read_documents(SEEDS) for section in document.sections]
    file = read_questions(DEFAULT_FILE)
    assert [f"{fault.line}: {fault.reason}" for fault in faults_against(file, sections)] == []
    asked = {n for _, q in file.questions for fact in q.facts for n in fact.sections}
    assert asked == {section.number for section in sections}


def test_the_form_is_plain_json_lines() -> None:
    for line in DEFAULT_FILE.read_text("utf-8").splitlines():
        assert isinstance(json.loads(line), dict)
