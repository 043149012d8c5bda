"""560 questions, put as the public puts them by writers who knew no pattern of ours.

The patterns were widened with them afterwards, so the floors say that nothing is lost, and not how
well other questions are understood: README says what was understood before.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from index.sections import Section
from rag.facts import single_facts
from rag.question import named_by_heading, parse_question

HERE = Path(__file__).parent


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


def asked_for(question: str, sections: list[Section]) -> tuple[str, int | None]:
    parsed = parse_question(question, 500)
    if parsed.lookup and parsed.section is not None:
        # Counted from the last where it is negative; the lead has number 0.
        number = parsed.section if parsed.section >= 0 else len(sections) + parsed.section
        return "section", number
    if parsed.whole:
        return "whole", None
    named = named_by_heading(parsed, sections)
    return ("section", sections[named[0]].number) if len(named) == 1 else ("ordinary", None)


def test_questions_for_a_section_or_the_whole_are_understood() -> None:
    first, *questions = lines("lookups.jsonl")
    documents = [
        [Section("d", number, heading, "x") for number, heading in enumerate(headings)]
        for headings in first["headings"]
    ]
    asked: Counter[str] = Counter()
    understood: Counter[str] = Counter()
    for line in questions:
        kind = line["asks_for"]
        wanted = ("section" if kind == "heading" else kind, line["section"])
        asked[kind] += 1
        understood[kind] += asked_for(line["question"], documents[line["document"]]) == wanted
    shares = {kind: understood[kind] / count for kind, count in asked.items()}
    assert shares["ordinary"] == 1
    assert shares["section"] >= 0.95
    assert shares["whole"] >= 0.9
    assert shares["heading"] >= 0.85


def test_questions_for_several_facts_are_cut_and_others_are_not() -> None:
    asked: Counter[bool] = Counter()
    cut_right: Counter[bool] = Counter()
    for line in lines("several_facts.jsonl"):
        several = len(line["facts"]) > 1
        asked[several] += 1
        cut_right[several] += len(single_facts(line["question"])) == len(line["facts"])
    assert cut_right[False] >= 0.99 * asked[False]
    assert cut_right[True] >= 0.88 * asked[True]
