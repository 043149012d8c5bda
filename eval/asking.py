"""Put questions to the engine and keep all it says, question by question, in a journal.

What is kept is what was said and not how it scores, so a run that was interrupted goes on where it
stood, and the scoring can be read apart from the asking.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.bm25 import Bm25
from eval.engine import STAGES, Engine
from eval.errors import EvalError
from eval.ranking import Place, places

if TYPE_CHECKING:
    from rag.answer import Answer, Citation, Hit

Said = dict[str, Any]
"""What the engine said to one question, as JSON holds it: see ``Asker.ask``."""

ROWS = ("bm25", "dense", "+ lexical", "+ late", "+ read")
"""The rows of the ablation: the baseline, then the engine with one stage more each; last, whole."""
WHOLE = ROWS[-1]
# Enough for recall@5, the deepest figure.
DEPTH = 5
_SNIPPET = 80


class Asker:
    """Asks one engine.

    ``ablation``: ask each row of ROWS and not only the whole system.
    """

    def __init__(self, engine: Engine, ablation: bool) -> None:
        self._engine = engine
        self._ablation = ablation
        self._bm25 = Bm25(engine.sections)
        self._position = {(s.document, s.number): i for i, s in enumerate(engine.sections)}

    def ask(self, question: str) -> Said:
        """All that the engine says to a question.

        - ``answer``: the answer (``Answer.to_dict()``, without the question);
        - ``forced``: where it abstains, the answer that it would have given, read from the
          sections that it names as the closest ("" when it names none); else None;
        - ``stages``: each stage's best hits (document, section, score, text), ``seconds``: each
          stage's time and ``total``, as a caller waits for it;
        - ``rows``: each row of the ablation: the ranked sections and the answer;
        - ``error``: why the engine refused the question altogether, else None.
        """
        from rag import QuestionError

        begun = time.perf_counter()
        try:
            trace = self._engine.trace(question)
        except QuestionError as error:
            nothing = {"answered": False, "answer": "", "confidence": 0.0, "citations": []}
            empty = {"ranked": [], **nothing}
            return {
                "answer": nothing,
                "forced": "",
                "stages": {},
                "seconds": {"total": time.perf_counter() - begun},
                "rows": dict.fromkeys(ROWS if self._ablation else (WHOLE,), empty),
                "error": str(error),
            }
        total = time.perf_counter() - begun
        rows = {}
        if self._ablation:
            rows["bm25"] = self._ask_bm25(question)
            for count, row in enumerate(ROWS[1:-1], 1):
                part = self._engine.trace(question, stages=STAGES[:count])
                rows[row] = _row(part.answer, part.stages)
        rows[WHOLE] = _row(trace.answer, trace.stages)
        return {
            "answer": _answer(trace.answer),
            "forced": None if trace.answer.answered else self._forced(trace.answer),
            "stages": {
                name: [self._hit(hit) for hit in hits[:DEPTH]]
                for name, hits in trace.stages.items()
            },
            "seconds": {**trace.seconds, "total": total},
            "rows": rows,
            "error": None,
        }

    def read(self, question: str, places: Sequence[Place]) -> str:
        """The answer with the right sections given: the upper bound of retrieval."""
        return self._engine.read(question, [self._position[place] for place in places]).answer

    def _forced(self, answer: Answer) -> str:
        closest = list(
            dict.fromkeys(self._position[c.document, c.section] for c in answer.citations)
        )
        return self._engine.read(answer.question, closest).answer if closest else ""

    def _ask_bm25(self, question: str) -> dict[str, Any]:
        match = self._bm25.find(question, DEPTH)
        sections = [self._engine.sections[position] for position in match.sections]
        best = sections[0]
        text = best.text[match.start : match.end]
        citation = {"document": best.document, "section": best.number, "answer": text}
        return {
            "ranked": [[section.document, section.number] for section in sections],
            "answered": True,
            "answer": text,
            "confidence": 0.0,
            "citations": [citation],
        }

    def _hit(self, hit: Hit) -> dict[str, Any]:
        text = self._engine.sections[self._position[hit.document, hit.section]].text
        passage = text[hit.start : hit.end]
        return {
            "document": hit.document,
            "section": hit.section,
            "score": hit.score,
            "text": passage[:_SNIPPET] + ("…" if len(passage) > _SNIPPET else ""),
        }


def _answer(answer: Answer) -> dict[str, Any]:
    value = answer.to_dict()
    del value["question"]
    return value


def _row(answer: Answer, stages: Mapping[str, Sequence[Hit]]) -> dict[str, Any]:
    """What a row's scores need: the ranked sections and the answer.

    The ranking is the last stage's, followed by what the stage before ranked and it did not take
    up. Where no stage ran (a question that names its section) it is that of the citations.
    """
    hits: Sequence[Hit | Citation] = answer.citations
    if stages:
        hits = [hit for found in reversed([*stages.values()][-2:]) for hit in found]
    ranked = places((hit.document, hit.section) for hit in hits)
    return {
        "ranked": [list(place) for place in ranked[:DEPTH]],
        "answered": answer.answered,
        "answer": answer.answer,
        "confidence": answer.confidence,
        "citations": [
            {"document": c.document, "section": c.section, "answer": c.answer}
            for c in answer.citations
        ],
    }


class Journal:
    """A file of what was said so far, a line a question, beneath a line that names the run.

    Opening it for the same run reads back what is there; for any other run it begins anew.
    """

    def __init__(self, path: Path, run: Mapping[str, str]) -> None:
        self._path = path
        self._said: dict[str, Said] = {}
        self._read_back(dict(run))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Written anew from what was read: a line that was cut short is gone. By way of a
            # draft, so that a kill in the middle loses nothing.
            draft = path.with_suffix(".draft")
            with draft.open("w", encoding="utf-8") as file:
                file.write(json.dumps({"run": dict(run)}) + "\n")
                for question, said in self._said.items():
                    file.write(_line(question, said))
            draft.replace(path)
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise EvalError(f"{path} cannot be written: {error.strerror}.") from error

    def _read_back(self, run: dict[str, str]) -> None:
        try:
            lines = self._path.read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            return
        for position, line in enumerate(lines):
            try:
                value = json.loads(line)
            except json.JSONDecodeError:
                return
            if position == 0 and value != {"run": run}:
                return
            if position:
                self._said[value["id"]] = value["said"]

    def __contains__(self, question: str) -> bool:
        return question in self._said

    def __getitem__(self, question: str) -> Said:
        return self._said[question]

    def __len__(self) -> int:
        return len(self._said)

    def add(self, question: str, said: Said) -> None:
        """Keep what was said; it outlives a kill of the process."""
        self._file.write(_line(question, said))
        self._file.flush()
        self._said[question] = said

    def close(self, finished: bool) -> None:
        """A finished run leaves no journal, so that the next one asks again."""
        self._file.close()
        if finished:
            self._path.unlink(missing_ok=True)


def _line(question: str, said: Said) -> str:
    # As ASCII: a text that no encoding holds (a lone surrogate) is kept as well.
    return json.dumps({"id": question, "said": said}) + "\n"


def progress(ids: Sequence[str], label: str) -> Iterator[str]:
    """The ids one by one, with a bar on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield from bar.track(ids, description=label)
