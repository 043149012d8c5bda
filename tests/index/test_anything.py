"""What parsing, cutting and folding promise of any text at all, and of any bytes."""

import itertools
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import decode, read_document
from index.errors import CorpusError
from index.folding import fold
from index.parsing import parse_sections
from index.passages import cut_passages
from index.sentences import MAX_SENTENCE, clauses, sentences
from tests.anything import cases, characters, documents, fragments


def bare(text: str) -> str:
    return "".join(text.split())


@cases(3000)
@given(documents(), st.booleans())
def test_any_text_is_parsed_verbatim(text: str, markdown: bool) -> None:
    sections = parse_sections("d", text, markdown)
    numbers = [s.number for s in sections]
    assert numbers == sorted(set(numbers)), "in order, and none twice"
    # Every character comes from the file, and no more often than it stands there.
    assert not Counter(bare("".join(s.heading + s.text for s in sections))) - Counter(text)
    whole = bare(text)
    for section in sections:
        assert section.text == section.text.strip()
        assert bare(section.heading) in whole
        for paragraph in section.text.split("\n"):
            assert paragraph.splitlines() in ([paragraph], []) and bare(paragraph) in whole
        for start, end in section.captions:
            assert 0 <= start < end <= len(section.text)
            assert "\n" not in section.text[start:end]


def test_an_item_of_number_zero_is_text() -> None:
    text = "前言。\n0. 甲\n1. 乙\n2. 丙\n0. 丁"
    assert [(s.number, s.text) for s in parse_sections("d", text)] == [
        (0, "前言。\n0. 甲"), (1, ""), (2, "0. 丁"),
    ]  # fmt: skip


@cases(2500)
@given(documents())
def test_any_text_is_cut_into_sentences_and_clauses(text: str) -> None:
    text = text.replace("\r", "\n")
    at = 0
    for start, end in sentences(text):
        assert at <= start < end <= len(text) and end - start <= MAX_SENTENCE
        assert not text[at:start].strip() and "\n" not in text[start:end]
        inside = start
        for a, b in clauses(text, start, end):
            assert inside <= a < b <= end and not text[inside:a].strip()
            inside = b
        assert not text[inside:end].strip()
        at = end
    assert not text[at:].strip()


@cases(1500)
@given(documents(), st.data())
def test_any_sections_are_cut_into_passages(text: str, data: st.DataObject) -> None:
    """Whatever a tokenizer counts, passages are runs of whole sentences, and all of them."""
    counts = st.integers(0, data.draw(st.sampled_from([0, 3, 100, 5000])))
    sections = parse_sections("d", text)
    passages = cut_passages(sections, lambda texts: [data.draw(counts) for _ in texts])
    for position, section in enumerate(sections):
        own = [p for p in passages if p.section == position]
        bounds = sentences(section.text)
        if not bounds:
            assert [(p.start, p.end) for p in own] == [(0, 0)]
            continue
        assert own[0].start == bounds[0][0] and own[-1].end == bounds[-1][1]
        assert {p.start for p in own} <= {a for a, _ in bounds}
        assert {p.end for p in own} <= {b for _, b in bounds}
        for one, following in itertools.pairwise(own):
            assert one.start < one.end <= following.start
    assert [p.section for p in passages] == sorted(p.section for p in passages)


@cases(2500)
@given(st.one_of(documents(), st.text(characters)))
def test_any_text_is_folded_in_place(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text) and fold(folded) == folded
    folded.encode("utf-8")  # no lone surrogate is left


@cases(1500)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.builds(
            lambda text, encoding, rest: text.encode(encoding, "replace") + rest,
            documents(),
            st.sampled_from(["utf-8", "utf-8-sig", "big5hkscs", "gb18030", "utf-16", "latin-1"]),
            st.sampled_from([b"", b"\0", b"\xff", b"\xe4\xb8"]),
        ),
    )
)
def test_any_bytes_are_a_document_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file: Path = tmp_path_factory.getbasetemp() / "any.txt"
    file.write_bytes(data)
    text = decode(data)
    try:
        document = read_document(file)
    except CorpusError as error:
        assert str(error).startswith("any.txt") and "\n" not in str(error)
        return
    assert text is not None
    for section in document.sections:
        assert bare(section.text.split("\n")[0]) in bare(text)


@cases(300)
@given(st.lists(st.tuples(fragments, st.integers(1, 3000)), max_size=4), st.booleans())
def test_long_lines_are_parsed_and_cut(runs: list[tuple[str, int]], markdown: bool) -> None:
    text = "".join(fragment * times for fragment, times in runs)
    for section in parse_sections("d", text, markdown):
        bounds = sentences(section.text)
        assert all(b - a <= MAX_SENTENCE for a, b in bounds)
        assert sum(len(bare(section.text[a:b])) for a, b in bounds) == len(bare(section.text))
