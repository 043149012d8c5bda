"""The baseline that every later stage has to beat: plain BM25, no vectors, no reader.

The best section by BM25 over whole sections, and its best sentence by BM25 over sentences. It
shares no code with the system's own lexical stage, and it never abstains.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.folding import fold
from index.sections import Section
from index.sentences import sentences

# Han, kana and hangul in overlapping pairs (no word lists needed); other words and figures whole.
_UNITS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+|[^\W\u2e80-\u9fff]+")


def tokens(text: str) -> list[str]:
    """Character pairs of CJK runs (a run of one character is itself) and lower-case words."""
    found: list[str] = []
    for unit in _UNITS.findall(fold(text).casefold()):
        if len(unit) > 1 and unit[0] >= "\u2e80":
            found += [unit[i : i + 2] for i in range(len(unit) - 1)]
        else:
            found.append(unit)
    return found


@dataclass(frozen=True, slots=True)
class Match:
    """The ranked sections (positions, best first) and the sentence of the best one."""

    sections: tuple[int, ...]
    start: int
    end: int


class Bm25:
    """Lucene's BM25 (k1 = 1.5, b = 0.75) by bm25s."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._spans = [sentences(section.text) or [(0, 0)] for section in sections]
        self._first = [0]
        for spans in self._spans:
            self._first.append(self._first[-1] + len(spans))
        # Headings count as text of their section, as they do for a reader who looks for it.
        self._by_section = _Scorer([f"{s.heading}\n{s.text}" for s in sections])
        self._by_sentence = _Scorer(
            [
                section.text[start:end]
                for section, spans in zip(sections, self._spans, strict=True)
                for start, end in spans
            ]
        )

    def find(self, question: str, count: int) -> Match:
        """The ``count`` best sections and the best sentence; the earlier wins a tie."""
        wanted = tokens(question)
        scores = self._by_section.scores(wanted)
        ranked = sorted(range(len(scores)), key=lambda position: (-scores[position], position))
        best = ranked[0]
        of_sentences = self._by_sentence.scores(wanted)[self._first[best] : self._first[best + 1]]
        start, end = self._spans[best][max(range(len(of_sentences)), key=of_sentences.__getitem__)]
        return Match(tuple(ranked[:count]), start, end)


class _Scorer:
    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        self._size = len(texts)
        corpus = [tokens(text) for text in texts]
        self._known = {token for text in corpus for token in text}
        self._bm25 = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        if self._known:
            self._bm25.index(corpus, show_progress=False)

    def scores(self, wanted: Sequence[str]) -> list[float]:
        known = [token for token in wanted if token in self._known]
        if not known:
            return [0.0] * self._size
        return [float(score) for score in self._bm25.get_scores(known)]
