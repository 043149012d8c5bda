"""A stand-in for the engine, with the same face: three sections, and answers that are known."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import eval.engine
from eval.bm25 import tokens
from index.sections import Document, Section
from rag import Answer, Citation, Hit, QuestionError, Trace

SECTIONS = (
    Section("doc", 0, "Lead", "The fund <b>has</b> 100億元 in all."),
    Section("doc", 1, "Users", "The service has 310萬 users."),
    Section("doc", 2, "Launch", "The platform opened in 2024年."),
)


class FakeEngine:
    """Ranks sections by shared tokens, answers with the first figure, refuses without overlap.

    A question with "boom" is interrupted, one with "refuse me" is not accepted.
    """

    version = "fake"

    def __init__(self, sections: Sequence[Section] = SECTIONS) -> None:
        self.sections = tuple(sections)
        self.asked: list[str] = []

    def trace(self, question: str, stages: Sequence[str] = eval.engine.STAGES) -> Trace:
        self.asked.append(question)
        if "boom" in question:
            raise KeyboardInterrupt
        if "refuse me" in question:
            raise QuestionError("The question is refused.")
        wanted = set(tokens(question))
        shared = [len(wanted & set(tokens(section.text))) for section in self.sections]
        order = sorted(range(len(shared)), key=lambda i: -shared[i])
        hits = tuple(
            Hit(s.document, s.number, 0, len(s.text), float(shared[i]))
            for i in order
            for s in [self.sections[i]]
        )
        best = order[0]
        answered = shared[best] > 1 or "read" not in stages
        answer = self._answer(question, best, answered, shared[best] / (1 + shared[best]))
        return Trace(answer, dict.fromkeys(stages, hits), dict.fromkeys(stages, 0.001))

    def read(self, question: str, section_positions: Sequence[int]) -> Answer:
        return self._answer(question, section_positions[0], True, 1.0)

    def over(self, documents: Sequence[Document]) -> "FakeEngine":
        other = FakeEngine([section for document in documents for section in document.sections])
        other.asked = self.asked
        return other

    def _answer(self, question: str, position: int, answered: bool, confidence: float) -> Answer:
        section = self.sections[position]
        figure = re.search(r"\d+[萬億]?[年元]*", section.text)
        text = figure[0] if figure else section.text
        citation = Citation(
            section.document,
            section.number,
            section.heading,
            text if answered else "",
            section.text,
            0,
            len(section.text),
        )
        return Answer(question, answered, text if answered else "", confidence, (citation,))


QUESTIONS = (
    ("q1", "How much has the fund?", "en", "number", [{"sections": [0], "answers": ["100億元"]}]),
    ("q2", "How many users has the service?", "en", "number",
     [{"sections": [1], "answers": ["310萬"]}]),
    ("q3", "The platform opened in which year, <script>alert(1)</script>?", "yue", "time",
     [{"sections": [2], "answers": ["2023年", "2025年"]}]),
    ("q4", "鯨魚有多重？", "zh-Hant", "unanswerable", []),
    ("q5", "The service has how many offices?", "en", "unanswerable", []),
    ("q6", "太陽幾時出現？", "zh-Hant", "time", [{"sections": [2], "answers": ["2024年"]}]),
)  # fmt: skip


def question(
    values: tuple[str, str, str, str, list[dict[str, Any]]], **other: Any
) -> dict[str, Any]:
    name, text, language, kind, facts = values
    return {
        "id": name, "question": text, "language": language, "kind": kind, "facts": deepcopy(facts),
        "near_miss": name == "q5", "group": f"g-{name}", "split": "score",
    } | other  # fmt: skip


def write_lines(path: Path, values: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values))
    return path


@pytest.fixture
def question_file(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "questions.jsonl", [question(values) for values in QUESTIONS])


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The engine that the commands open; over a corpus they get one of the corpus's sections."""
    fake = FakeEngine()

    monkeypatch.setattr(eval.engine, "open_engine", lambda: fake)
    monkeypatch.setattr(eval.engine, "engine_over", lambda documents, like: fake.over(documents))
    return fake
