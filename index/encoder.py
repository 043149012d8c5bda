"""Text → vectors: one for the whole, and one for each token (late interaction needs those)."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index import default_model
from index.errors import ModelError
from index.folding import fold
from index.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_TOKENS = 4096  # of a forward pass; texts of about one length go together

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoding:
    """``vector`` (dimension,) and ``tokens`` (tokens, dimension), all of length one.

    ``offsets`` (tokens, 2) are the tokens' character offsets in the text. The prompt's tokens and
    the special ones are left out of both.
    """

    vector: Floats
    tokens: Floats
    offsets: npt.NDArray[np.int32]


def model_fingerprint(name: str) -> str | None:
    """What identifies a model's weights without loading it: known for the default model only."""
    if name == DEFAULT_MODEL:
        return f"{default_model.SHA256}-{default_model.LAYOUT}"
    return None


def inference_precision() -> AbstractContextManager[None]:
    """bfloat16 products where the processor has them, float32 where it has not."""
    import torch

    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return torch.autocast("cpu", torch.bfloat16)
    return nullcontext()


class Encoder:
    """A sentence-transformers model, by name, folder or «default». Raises ModelError."""

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self.model = _load(name)
        self.fingerprint = model_fingerprint(name) or _hash_weights(self.model)
        # E5 and its like were trained with prefixes, which their configuration names.
        prompts = self.model.prompts
        self._query_prompt = prompts.get("query") or ""
        self._passage_prompt = prompts.get("passage") or prompts.get("document") or ""

    @property
    def dimension(self) -> int:
        return int(self.model.get_embedding_dimension() or 0)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, without special ones."""
        folded = [fold(text) for text in texts]
        encoded = self.model.tokenizer(folded, add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_question(self, question: str) -> Encoding:
        return self._encode([question], self._query_prompt)[0]

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
            encodings = self._encode([texts[i] for i in batch], self._passage_prompt)
            done.update(zip(batch, encodings, strict=True))
            progress(len(batch))
        return [done[i] for i in range(len(texts))]

    def _encode(self, texts: Sequence[str], prompt: str) -> list[Encoding]:
        import torch

        features = self.model.tokenizer(
            [prompt + fold(text) for text in texts],
            padding=True,
            truncation=True,
            max_length=self.model.max_seq_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        offsets = features.pop("offset_mapping").numpy() - len(prompt)
        special = features.pop("special_tokens_mask").numpy().astype(bool)
        with torch.inference_mode(), inference_precision():
            output = self.model(dict(features))
        vectors = torch.nn.functional.normalize(output["sentence_embedding"].float(), dim=-1)
        states = torch.nn.functional.normalize(output["token_embeddings"].float(), dim=-1)
        encodings = []
        for row, text in enumerate(texts):
            kept = ~special[row] & (offsets[row, :, 1] > 0)
            encodings.append(
                Encoding(
                    vectors[row].numpy(),
                    states[row].numpy()[kept],
                    np.clip(offsets[row][kept], 0, len(text)).astype(np.int32),
                )
            )
        return encodings


def _load(name: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = str(default_model.default_model_folder()) if name == DEFAULT_MODEL else name
    try:
        model = SentenceTransformer(folder, device="cpu")
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
