"""The form of an answer: what a person reads, a program parses and an evaluator scores."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a fact stands: ``section_text[start:end] == quote`` and ``answer in quote``.

    When the system abstains, ``answer`` is empty and the citation only says what to read.
    """

    document: str
    section: int
    heading: str
    answer: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or an abstention (``answered`` false, ``answer`` empty).

    ``confidence`` is the calibrated probability that the answer is right; when abstaining, that
    the documents hold an answer. ``citations`` stand in order of support.
    """

    question: str
    answered: bool
    answer: str
    confidence: float
    citations: tuple[Citation, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"citations": [asdict(c) for c in self.citations]}


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage at one stage: its section, its offsets in the section's text, its score there."""

    document: str
    section: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about.

    ``stages`` maps a stage's name (``dense``, ``lexical``, ``late``, ``fused``, ``read``, in the
    order in which they ran) to its best hits, best first; ``seconds`` maps it to its wall time.
    """

    answer: Answer
    stages: dict[str, tuple[Hit, ...]]
    seconds: dict[str, float]
