"""The span reader: where in a passage the answer stands, and how sure that it stands there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.default_model import load_tensors
from index.network import Network
from rag.adapters import ADAPTERS, merged
from rag.reader_inputs import ReaderInput, reader_input, reader_tokenizer

MAX_ANSWER_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch ``text[start:end]`` of a passage, never empty.

    ``score`` is the log-odds of this span against «no answer in this passage», so the spans of
    different passages are on one scale: a softmax within each passage would make the best span of
    a passage without an answer look as good as that of the right one (Clark and Gardner 2018,
    arXiv:1710.10723).
    """

    start: int
    end: int
    score: float


class Reader:
    """The default encoder with the trained adapters. Raises ModelError where they are missing."""

    def __init__(self, model_folder: Path, adapters: Path = ADAPTERS) -> None:
        self._tokenizer = reader_tokenizer(model_folder)
        encoder, config = load_tensors(model_folder)
        weights = merged(encoder, adapters)
        self._network = Network(weights.tensors, config, weights.head, weights.ranges)

    def read(
        self, question: str, passages: Sequence[tuple[str, str]], best: int = 1
    ) -> list[list[Span]]:
        """The best spans of each ``(heading, text)``, best first; none for an empty text.

        Spans of one passage do not overlap. A text is read up to the encoder's 512 tokens.
        """
        inputs = [reader_input(self._tokenizer, question, *passage) for passage in passages]
        logits = self._network([features.ids for features in inputs])
        return [
            _best_spans(features, scores[:, 0], scores[:, 1], best)
            for features, scores in zip(inputs, logits, strict=True)
        ]


def _best_spans(
    features: ReaderInput, starts: np.ndarray, ends: np.ndarray, best: int
) -> list[Span]:
    offsets = np.array(features.offsets, np.int64).reshape(-1, 2)
    inside = slice(features.first, features.first + len(offsets))
    # A token that is only a space can neither begin nor end an answer.
    blank = offsets[:, 0] >= offsets[:, 1]
    start = np.where(blank, -np.inf, starts[inside])
    end = np.where(blank, -np.inf, ends[inside])
    scores = start[:, None] + end[None, :] - (starts[0] + ends[0])
    length = np.arange(len(offsets))[None, :] - np.arange(len(offsets))[:, None]
    scores[(length < 0) | (length >= MAX_ANSWER_TOKENS)] = -np.inf
    spans: list[Span] = []
    while len(spans) < best and scores.size and np.isfinite(scores.max()):
        i, j = np.unravel_index(scores.argmax(), scores.shape)
        spans.append(Span(int(offsets[i, 0]), int(offsets[j, 1]), float(scores[i, j])))
        scores[: j + 1, i:] = -np.inf
    return spans
