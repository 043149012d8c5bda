"""Text → vectors: one for the whole, and one for each token (late interaction needs those).

The default model is served by OpenVINO; any other sentence-transformers model by PyTorch, which
is imported for that alone.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from index import default_model
from index.errors import ModelError
from index.folding import fold
from index.network import Network
from index.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Nats. A piece of text that is as frequent as this («the», 的, 是) says nothing of what is asked.
# With the square, chosen on articles that no part of the system is trained on: the right section
# is first by late interaction alone for 88.1% of the questions, with all tokens alike for 86.5%.
FREQUENT = 5.0
BATCH_TOKENS = 4096  # of a call to the backend; texts of about one length go together

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoding:
    """``vector`` (dimension,) and ``tokens`` (tokens, dimension), all of length one.

    ``offsets`` (tokens, 2) are the tokens' character offsets in the text. The prompt's tokens and
    the special ones are left out of both. A question's tokens are not of length one but of lengths
    whose mean is one: what says more weighs more in late interaction.
    """

    vector: Floats
    tokens: Floats
    offsets: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Output:
    """What a backend says of one text: ``vector`` (dimension,), ``states`` (tokens, dimension).

    ``offsets`` (tokens, 2), ``special`` (tokens,) true where a token stands for no text,
    ``information`` (tokens,) in nats, or None where the model does not tell.
    """

    vector: Floats
    states: Floats
    offsets: npt.NDArray[np.int64]
    special: npt.NDArray[np.bool_]
    information: Floats | None = None


class Backend(Protocol):
    """What runs a model. ``prompts`` are the prefixes of questions and of passages."""

    fingerprint: str
    dimension: int
    prompts: tuple[str, str]

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...

    def run(self, texts: Sequence[str]) -> list[Output]: ...


def model_fingerprint(name: str) -> str | None:
    """What identifies a model's weights without loading it: known for the default model only."""
    if name == DEFAULT_MODEL:
        return f"{default_model.SHA256}-{default_model.LAYOUT}"
    return None


class Encoder:
    """A sentence-transformers model, by name, folder or «default». Raises ModelError."""

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self._backend: Backend = DefaultBackend() if name == DEFAULT_MODEL else TorchBackend(name)
        self.fingerprint = self._backend.fingerprint
        self._query_prompt, self._passage_prompt = self._backend.prompts

    @property
    def dimension(self) -> int:
        return self._backend.dimension

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, without special ones."""
        return self._backend.count_tokens([fold(text) for text in texts])

    def encode_question(self, question: str) -> Encoding:
        output = self._backend.run([self._query_prompt + fold(question)])[0]
        encoding, kept = _encoding(output, self._query_prompt, question)
        if output.information is None:
            return encoding
        weights = _weights(output.information[kept])
        return replace(encoding, tokens=encoding.tokens * weights[:, None])

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], object] = lambda count: None
    ) -> list[Encoding]:
        """Encode texts in their order; ``progress`` is told how many more are done."""
        lengths = self.count_tokens(texts)
        order = sorted(range(len(texts)), key=lengths.__getitem__)
        done: dict[int, Encoding] = {}
        while order:
            size = max(1, BATCH_TOKENS // (lengths[order[-1]] + 8))
            batch, order = order[-size:], order[:-size]
            outputs = self._backend.run([self._passage_prompt + fold(texts[i]) for i in batch])
            for i, output in zip(batch, outputs, strict=True):
                done[i] = _encoding(output, self._passage_prompt, texts[i])[0]
            progress(len(batch))
        return [done[i] for i in range(len(texts))]


def _encoding(output: Output, prompt: str, text: str) -> tuple[Encoding, npt.NDArray[np.bool_]]:
    """The encoding of ``text``, and which of the output's tokens are in it."""
    offsets = output.offsets - len(prompt)
    kept = ~output.special & (offsets[:, 1] > 0)
    encoding = Encoding(
        _unit(output.vector),
        _unit(output.states[kept]),
        np.clip(offsets[kept], 0, len(text)).astype(np.int32),
    )
    return encoding, kept


def _weights(information: Floats) -> Floats:
    """How much each token of a question counts: the square of what it tells beyond FREQUENT."""
    weights: Floats = np.maximum(information - FREQUENT, 0) ** 2
    mean = weights.mean() if len(weights) else 0
    return weights / mean if mean > 0 else np.ones_like(weights)


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return unit


class DefaultBackend:
    """The default model, by OpenVINO: its tokens' states, and their mean."""

    def __init__(self) -> None:
        folder = default_model.default_model_folder()
        tensors, config = default_model.load_tensors(folder)
        self._tokenizer = default_model.load_tokenizer(folder)
        self._network = Network(tensors, config)
        self._information = default_model.load_information(folder)
        self.fingerprint = model_fingerprint(DEFAULT_MODEL) or ""
        self.dimension = int(config["hidden_size"])
        self.prompts = default_model.PROMPTS["query"], default_model.PROMPTS["passage"]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(one.ids) for one in encoded]

    def run(self, texts: Sequence[str]) -> list[Output]:
        room = self._network.max_tokens
        rows, offsets, special = [], [], []
        for one in self._tokenizer.encode_batch(list(texts)):
            # A text too long is cut before its closing token, as Transformers cuts it.
            kept = [*range(len(one.ids))]
            kept = [*kept[: room - 1], kept[-1]] if len(kept) > room else kept
            rows.append([one.ids[i] for i in kept])
            offsets.append(np.array(one.offsets, np.int64)[kept])
            special.append(np.array(one.special_tokens_mask, bool)[kept])
        states = self._network(rows)
        return [
            Output(s.mean(axis=0), s, o, m, self._information[ids])
            for s, o, m, ids in zip(states, offsets, special, rows, strict=True)
        ]


class TorchBackend:
    """Any sentence-transformers model, by PyTorch."""

    def __init__(self, name: str) -> None:
        self.model = _load(name)
        self.fingerprint = _hash_weights(self.model)
        self.dimension = int(self.model.get_embedding_dimension() or 0)
        # E5 and its like were trained with prefixes, which their configuration names.
        prompts = self.model.prompts
        passage = prompts.get("passage") or prompts.get("document") or ""
        self.prompts = prompts.get("query") or "", passage

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encoded = self.model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def run(self, texts: Sequence[str]) -> list[Output]:
        import torch

        features = self.model.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.model.max_seq_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        offsets = features.pop("offset_mapping").numpy()
        special = features.pop("special_tokens_mask").numpy().astype(bool)
        with torch.inference_mode(), _inference_precision():
            output = self.model(dict(features))
        vectors = output["sentence_embedding"].float().numpy()
        states = output["token_embeddings"].float().numpy()
        return [Output(*parts) for parts in zip(vectors, states, offsets, special, strict=True)]


def _inference_precision() -> AbstractContextManager[None]:
    """bfloat16 products where the processor has them, float32 where it has not."""
    import torch

    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return torch.autocast("cpu", torch.bfloat16)
    return nullcontext()


def _load(name: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        model = SentenceTransformer(name, device="cpu")
        model.tokenizer(["."], return_offsets_mapping=True)
    except Exception as error:  # whatever a hub, a disk or a foreign folder can raise
        raise ModelError(
            f"The model {name!r} cannot be loaded as a sentence-transformers model "
            f"({type(error).__name__}): check the name or folder, or leave --model out "
            f"for the default, {default_model.NAME}."
        ) from error
    return model.eval()


def _hash_weights(model: "SentenceTransformer") -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().float().contiguous().numpy().tobytes())
    return digest.hexdigest()
