"""Every rule that DESIGN.md has for the form of an answer."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict

from index.terminal import steers
from rag.__main__ import _json
from rag.answer import Answer
from rag.pipeline import Pipeline


def bare(text: str) -> str:
    return "".join(text.split())


def check_promises(
    pipeline: Pipeline, answer: Answer, question: str, sources: Mapping[str, str]
) -> None:
    """``sources``: the text of each document's file, by its name."""
    sections = {(s.document, s.number): s for s in pipeline.sections}
    assert len(sections) == len(pipeline.sections), "a number stands for two sections"
    assert answer.question == question
    assert math.isfinite(answer.confidence) and 0 <= answer.confidence <= 1
    assert answer.answered == bool(answer.answer)
    if answer.answered:
        assert answer.citations and answer.answer == answer.citations[0].answer
        assert answer.answer.strip()
    assert len(set(answer.citations)) == len(answer.citations)
    for citation in answer.citations:
        section = sections[citation.document, citation.section]
        assert citation.heading == section.heading
        assert 0 <= citation.start < citation.end <= len(section.text)
        assert section.text[citation.start : citation.end] == citation.quote
        assert "\n" not in citation.quote, "a quote joins what the page keeps apart"
        assert citation.answer in citation.quote
        assert bool(citation.answer) == answer.answered
        assert bare(citation.quote) in bare(sources[citation.document])
    # What a program reads is one line, and says the same.
    line = _json(answer.to_dict())
    assert len(line.splitlines()) == 1 and not any(map(steers, line))
    read = json.loads(line)
    assert read == json.loads(json.dumps(asdict(answer)))
