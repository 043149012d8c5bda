"""Retrieval in stages: each takes a question and passages and gives every passage a score.

dense     cosine of question and passage vectors, by FAISS, over all passages: the candidates
lexical   BM25 over all passages: the rest of the candidates
late      late interaction over token vectors, for the candidates
fused     a weighted sum of the three
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.encoder import Encoding
from index.store import Index
from rag.lexical import LexicalIndex

CANDIDATES = 50  # from FAISS, and as many from BM25

# Late interaction is the strongest evidence of the three, exact words come next, and the pooled
# vector adds least: chosen on articles that no part of the system is trained on.
WEIGHTS = {"dense": 0.25, "lexical": 0.5, "late": 2.0}

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Candidates:
    """The candidate passages, best first, and their scores by stage, (candidates,) each."""

    passages: npt.NDArray[np.int64]
    scores: dict[str, Floats]

    def ranked(self, stage: str) -> tuple[npt.NDArray[np.int64], Floats]:
        order = np.argsort(-self.scores[stage], kind="stable")
        return self.passages[order], self.scores[stage][order]


def max_similarity(question: Floats, tokens: Floats) -> Floats:
    """For each token of the question, its best cosine with a passage's token (ColBERT's MaxSim;
    Khattab and Zaharia 2020, arXiv:2004.12832). Zeros for a passage without tokens.
    """
    if len(tokens) == 0:
        return np.zeros(len(question), np.float32)
    best: Floats = (question @ tokens.T).max(axis=1)
    return best


def late_interaction(question: Encoding, index: Index, passages: npt.NDArray[np.int64]) -> Floats:
    """Mean MaxSim of each passage, (passages,).

    The mean and not ColBERT's sum, so that long and short questions are on one scale.
    """
    tv = index.token_vectors
    first, last = tv.bounds[passages], tv.bounds[passages + 1]
    scores = np.zeros(len(passages), np.float32)
    filled = np.flatnonzero(last > first)
    if len(question.tokens) == 0 or len(filled) == 0:
        return scores
    spans = [slice(a, b) for a, b in zip(first[filled], last[filled], strict=True)]
    # One product over all passages' tokens; the scales, one a token, are cheaper after it.
    tokens = np.concatenate([tv.tokens[span] for span in spans]).astype(np.float32)
    scales = np.concatenate([tv.scales[span] for span in spans]).astype(np.float32)
    similarity = (question.tokens @ tokens.T) * scales
    starts = np.cumsum([0, *(last - first)[filled][:-1]])
    scores[filled] = np.maximum.reduceat(similarity, starts, axis=1).mean(axis=0)
    return scores


def highest(scores: Floats, count: int) -> npt.NDArray[np.int64]:
    """The positions of the ``count`` highest scores, best first, and of equal ones the first."""
    if count < len(scores):
        least = np.partition(scores, -count)[-count]
        above, equal = np.flatnonzero(scores > least), np.flatnonzero(scores == least)
        kept = np.concatenate([above, equal[: count - len(above)]])
    else:
        kept = np.arange(len(scores))
    best: npt.NDArray[np.int64] = kept[np.argsort(-scores[kept], kind="stable")]
    return best


def standardise(scores: Floats) -> Floats:
    """Mean 0 and deviation 1 over the candidates: stages of different scales become addable."""
    spread = scores.std()
    centred: Floats = scores - scores.mean()
    return centred / spread if spread > 0 else centred


def retrieve(
    question: str,
    encoding: Encoding,
    index: Index,
    lexical: LexicalIndex,
    stages: Collection[str] = ("dense", "lexical", "late"),
) -> Candidates:
    """Candidates by the stages named, with their scores and the fused one."""
    count = len(index.passages)
    wanted = min(CANDIDATES, count)
    chosen: dict[int, None] = {}
    words = lexical.scores(question) if "lexical" in stages else None
    if "dense" in stages or "late" in stages:
        _, found = index.vectors.search(encoding.vector[None], wanted)
        chosen |= dict.fromkeys(found[0].tolist())
    if words is not None:
        best = highest(words, wanted)
        chosen |= dict.fromkeys(best[words[best] > 0].tolist() or best.tolist())
    passages = np.array(sorted(chosen), np.int64)
    scores: dict[str, Floats] = {}
    if "dense" in stages:
        scores["dense"] = index.vectors.reconstruct_batch(passages) @ encoding.vector
    if words is not None:
        scores["lexical"] = words[passages]
    if "late" in stages:
        scores["late"] = late_interaction(encoding, index, passages)
    fused = sum(
        (WEIGHTS[stage] * standardise(values) for stage, values in scores.items()),
        np.zeros(len(passages), np.float32),
    )
    order = np.argsort(-fused, kind="stable")
    ranked = {stage: values[order] for stage, values in scores.items()} | {"fused": fused[order]}
    return Candidates(passages[order], ranked)
