"""How search grows with the corpus, among vectors made at random from the real ones."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from eval.bench.timing import figures
from index.store import EXACT, vector_index

SEED = 20241231
DEPTH = 10
# Of the noise in each number: two vectors of one neighbourhood have a cosine of about 0.96, as
# two sentences of one section have.
NOISE = 0.01
_CHUNK = 100_000

Floats = npt.NDArray[np.float32]


def vectors_like(real: Floats, count: int) -> Floats:
    """``count`` unit vectors, each a real one moved by half the difference of two others.

    They keep the real ones' directions of variation, which is what search depends on.
    """
    random = np.random.default_rng(SEED)
    made = np.empty((count, real.shape[1]), np.float32)
    for start in range(0, count, _CHUNK):
        part = made[start : start + _CHUNK]
        base, plus, minus = random.integers(0, len(real), (3, len(part)))
        part[:] = real[base] + 0.5 * (real[plus] - real[minus])
        part += NOISE * random.standard_normal(part.shape, np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return made


def search_growth(
    real: Floats, questions: Floats, sizes: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """For each size: the index's kind, its time to build, its bytes, a search's time, recall@10.

    Recall is the share of the exact search's ten best that are among the ten found.
    """
    for size in sizes:
        vectors = vectors_like(real, size)
        begun = time.perf_counter()
        index = vector_index(vectors)
        built = time.perf_counter() - begun
        exact = faiss.IndexFlatIP(vectors.shape[1])
        exact.add(vectors)
        _, truth = exact.search(questions, DEPTH)
        index.search(questions[:1], DEPTH)
        seconds, shared = [], 0
        for question, best in zip(questions, truth, strict=True):
            begun = time.perf_counter()
            _, found = index.search(question[None], DEPTH)
            seconds.append(time.perf_counter() - begun)
            shared += len(set(found[0].tolist()) & set(best.tolist()))
        yield {
            "passages": size,
            "kind": "exact" if size <= EXACT else "inverted file, fp16",
            "build_seconds": built,
            "bytes": len(faiss.serialize_index(index)),
            "recall": shared / truth.size,
            **figures(np.array(seconds)),
        }
