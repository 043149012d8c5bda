"""What the command prints of texts that mean harm: text, for a person and for a program."""

import json

import pytest

from index.terminal import steers
from rag.__main__ import _answer_line, _for_a_person, _json
from rag.answer import Answer, Citation
from tests.index.test_terminal import HOSTILE
from tests.rag.test_verbatim import corpus, wild

MARKUP = "<script>alert(1)</script>[a](javascript:alert(1))![i](http://x/)"


@pytest.mark.parametrize("answered", [True, False])
def test_a_hostile_answer_is_printed_as_text(answered: bool) -> None:
    text = HOSTILE + MARKUP
    citation = Citation(text, 1, text, text if answered else "", text, 0, len(text))
    answer = Answer(text, answered, text if answered else "", 0.5, (citation,))
    said = _for_a_person(answer)
    assert not any(steers(c) for c in said if c != "\n")
    assert MARKUP in said  # as it is: a terminal renders none of it
    line = _json(answer.to_dict())
    assert not any(map(steers, line)) and json.loads(line)["question"] == text


def test_spaces_and_emoji_are_printed_as_they_are() -> None:
    quote = "「創科」\u3000有👩\u200d👧"
    answer = Answer("?", True, "創科", 0.5, (Citation("d", 1, "甲\xa0乙", "創科", quote, 0, 9),))
    assert quote in _for_a_person(answer) and "甲\xa0乙" in _for_a_person(answer)


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe", b"[]", b"{}", b"null", b'{"question": 5}', b'{"question": null, "id": 1}', b"[" * 100_000,
        b'{"question": "' + b"\\ud800" * 9 + b'"}', b'{"id": ' + b"9" * 5000 + b', "question": "x"}', b"NaN",
        b'{"id": {"a": [1]}, "question": ""}', "{\"question\": \"\u2028\"}".encode(),
    ],
)  # fmt: skip
def test_a_hostile_line_is_answered_on_its_line(line: bytes) -> None:
    made, _ = corpus(["一段。"])
    said = json.loads(_json(_answer_line(wild(made), line)))
    assert said["error"].count("\n") == 0 and said["error"].endswith(".")
