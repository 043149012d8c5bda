"""From a question to a cited answer: retrieve, read, decide, cite."""

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Self

import numpy as np
from tqdm import tqdm

from index.build import index_documents, load_index
from index.default_model import default_model_folder
from index.encoder import Encoder, Encoding
from index.folding import fold, holds_chinese
from index.sections import Document, Section
from index.sentences import sentences
from index.store import Index, embedded_text
from rag import spans
from rag.abstain import Evidence, load_models
from rag.answer import Answer, Citation, Hit, Trace
from rag.facts import single_facts
from rag.lexical import LexicalIndex, terms
from rag.question import Question, named_by_heading, parse_question
from rag.reader import Reader
from rag.retrieve import Candidates, max_similarity, retrieve
from rag.settings import Settings

STAGES = ("dense", "lexical", "late", "read")
# At most five passages are read, of those whose retrieval score (standardised) is not far behind the
# best one's. On articles that the reader was not trained on, less than half as much is read as
# always five, for a third of a point of the right answers: eval/BENCHMARKS.md.
MOST_READ, FAR_BEHIND = 5, 3.5
SPANS = 3  # of each passage
# What a passage's standardised retrieval score adds to the log-odds of its spans: two passages
# that read alike are told apart by how well they match. The best of 0 to 4 on the same articles.
FUSION = 3.0
NO_RIVAL = 10.0  # the log-odds by which a span is ahead that has none beside it
MAX_CITATIONS = 3
TRACED = 20  # passages a stage that a trace keeps
CLOSEST = 3  # sections offered when the documents hold no answer
# A further section is cited when the reader is as sure of it as of a fact (log-odds) and nearly
# as sure as of the first.
FURTHER_SPAN, FURTHER_GAP = 4.0, 6.0


# Questions are answered one at a time, in the order in which they were asked: each takes all cores,
# and of fifty at once that share them by locks some would wait for four times as long as others.
_TURNS = ThreadPoolExecutor(1, "questions")


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a section: ``sections[section].text[start:end]``, with its scores.

    ``span`` is the reader's log-odds (or the sentence's score where nothing was read), ``score``
    that and the passage's retrieval score together, by which the found are ordered.
    """

    passage: int
    section: int
    start: int
    end: int
    span: float
    score: float


@dataclass(frozen=True)
class Search:
    """Everything that was found out about a question before it is decided whether to answer."""

    question: Question
    candidates: Candidates
    found: tuple[Found, ...]
    evidence: Evidence | None


class Pipeline:
    """Answers questions over one index. Nothing in it changes: threads may share it."""

    def __init__(self, index: Index, encoder: Encoder, reader: Reader, settings: Settings) -> None:
        self.index = index
        self.settings = settings
        self._encoder = encoder
        self._reader = reader
        self._lexical = LexicalIndex(
            [embedded_text(index.sections[p.section], p) for p in index.passages]
        )
        self._abstention = load_models()

    @classmethod
    def open(cls, settings: Settings | None = None) -> Self:
        """Load the index that stands on disk, and the models.

        Raises IndexUnusable, CorpusError or ModelError, each one sentence.
        """
        settings = settings or Settings()
        index = load_index(settings)
        return cls(index, Encoder(settings.model), Reader(default_model_folder()), settings)

    @classmethod
    def from_documents(
        cls,
        documents: Sequence[Document],
        settings: Settings | None = None,
        reader: Reader | None = None,
    ) -> Self:
        """An index in memory over ``documents``, with a progress bar on standard error."""
        settings = settings or Settings()
        encoder = Encoder(settings.model)
        index = index_documents(documents, encoder, _bar)
        return cls(index, encoder, reader or Reader(default_model_folder()), settings)

    def over(self, documents: Sequence[Document]) -> Self:
        """The same models over other documents, indexed in memory."""
        index = index_documents(documents, self._encoder)
        return type(self)(index, self._encoder, self._reader, self.settings)

    def reopen(self) -> Self:
        """The same models over the index that stands on disk now. Raises as ``open`` does."""
        return type(self)(load_index(self.settings), self._encoder, self._reader, self.settings)

    @property
    def sections(self) -> tuple[Section, ...]:
        return self.index.sections

    @property
    def documents(self) -> tuple[Document, ...]:
        return self.index.documents

    @property
    def version(self) -> str:
        return self.index.version

    def ask(self, question: str) -> Answer:
        """Answer a question. Raises QuestionError for one that cannot be asked."""
        return self.trace(question).answer

    def trace(self, question: str, stages: Collection[str] = STAGES) -> Trace:
        """Answer a question and tell how. With some of ``STAGES`` only, an ablation: without
        «read» the answer is the best sentence and is always given.
        """
        return _TURNS.submit(self._trace, question, stages).result()

    def _trace(self, question: str, stages: Collection[str]) -> Trace:
        clock = _Clock()
        parsed = parse_question(question, self.settings.max_question_chars)
        direct = self.asked_for(parsed)
        if direct:
            citations = tuple(self._opening(position) for position in direct[:MAX_CITATIONS])
            answer = Answer(question, True, citations[0].answer, 1.0, citations)
            return Trace(answer, {}, clock.seconds)
        parts = [
            parse_question(part, self.settings.max_question_chars)
            for part in single_facts(parsed.text)
        ]
        searches = [self.search(part, stages, clock) for part in parts]
        answers = [self._decide(question, search) for search in searches]
        return Trace(_together(answers), self._hits(searches), clock.seconds)

    def read(self, question: str, section_positions: Sequence[int]) -> Answer:
        """Read these sections (positions in ``sections``) only, and never abstain."""
        parsed = parse_question(question, self.settings.max_question_chars)
        wanted = set(section_positions)
        passages = [i for i, p in enumerate(self.index.passages) if p.section in wanted]
        scored = Candidates(
            np.array(passages, np.int64), {"fused": np.zeros(len(passages), np.float32)}
        )
        found = self._read(parsed, scored, len(passages))
        if not found:
            return Answer(question, False, "", 0.0, ())
        citation = self.cite(parsed, found[0])
        return Answer(question, True, citation.answer, 1.0, (citation,))

    def search(
        self, question: Question, stages: Collection[str] = STAGES, clock: "_Clock | None" = None
    ) -> Search:
        """Retrieve and read, and weigh what was found; nothing is decided yet."""
        clock = clock or _Clock()
        with clock("encode"):
            encoding = self._encoder.encode_question(question.text)
        with clock("retrieve"):
            candidates = retrieve(question.text, encoding, self.index, self._lexical, stages)
            if question.section is not None:
                candidates = self._only_section(candidates, question.section)
        with clock("read"):
            if "read" in stages:
                found = self._read(question, candidates, _worth_reading(candidates))
            else:
                found = self._best_sentences(question, encoding, candidates, stages)
        evidence = self._weigh(question, encoding, found) if found else None
        return Search(question, candidates, tuple(found), evidence)

    def asked_for(self, question: Question) -> list[int]:
        """Positions of the sections that a question asks to be told, for no particular fact."""
        if question.lookup:
            return self._numbered(question.section)
        if question.whole:
            first = {s.document: i for i, s in reversed(list(enumerate(self.sections))) if s.text}
            return [first[d.name] for d in self.documents if d.name in first]
        return [i for i in named_by_heading(question, self.sections) if self.sections[i].text]

    def _numbered(self, number: int | None) -> list[int]:
        """Positions of the sections of this number; a negative one counts from a document's last."""
        if number is None or number >= 0:
            return [i for i, s in enumerate(self.sections) if s.text and s.number == number]
        of_documents: dict[str, list[int]] = {}
        for i, section in enumerate(self.sections):
            if section.text:
                of_documents.setdefault(section.document, []).append(i)
        ordered = (
            sorted(of, key=lambda i: self.sections[i].number) for of in of_documents.values()
        )
        return [of[number] for of in ordered if len(of) >= -number]

    def _only_section(self, candidates: Candidates, number: int) -> Candidates:
        """The passages of the section that the question names, if there is such a section."""
        passages = self.index.passages
        wanted = set(self._numbered(number))
        kept = [
            i for i, p in enumerate(candidates.passages.tolist()) if passages[p].section in wanted
        ]
        if not kept:
            return candidates
        scores = {stage: values[kept] for stage, values in candidates.scores.items()}
        return Candidates(candidates.passages[kept], scores)

    def _read(self, question: Question, candidates: Candidates, most: int) -> list[Found]:
        chosen = candidates.passages[:most].tolist()
        fused = candidates.scores["fused"][:most].tolist()
        passages = [self.index.passages[p] for p in chosen]
        texts = [(self.sections[p.section].heading, self.index.passage_text(p)) for p in passages]
        found = []
        read = self._reader.read(question.text, texts, SPANS)
        for number, passage, prior, best in zip(chosen, passages, fused, read, strict=True):
            text = self.sections[passage.section].text
            for span in best:
                start, end = spans.within_line(
                    text, passage.start + span.start, passage.start + span.end
                )
                start, end = spans.complete_figure(text, *spans.trim(text, start, end))
                if text[start:end].strip():
                    score = span.score + FUSION * prior
                    found.append(Found(number, passage.section, start, end, span.score, score))
        return sorted(found, key=lambda f: -f.score)

    def _best_sentences(
        self, question: Question, encoding: Encoding, candidates: Candidates,
        stages: Collection[str],
    ) -> list[Found]:  # fmt: skip
        """The sentences of the best passages by the strongest of the stages named."""
        found = []
        asked = set(terms(question.text))
        for p, prior in zip(
            candidates.passages[:MOST_READ].tolist(),
            candidates.scores["fused"].tolist(),
            strict=False,
        ):
            passage = self.index.passages[p]
            section = self.sections[passage.section]
            shift = len(embedded_text(section, passage)) - (passage.end - passage.start)
            bounds = sentences(self.index.passage_text(passage))
            texts = [self.index.passage_text(passage)[a:b] for a, b in bounds]
            if "late" in stages:
                values = self._late_by_sentence(
                    encoding, p, [(a + shift, b + shift) for a, b in bounds]
                )
            elif "dense" in stages:
                encoded = self._encoder.encode_passages(texts) if texts else []
                values = [float(e.vector @ encoding.vector) for e in encoded]
            else:
                values = [len(asked & set(terms(t))) / (len(asked) or 1) for t in texts]
            for (a, b), value in zip(bounds, values, strict=True):
                start, end = spans.trim(section.text, passage.start + a, passage.start + b)
                score = value + 0.1 * prior
                found.append(Found(p, passage.section, start, end, value, score))
        return sorted(found, key=lambda f: -f.score)

    def _late_by_sentence(
        self, encoding: Encoding, passage: int, bounds: Sequence[tuple[int, int]]
    ) -> list[float]:
        """Mean MaxSim of each ``(start, end)`` of the embedded text."""
        tv = self.index.token_vectors
        vectors = tv.of(passage)
        middles = tv.offsets[slice(*tv.bounds[passage : passage + 2])].mean(axis=1)
        return [
            float(max_similarity(encoding.tokens, vectors[(middles >= a) & (middles < b)]).mean())
            if len(encoding.tokens) else 0.0
            for a, b in bounds
        ]  # fmt: skip

    def _weigh(self, question: Question, encoding: Encoding, found: Sequence[Found]) -> Evidence:
        best = found[0]
        far = best.span - NO_RIVAL
        elsewhere = max((f.span for f in found if f.section != best.section), default=far)
        beside = max((f.span for f in found[1:] if f.section == best.section), default=far)
        tokens = self.index.token_vectors.of(best.passage)
        late = max_similarity(encoding.tokens, tokens).mean() if len(encoding.tokens) else 0.0
        words = self._lexical.coverage(question.text, best.passage)
        text = self.sections[best.section].text
        foreign = float(holds_chinese(question.folded) != holds_chinese(text))
        together = float(np.logaddexp.reduce([f.span for f in found]))
        return Evidence(
            span=best.span,
            any=together,
            lead=best.span - elsewhere,
            late=float(late),
            words=words,
            foreign=foreign,
            margin=best.span - beside,
            length=math.log1p(best.end - best.start),
            figure=float(question.figure),
        )

    def _decide(self, question: str, search: Search) -> Answer:
        if search.evidence is None:
            return self._abstain(question, search, 0.0)
        answerable = self._abstention.answerable.probability(search.evidence)
        if answerable < self.settings.threshold:
            return self._abstain(question, search, answerable)
        confidence = self._abstention.right.probability(search.evidence)
        cited = self._support(search)
        # For «whether» and «why» two stretches of one sentence are shown as the same.
        citations = tuple(dict.fromkeys(self.cite(search.question, f) for f in cited))
        return Answer(question, True, citations[0].answer, confidence, citations)

    def _support(self, search: Search) -> list[Found]:
        """The best span first, then those of other sections that the reader is sure of.

        Where several sections give the very same answer, the one that retrieval ranks highest is
        cited first: the reader cannot tell them apart, and retrieval has seen what they are about.
        A question for two things («which two …») gets the two best that differ.
        """
        best = search.found[0]
        wanted = fold(self._text(best))
        same = [f for f in search.found if f.span > 0 and fold(self._text(f)) == wanted]
        first = sorted(same or [best], key=lambda f: f.span - f.score)
        cited = list({f.section: f for f in reversed(first)}.values())[::-1]
        given = {wanted}
        for other in search.found:
            text = fold(self._text(other))
            sure = other.span >= FURTHER_SPAN and other.span >= best.span - FURTHER_GAP
            asked_for = len(given) < search.question.count and other.span > 0 and text not in given
            if asked_for or (sure and all(other.section != f.section for f in cited)):
                cited.append(other)
                given.add(text)
        return cited[:MAX_CITATIONS]

    def _text(self, found: Found) -> str:
        return self.sections[found.section].text[found.start : found.end]

    def _abstain(self, question: str, search: Search, confidence: float) -> Answer:
        order = dict.fromkeys(
            [f.section for f in search.found]
            + [self.index.passages[p].section for p in search.candidates.passages.tolist()]
        )
        closest = [self._opening(s) for s in order if self.sections[s].text][:CLOSEST]
        return Answer(
            question, False, "", confidence, tuple(replace(c, answer="") for c in closest)
        )

    def _opening(self, position: int) -> Citation:
        """The first sentence of a section, as answer and quote: what it says in its own words."""
        section = self.sections[position]
        captions = set(section.captions)
        bounds = sentences(section.text)
        body = [b for b in bounds if not any(a <= b[0] < e for a, e in captions)]
        start, end = (body or bounds or [(0, len(section.text))])[0]
        return self._citation(section, start, end, start, end)

    def cite(self, question: Question, found: Found) -> Citation:
        """What is shown of a stretch: for «whether» its sentence, for «why» and «how» its clause."""
        section = self.sections[found.section]
        start, end = found.start, found.end
        if question.yes_no:
            start, end = spans.trim(section.text, *spans.sentence_around(section.text, start, end))
        elif question.explanation:
            start, end = spans.clause_around(section.text, start, end)
        return self._citation(section, start, end, *spans.quote_around(section.text, start, end))

    def _citation(self, section: Section, a: int, b: int, start: int, end: int) -> Citation:
        text = section.text
        return Citation(
            section.document,
            section.number,
            section.heading,
            text[a:b],
            text[start:end],
            start,
            end,
        )

    def _hits(self, searches: Sequence[Search]) -> dict[str, tuple[Hit, ...]]:
        """The best hits of every stage; those of several questions in turn."""
        each = [self._hits_of(search) for search in searches]
        return {
            stage: tuple(
                hit
                for rank in zip_longest(*(hits[stage] for hits in each))
                for hit in rank
                if hit is not None
            )[:TRACED]
            for stage in each[0]
        }

    def _hits_of(self, search: Search) -> dict[str, tuple[Hit, ...]]:
        stages = {}
        for stage in search.candidates.scores:
            passages, scores = search.candidates.ranked(stage)
            places = [self.index.passages[i] for i in passages[:TRACED].tolist()]
            stages[stage] = tuple(
                self._hit(p.section, p.start, p.end, score)
                for p, score in zip(places, scores.tolist(), strict=False)
            )
        stages["read"] = tuple(
            self._hit(f.section, f.start, f.end, f.score) for f in search.found[:TRACED]
        )
        return stages

    def _hit(self, section: int, start: int, end: int, score: float) -> Hit:
        named = self.sections[section]
        return Hit(named.document, named.number, start, end, score)


def _together(answers: Sequence[Answer]) -> Answer:
    """One answer out of the answers to the parts of a question: each fact with its citation.

    As likely right as the least likely part; a part that is refused is left out.
    """
    given = [answer for answer in answers if answer.answered]
    if len(answers) == 1 or not given:
        return max(answers, key=lambda answer: answer.confidence)
    citations = tuple(dict.fromkeys(answer.citations[0] for answer in given))
    confidence = min(answer.confidence for answer in given)
    return replace(given[0], confidence=confidence, citations=citations)


def _worth_reading(candidates: Candidates) -> int:
    """How many of the candidates, best first, are read."""
    scores = candidates.scores["fused"]
    return min(int((scores >= scores[:1] - FAR_BEHIND).sum()), MOST_READ)


class _Clock:
    """Wall time by stage: ``with clock("read"): …``."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begun


def _bar(total: int) -> Callable[[int], object]:
    return tqdm(total=total, desc="embedding", unit="passage").update
