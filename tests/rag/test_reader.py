import numpy as np

from index.default_model import default_model_folder
from rag.reader import Reader, _best_spans
from rag.reader_inputs import ReaderInput, reader_input, reader_tokenizer


def test_offsets_point_into_the_text_and_never_into_the_heading() -> None:
    tokenizer = reader_tokenizer(default_model_folder())
    text = "路易斯委員會在1947年初成立，8.90%。\nIn 2014, too."
    features = reader_input(tokenizer, "何時成立？", "標題 Heading", text)
    pieces = [text[a:b] for a, b in features.offsets]
    assert "".join(pieces) == "".join(text.split())
    assert {"1947", "年", "在"} <= set(pieces)  # units and particles are tokens of their own
    assert features.first + len(features.offsets) + 1 == len(features.ids)


def test_the_best_spans_do_not_overlap_and_are_scored_against_no_answer() -> None:
    features = ReaderInput((0, 9, 2, 2, 5, 6, 7, 2), 4, ((0, 1), (1, 2), (2, 3)))
    start = np.array([1.0, 0, 0, 0, 3.0, 0.0, 2.0, 9.0])
    end = np.array([1.0, 0, 0, 0, 0.0, 3.0, 1.0, 9.0])
    spans = _best_spans(features, start, end, 3)
    assert [(s.start, s.end, s.score) for s in spans] == [(0, 2, 4.0), (2, 3, 1.0)]


def test_an_empty_text_has_no_span(reader: Reader) -> None:
    assert reader.read("誰？", [("標題", ""), ("", "王小明是校長。")])[0] == []


def test_reading_together_is_reading_alone(reader: Reader) -> None:
    passages = [
        ("", "王小明是這所學校的校長。"),
        ("標題", "學校在1990年成立，現有五百名學生。" * 4),
    ]
    together = reader.read("誰是校長？", passages)
    alone = [reader.read("誰是校長？", [passage])[0] for passage in passages]
    for one, other in zip(together, alone, strict=True):
        assert [(s.start, s.end) for s in one] == [(s.start, s.end) for s in other]
        assert abs(one[0].score - other[0].score) < 0.5  # bfloat16, padded differently
