"""The promise, for any documents and any question: verbatim or refused, and nothing raises."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from index.build import index_documents
from index.encoder import Encoder
from index.parsing import parse_sections
from index.sections import Document, Section
from rag import spans
from rag.answer import Answer
from rag.pipeline import Found, Pipeline
from rag.question import QuestionError, parse_question
from rag.reader import Reader, Span
from rag.settings import Settings
from tests.anything import cases, characters, documents, fragments, questions
from tests.index.quick import QuickEncoder
from tests.rag.promises import check_promises

ANSWERS_ALL = Settings(threshold=0.0)  # a refusal promises less


class WildReader:
    """The face of ``Reader``: any spans of a passage at all, the same for the same texts."""

    def read(
        self, question: str, passages: Sequence[tuple[str, str]], best: int = 1
    ) -> list[list[Span]]:
        return [self._spans(question + heading, text, best) for heading, text in passages]

    def _spans(self, seed: str, text: str, best: int) -> list[Span]:
        digest = hashlib.sha256((seed + text).encode("utf-8", "surrogatepass")).digest()
        draw = np.random.default_rng(list(digest))
        found = []
        for _ in range(int(draw.integers(0, best + 1)) if text else 0):
            start = int(draw.integers(0, len(text)))
            end = min(len(text), start + 1 + int(draw.integers(0, draw.choice([3, 30, 500]))))
            found.append(Span(start, end, float(draw.normal(0, 8))))
        return sorted(found, key=lambda s: -s.score)


def corpus(texts: Sequence[str], markdown: bool = False) -> tuple[list[Document], dict[str, str]]:
    """Documents of these texts, as ``read_documents`` makes them, and the texts by name."""
    made, sources = [], {}
    for number, text in enumerate(texts):
        name = f"d{number}"
        sections = parse_sections(name, text, markdown)
        if any(s.text or s.heading for s in sections):
            made.append(Document(name, name, hashlib.sha256(name.encode()).hexdigest(), sections))
            sources[name] = text
    return made, sources


def wild(made: Sequence[Document], settings: Settings = ANSWERS_ALL) -> Pipeline:
    index = index_documents(made, QuickEncoder())  # type: ignore[arg-type]
    return Pipeline(index, QuickEncoder(), WildReader(), settings)  # type: ignore[arg-type]


def ask(pipeline: Pipeline, question: str, sources: dict[str, str]) -> Answer | None:
    """The answer, checked and asked for twice; None for a question that cannot be asked."""
    try:
        answer = pipeline.ask(question)
    except QuestionError as error:
        assert "\n" not in str(error) and str(error).isprintable()
        return None
    check_promises(pipeline, answer, question, sources)
    assert pipeline.ask(question) == answer
    return answer


@cases(1500)
@given(
    st.lists(documents(), min_size=1, max_size=3), st.booleans(), questions,
    st.sampled_from([0.0, 0.5, 1.0]),
)  # fmt: skip
@example([",\x1f?"], False, "00嗎", 0.0)  # a separator between punctuation is no answer
def test_any_documents_any_question_any_reader(
    texts: list[str], markdown: bool, question: str, threshold: float
) -> None:
    made, sources = corpus(texts, markdown)
    assume(made)
    ask(wild(made, Settings(threshold=threshold)), question, sources)


@cases(400)
@given(documents(), questions, st.data())
def test_reading_any_sections(text: str, question: str, data: st.DataObject) -> None:
    made, sources = corpus([text])
    assume(made)
    pipeline = wild(made)
    positions = data.draw(st.lists(st.integers(0, len(pipeline.sections) - 1), max_size=4))
    try:
        answer = pipeline.read(question, positions)
    except QuestionError:
        return
    check_promises(pipeline, answer, question, sources)


@cases(1500)
@given(documents(), questions, st.data())
def test_citing_any_stretch(text: str, question: str, data: st.DataObject) -> None:
    made, sources = corpus([text])
    assume(made)
    pipeline = wild(made)
    position = data.draw(st.integers(0, len(pipeline.sections) - 1))
    section = pipeline.sections[position].text
    assume(section)
    start, end = spans.within_line(section, *_stretch(section, data))
    assume(section[start:end].strip())
    start, end = spans.complete_figure(section, *spans.trim(section, start, end))
    try:
        asked = parse_question(question, 500)
    except QuestionError:
        asked = parse_question("為什麼？ why", 500)
    citation = pipeline.cite(asked, Found(0, position, start, end, 0.0, 0.0))
    answer = Answer(question, True, citation.answer, 0.5, (citation,))
    check_promises(pipeline, answer, question, sources)


def _stretch(text: str, data: st.DataObject) -> tuple[int, int]:
    start = data.draw(st.integers(0, len(text) - 1))
    return start, data.draw(st.integers(start + 1, len(text)))


@cases(2500)
@given(documents(), st.data())
def test_any_stretch_is_trimmed_and_quoted_within_its_line(text: str, data: st.DataObject) -> None:
    assume(text)
    start, end = _stretch(text, data)
    a, b = spans.within_line(text, start, end)
    assert start <= a <= b <= end and "\n" not in text[a:b]
    assume(a < b)
    a, b = spans.trim(text, a, b)
    assert a < b and "\n" not in text[a:b]
    a, b = spans.complete_figure(text, a, b)
    assert a < b and "\n" not in text[a:b]
    for around in (spans.quote_around, spans.sentence_around, spans.clause_around):
        first, last = around(text, a, b)
        assert 0 <= first < last <= len(text) and "\n" not in text[first:last]
        if around is not spans.clause_around:  # which may leave out punctuation at the edges
            assert first <= a and b <= last


@cases(3000)
@given(st.one_of(questions, st.text(characters, max_size=600)))
def test_any_question_is_understood_or_refused_in_one_sentence(text: str) -> None:
    try:
        question = parse_question(text, 500)
    except QuestionError as error:
        assert "\n" not in str(error)
        assert len(text) > 500 or not any(c.isalnum() and c.isprintable() for c in text)
        return
    assert question.text.isprintable() and len(question.folded) >= 1
    assert not any("\ud800" <= c <= "\udfff" for c in question.text)
    assert isinstance(question.yes_no, bool) and isinstance(question.explanation, bool)


LONG = [
    ("甲", 1_000_000), ("a", 1_000_000), ("a ", 500_000), ("甲，", 500_000), ("甲。", 300_000),
    ("「", 1_000_000), ("（甲", 500_000), ("1.", 500_000), ("1\n", 300_000), ("e\u0301", 500_000),
    ("👩\u200d👧", 300_000), ("שלום ", 200_000), ("Mr. ", 250_000), ("# a\n", 100_000),
    ("一、甲\n", 100_000), ("\u202e", 1_000_000), ("\ud800", 300_000), (" \t", 500_000), ("...", 300_000),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "times"), LONG, ids=[repr(unit) for unit, _ in LONG])
def test_a_megabyte(unit: str, times: int) -> None:
    """In seconds: what took quadratic time would take hours. Sections and quotes stay verbatim."""
    text = unit * times
    for markdown in (False, True):
        made, sources = corpus([text], markdown)
        if not made:
            continue
        sections = made[0].sections
        longest = max(range(len(sections)), key=lambda i: len(sections[i].text))
        if not sections[longest].text:
            continue
        pipeline = _of_one_section(sections[longest])
        length = len(sections[longest].text)
        a, b = spans.within_line(sections[longest].text, length // 2, min(length, length // 2 + 40))
        if a < b:
            for asked in ("who?", "why?"):
                citation = pipeline.cite(parse_question(asked, 500), Found(0, 0, a, b, 0.0, 0.0))
                answer = Answer(asked, True, citation.answer, 0.5, (citation,))
                check_promises(pipeline, answer, asked, sources)


def _of_one_section(section: Section) -> Pipeline:
    """A pipeline that cites the section; what it would retrieve is of no matter here."""
    pipeline = wild(corpus(["x"])[0])
    pipeline.index = type(pipeline.index)(
        **(vars(pipeline.index) | {"sections": (section,)})  # the dataclass has no slots
    )
    return pipeline


# ---- with the real models ----------------------------------------------------------------------

CORPORA = {
    "numbered": ["1 蘋果\n\n蘋果是紅色的，有3.5億個。\n\n2 梨\n\n梨是綠色的！\n▲圖：梨與蘋果", "1. A\nx is 5.\n2. B\ny."],
    "scripts": ["שלום לכולם, ٣٫٥ مليون\n\nนี่คือข้อความ\n\ne\u0301\u0323 naïve Z\u0351\u036b👩\u200d👩\u200d👧 🇭🇰"],
    "rubbish": ["\ud800\udc00 \x1b[31m\u202e" + "甲" * 3000 + "\n\n\ufeff\u200b\x07", "\x85".join("abc")],
    "long": ["他說" * 9000 + "。\n\n" + "word " * 9000, "# T\n## 1. A\n" + "3.14 " * 50],
}  # fmt: skip


@pytest.fixture(scope="module")
def real(encoder: Encoder, reader: Reader) -> dict[str, tuple[Pipeline, dict[str, str]]]:
    made = {}
    for name, texts in CORPORA.items():
        parsed, sources = corpus(texts, markdown=name == "long")
        index = index_documents(parsed, encoder)
        made[name] = Pipeline(index, encoder, reader, ANSWERS_ALL), sources
    return made


@pytest.mark.parametrize("name", CORPORA)
def test_the_real_models(name: str, real: dict[str, tuple[Pipeline, dict[str, str]]]) -> None:
    pipeline, sources = real[name]

    @cases(60)
    @given(questions)
    def any_question(question: str) -> None:
        ask(pipeline, question, sources)

    any_question()


@cases(40)
@given(st.lists(documents(6), min_size=1, max_size=2), st.one_of(questions, fragments))
def test_the_real_models_over_any_documents(
    encoder: Encoder, reader: Reader, texts: list[str], question: str
) -> None:
    made, sources = corpus(texts)
    assume(made)
    pipeline = Pipeline(index_documents(made, encoder), encoder, reader, ANSWERS_ALL)
    ask(pipeline, question, sources)
