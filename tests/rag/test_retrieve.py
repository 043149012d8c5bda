from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
from hypothesis import given
from hypothesis.strategies import integers, lists

from index.encoder import Encoder, Encoding
from index.store import Index, quantise
from rag.lexical import LexicalIndex, terms
from rag.pipeline import Pipeline
from rag.retrieve import highest, late_interaction, max_similarity, retrieve, standardise


def test_terms_are_pairs_words_and_figures_in_one_script() -> None:
    assert terms("智方便 InnoHK 1.11%") == terms("智方便　innohk 1.11%")
    assert terms("創科基金") == terms("创科基金") == ["创科", "科基", "基金"]
    assert {"innohk", "3.1", "m"} <= set(terms("InnoHK 3.1M"))


def test_lexical_scores_and_coverage() -> None:
    index = LexicalIndex(["蘋果是紅色", "梨是綠色", "貓"])
    assert index.scores("蘋果").argmax() == 0
    assert not index.scores("zebra").any()
    assert index.coverage("蘋果", 0) == 1.0 and index.coverage("蘋果", 1) == 0.0


def test_max_similarity_by_hand() -> None:
    question = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    tokens = np.array([[0.6, 0.8], [1.0, 0.0]], np.float32)
    assert np.allclose(max_similarity(question, tokens), [1.0, 0.8])
    assert not max_similarity(question, tokens[:0]).any()


def test_late_interaction_is_the_mean_of_max_similarity() -> None:
    random = np.random.default_rng(0)
    counts = [3, 0, 5, 1, 0]
    encodings = [
        Encoding(np.zeros(8, np.float32), tokens, np.zeros((len(tokens), 2), np.int32))
        for tokens in (random.standard_normal((n, 8), np.float32) for n in counts)
    ]
    index = SimpleNamespace(token_vectors=quantise(encodings, 8))
    question = replace(encodings[0], tokens=random.standard_normal((4, 8), np.float32))
    passages = np.array([4, 2, 0, 1, 3])
    expected = [max_similarity(question.tokens, index.token_vectors.of(p)).mean() for p in passages]
    found = late_interaction(question, cast(Index, index), passages)
    assert np.allclose(found, expected, atol=1e-5)
    assert not late_interaction(question, cast(Index, index), np.array([1, 4])).any()


@given(lists(integers(0, 5), min_size=1, max_size=30), integers(1, 35))
def test_the_highest_scores_are_those_of_a_stable_sort(values: list[int], count: int) -> None:
    scores = np.array(values, np.float32)
    assert highest(scores, count).tolist() == np.argsort(-scores, kind="stable")[:count].tolist()


def test_standardise_of_equal_scores_is_zero() -> None:
    assert not standardise(np.ones(3, np.float32)).any()


def test_each_stage_finds_the_section(pipeline: Pipeline, encoder: Encoder) -> None:
    question = "數碼港人工智能超算中心首階段何時投入服務？"
    encoding = encoder.encode_question(question)
    lexical = LexicalIndex([pipeline.index.passage_text(p) for p in pipeline.index.passages])
    for stages in (("dense",), ("lexical",), ("late",), ("dense", "lexical", "late")):
        candidates = retrieve(question, encoding, pipeline.index, lexical, stages)
        best = pipeline.index.passages[int(candidates.passages[0])]
        assert pipeline.sections[best.section].number in (0, 3), stages
