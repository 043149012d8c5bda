"""Training examples for the span reader, made from SQuAD-format files.

Each question yields a passage that answers it (a random window of whole sentences around the
answer) or, for the share ``NO_ANSWER``, one that does not. Those are of three kinds, from the
subtle to the plain: the same paragraph with the answer's sentences taken out (the right subject,
the wrong fact), a passage that the retriever ranked high although it holds no answer, and any
other paragraph. Windows and augmentations are drawn anew for every epoch.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from index.folding import fold
from index.sentences import sentences

NO_ANSWER = 0.35  # of the answerable questions are put to a passage without the answer
NEAR_MISS, HARD = 0.4, 0.45  # of the passages without an answer; the rest are drawn at random
OTHER_FIGURE = 0.3  # of those that name a year or figure ask for another one instead
OWN_PARAGRAPH = 0.75  # of the questions without an answer are put to the passage they are about
CANTONESE = 0.2  # of the questions in Chinese
HEADING = 0.5  # of the passages are shown with their article's title
TRUE_OR_FALSE = 0.04  # of the questions are replaced by a statement of the passage, asked about
LISTING = 0.04  # of the questions are replaced by one for a list that the passage gives
WINDOW = (60, 420)  # characters of Chinese; Latin text gets LATIN_WIDTH times as many
LATIN_WIDTH = 3


@dataclass(frozen=True, slots=True)
class Paragraph:
    article: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """``answers`` are ``(start, end)`` offsets in the paragraph at position ``paragraph``.

    Empty where its whole article does not hold the answer (SQuAD 2.0's ``is_impossible``).
    """

    id: str
    text: str
    paragraph: int
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The paragraphs and questions of one or several SQuAD-format files."""

    paragraphs: tuple[Paragraph, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One pair to train on. ``answer`` is an offset pair in ``text``, or None."""

    question: str
    heading: str
    text: str
    answer: tuple[int, int] | None


def read_squad(context_file: Path, question_file: Path | None = None) -> QuestionSet:
    """Read a SQuAD file (1.1 or 2.0); the wording may be that of the same ids in another file.

    A paragraph may have a ``heading`` of its own; else the article's title stands for it.
    """
    asked = {} if question_file is None else dict(_questions_by_id(question_file))
    paragraphs: list[Paragraph] = []
    questions: list[Question] = []
    for number, article in enumerate(json.loads(context_file.read_text("utf-8"))["data"]):
        title = article.get("title", "").replace("_", " ")
        for entry in article["paragraphs"]:
            heading = entry.get("heading", title)
            paragraphs.append(Paragraph(f"{context_file.stem}-{number}", heading, entry["context"]))
            for item in entry["qas"]:
                spans = {(a["answer_start"], a["answer_start"] + len(a["text"])): a["text"]
                         for a in item["answers"]}  # fmt: skip
                right = tuple(s for s, t in spans.items() if entry["context"][slice(*s)] == t)
                if right or item.get("is_impossible"):
                    text = asked.get(item["id"], item["question"])
                    position = len(paragraphs) - 1
                    questions.append(Question(item["id"], text, position, right))
    return QuestionSet(tuple(paragraphs), tuple(questions))


def _questions_by_id(file: Path) -> Iterator[tuple[str, str]]:
    for article in json.loads(file.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                yield item["id"], item["question"]


def merge(sets: Sequence[QuestionSet]) -> QuestionSet:
    """One set of several; a paragraph that stands in two of them is kept once."""
    positions: dict[Paragraph, int] = {}
    questions: list[Question] = []
    for part in sets:
        moved = [positions.setdefault(p, len(positions)) for p in part.paragraphs]
        questions += [replace(q, paragraph=moved[q.paragraph]) for q in part.questions]
    return QuestionSet(tuple(positions), tuple(questions))


def held_out(article: str, share: float = 0.1) -> bool:
    """Whether an article is kept out of training. The same in every run and on every machine.

    The number behind the file's name decides, so that the languages of XQuAD agree.
    """
    return int(article.rsplit("-", 1)[1]) % round(1 / share) == 0


def epoch(
    data: QuestionSet, hard: Sequence[Sequence[int]], rng: random.Random
) -> Iterator[Example]:
    """One example for each question, in random order.

    ``hard[i]`` are the paragraphs that the retriever ranks high for question ``i``, best first.
    """
    for position in rng.sample(range(len(data.questions)), len(data.questions)):
        question = data.questions[position]
        kind = rng.random()
        if kind < TRUE_OR_FALSE:
            example = _true_or_false(data, question, rng)
        elif kind < TRUE_OR_FALSE + LISTING:
            example = _listing(data, question, rng)
        elif not question.answers or rng.random() < NO_ANSWER:
            example = _without_answer(data, question, hard[position], rng)
        else:
            example = _with_answer(data, question, rng)
        if example is not None:
            yield replace(example, question=_spoken(example.question, rng))


def _heading(paragraph: Paragraph, rng: random.Random) -> str:
    return paragraph.heading if rng.random() < HEADING else ""


def _window(text: str, first: int, last: int, rng: random.Random) -> tuple[int, int]:
    """A run of whole sentences that holds ``text[first:last]``, of a random length."""
    bounds = sentences(text)
    inside = [i for i, (a, b) in enumerate(bounds) if a < last and b > first]
    low, high = inside[0], inside[-1]
    latin = sum(c.isascii() for c in text) > len(text) / 2
    room = rng.randint(*WINDOW) * (LATIN_WIDTH if latin else 1)
    while bounds[high][1] - bounds[low][0] < room and (low > 0 or high < len(bounds) - 1):
        if high == len(bounds) - 1 or (low > 0 and rng.random() < 0.5):
            low -= 1
        else:
            high += 1
    return bounds[low][0], bounds[high][1]


def _with_answer(data: QuestionSet, question: Question, rng: random.Random) -> Example:
    paragraph = data.paragraphs[question.paragraph]
    start, end = rng.choice(question.answers)
    first, last = _window(paragraph.text, start, end, rng)
    text = paragraph.text[first:last]
    return Example(question.text, _heading(paragraph, rng), text, (start - first, end - first))


def _without_answer(
    data: QuestionSet, question: Question, hard: Sequence[int], rng: random.Random
) -> Example | None:
    own = data.paragraphs[question.paragraph]
    if not question.answers:
        chosen = own if not hard or rng.random() < OWN_PARAGRAPH else data.paragraphs[hard[0]]
        first, last = _window(chosen.text, *rng.choice(sentences(chosen.text)), rng)
        return Example(question.text, _heading(chosen, rng), chosen.text[first:last], None)
    wanted = {fold(own.text[a:b]).lower() for a, b in question.answers}
    figure = _FIGURE.search(question.text)
    if figure and rng.random() < OTHER_FIGURE:
        return _about_another_figure(data, question, figure, rng)
    draw = rng.random()
    if draw < NEAR_MISS:
        rest = "".join(
            own.text[a:b]
            for a, b in sentences(own.text)
            if not any(a < end and b > start for start, end in question.answers)
        )
        chosen = replace(own, text=rest)
    elif draw < NEAR_MISS + HARD and hard:
        chosen = data.paragraphs[rng.choice(hard)]
    else:
        chosen = rng.choice(data.paragraphs)
    bounds = sentences(chosen.text)
    if not bounds or any(w in fold(chosen.text).lower() for w in wanted):
        return None
    first, last = _window(chosen.text, *rng.choice(bounds), rng)
    return Example(question.text, _heading(chosen, rng), chosen.text[first:last], None)


_FIGURE = re.compile(r"[1-9]\d{1,3}")


def _about_another_figure(
    data: QuestionSet, question: Question, figure: re.Match[str], rng: random.Random
) -> Example | None:
    """The question with its year or figure changed: the passage knows of one year, not the other."""
    other = str(max(1, int(figure[0]) + rng.choice((-10, -5, -3, -2, -1, 1, 2, 3, 5, 10))))
    paragraph = data.paragraphs[question.paragraph]
    if other in paragraph.text or figure[0] not in paragraph.text:
        return None
    asked = question.text[: figure.start()] + other + question.text[figure.end() :]
    first, last = _window(paragraph.text, *rng.choice(question.answers), rng)
    return Example(asked, _heading(paragraph, rng), paragraph.text[first:last], None)


def _true_or_false(data: QuestionSet, question: Question, rng: random.Random) -> Example | None:
    """«Is it so that …?» about a sentence of the passage: the sentence is what decides it."""
    paragraph = data.paragraphs[question.paragraph]
    stated = [s for s in sentences(paragraph.text) if 10 <= s[1] - s[0] <= 120]
    if not stated:
        return None
    start, end = rng.choice(stated)
    statement = paragraph.text[start:end].rstrip("。.；;！!")
    if statement.isascii():
        asked = rng.choice(("Is it true that {}?", "Did the article say that {}?", "{}, right?"))
    else:
        asked = rng.choice(("{}吗？", "是不是{}？", "{}，对吗？", "是否{}？"))
    first, last = _window(paragraph.text, start, end, rng)
    text = paragraph.text[first:last]
    answer = (start - first, start - first + len(statement))
    return Example(asked.format(statement), _heading(paragraph, rng), text, answer)


_LIST = re.compile(r"([^，。；：、\s]{2,24})(?:包括|包含|分為|分为|計有|计有)了?([^。；\n]{4,80})")
_LIST_QUESTIONS = ("{}包括哪些？", "{}有哪些？", "{}包括什么？", "哪些是{}？")


def _listing(data: QuestionSet, question: Question, rng: random.Random) -> Example | None:
    """«Which … are there?» about an enumeration of the passage: the whole of it is the answer."""
    paragraph = data.paragraphs[question.paragraph]
    found = [m for m in _LIST.finditer(paragraph.text) if "、" in m[2]]
    if not found:
        return None
    match = rng.choice(found)
    start = match.start(2)
    end = start + len(match[2].rstrip("等，,"))
    first, last = _window(paragraph.text, match.start(), end, rng)
    text = paragraph.text[first:last]
    asked = rng.choice(_LIST_QUESTIONS).format(match[1])
    return Example(asked, _heading(paragraph, rng), text, (start - first, end - first))


@lru_cache(maxsize=1)
def _cantonese() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    lines = Path(__file__).with_name("cantonese.tsv").read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    table = {standard: variants.split("|") for standard, variants in pairs}
    longest_first = sorted(table, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), table


def to_cantonese(question: str, rng: random.Random) -> str:
    """Put a question in written Cantonese by substitution of the words that tell the two apart."""
    pattern, table = _cantonese()
    return pattern.sub(lambda found: rng.choice(table[found[0]]), fold(question))


def _spoken(question: str, rng: random.Random) -> str:
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in question) > len(question) / 2
    return to_cantonese(question, rng) if chinese and rng.random() < CANTONESE else question
