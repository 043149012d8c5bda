"""Example questions, made from the documents and kept only where they are answered."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, islice

from index.sections import Document
from rag.pipeline import Pipeline
from web.texts import LANGUAGES, in_script, texts

COUNT = 6
TRIED = 3  # questions of a kind that are asked before it is given up: most take a search
LONGEST = 24  # characters of a heading or name that a question can hold

_NAME = re.compile(rf"「([^「」\n]{{4,{LONGEST}}})」")
_MONEY = re.compile(r"[\d一二三四五六七八九十百千]+\s*[萬万億亿]?\s*[元圓]")


@lru_cache(maxsize=8)
def examples(pipeline: Pipeline, language: str) -> tuple[str, ...]:
    """Up to six questions in ``language`` that the pipeline answers, of several kinds."""
    if language == "zh-Hans":
        # The pipeline reads both scripts alike, so what it answers in one it answers in the other.
        return tuple(in_script(q, "zh-Hans") for q in examples(pipeline, LANGUAGES[0]))
    words = texts()[language]
    documents = pipeline.documents

    def answered(template: str, names: Iterable[str], told: str, most: int) -> list[str]:
        """The questions whose answer holds ``told``, a pattern, or {} for the name."""
        kept: list[str] = []
        for name in islice(names, TRIED):
            if len(kept) == most:
                break
            answer = pipeline.ask(words[template].format(name))
            pattern = told.replace("{}", re.escape(name))
            if answer.answered and re.search(pattern, answer.answer + answer.citations[0].quote):
                kept.append(words[template].format(name))
        return kept

    funded = _names(documents, beside=_MONEY)
    named = [name for name in _names(documents) if name not in funded]
    numbers = [str(s.number) for d in documents for s in d.sections if s.number and s.text]
    whole = answered("example_whole", [""] * (len(documents) == 1), "", 1)
    money = answered("example_money", funded, _MONEY.pattern, 2)
    what = answered("example_what", named, "{}", 1)
    heading = answered("example_heading", _spread(_headings(documents)), "", 3)
    section = answered("example_section", _spread(numbers)[1:] or numbers, "", 3)
    mixed = [whole, money[:1], what, heading[:1], money[1:], section[:1], heading[1:], section[1:]]
    return tuple(dict.fromkeys(chain(*mixed)))[:COUNT]


def _names(documents: Sequence[Document], beside: re.Pattern[str] | None = None) -> list[str]:
    """What the documents put into quotation marks; with ``beside`` right after such a figure."""
    found: dict[str, None] = {}
    for section in chain.from_iterable(d.sections for d in documents):
        for match in _NAME.finditer(section.text):
            before = section.text[max(0, match.start() - 8) : match.start()]
            if beside is None or beside.search(before):
                found[match[1]] = None
    return list(found)


def _headings(documents: Sequence[Document]) -> list[str]:
    headings = [s.heading for d in documents for s in d.sections if s.number and s.heading]
    # Newspapers put two headlines into one: the first names the section as well.
    first = [h if h.isascii() else h.split()[0] for h in headings]
    return [h for h in first if 4 <= len(h) <= LONGEST]


def _spread(names: Sequence[str]) -> list[str]:
    """The names in an order that takes them evenly from beginning to end."""
    step = max(1, len(names) // 3)
    return [name for first in range(step) for name in names[first::step]]
