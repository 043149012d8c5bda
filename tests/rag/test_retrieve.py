import numpy as np

from index.encoder import Encoder
from rag.lexical import LexicalIndex, terms
from rag.pipeline import Pipeline
from rag.retrieve import max_similarity, retrieve, standardise


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
