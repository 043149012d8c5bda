"""Builds without a model: an encoder that gives each text made-up vectors, the same every time."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from index import build
from index.encoder import Encoding, model_fingerprint
from index.settings import DEFAULT_MODEL

DIMENSION = 32


class QuickEncoder:
    """The face of ``Encoder``. A token is a character, and its vector hangs on the text alone."""

    dimension = DIMENSION

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self.fingerprint = model_fingerprint(name) or name

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def encode_question(self, question: str) -> Encoding:
        return self._encode(question)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], object] = lambda count: None
    ) -> list[Encoding]:
        progress(len(texts))
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> Encoding:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        rows = np.random.default_rng(list(digest)).normal(size=(len(text) + 1, DIMENSION))
        unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        at = np.arange(len(text), dtype=np.int32)
        return Encoding(unit[0], unit[1:], np.stack([at, at + 1], axis=1))


def use_quick_encoder() -> None:
    """Have the builds of this process use it. For processes of a test's own."""
    build.Encoder = QuickEncoder  # type: ignore[assignment, misc]
