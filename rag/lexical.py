"""Lexical evidence: BM25 over characters in pairs and over whole words and figures."""

import math
import re
from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
import numpy.typing as npt

from index.folding import fold

# Words and figures of the Latin kind stay whole (InnoHK, 1.11%, 3.1M); Chinese, which puts no
# spaces between words, is taken in overlapping pairs of characters.
_RUNS = re.compile(r"[a-z]+[a-z0-9+\-]*|\d+(?:[.,]\d+)*|[^\W_a-z0-9]+")
_SPACED = re.compile(r"[^\W\d_\u2e80-\uffff]+")


def terms(text: str) -> list[str]:
    """The terms of a text after folding: scripts made one, case made one."""
    found: list[str] = []
    for run in _RUNS.findall(fold(text).lower()):
        if run[0].isascii() or _SPACED.fullmatch(run) or len(run) == 1:
            found.append(run)
        else:
            found += [run[i : i + 2] for i in range(len(run) - 1)]
    return found


class LexicalIndex:
    """BM25 (Robertson's, k1 = 1.5, b = 0.75, through bm25s) over texts held in memory."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        corpus = [terms(text) or [""] for text in texts]
        self._bm25 = bm25s.BM25(method="robertson")
        self._bm25.index(corpus, show_progress=False)
        self._terms = [frozenset(words) for words in corpus]
        self._frequency = Counter(word for words in self._terms for word in words)

    def scores(self, question: str) -> npt.NDArray[np.float32]:
        """The score of every text, shape (texts,); zero where no term is shared."""
        known = [t for t in terms(question) if t in self._bm25.vocab_dict]
        if not known:
            return np.zeros(self._size, np.float32)
        return np.asarray(self._bm25.get_scores(known), np.float32)

    def coverage(self, question: str, text: int) -> float:
        """The share of the question's terms that one text holds, the rare ones counting more.

        Terms weigh ``log(1 + texts / (1 + texts with the term))``; 0 for a question of no terms.
        """
        weights = {
            t: math.log(1 + self._size / (1 + self._frequency[t])) for t in set(terms(question))
        }
        total = sum(weights.values())
        return (
            sum(w for t, w in weights.items() if t in self._terms[text]) / total if total else 0.0
        )
