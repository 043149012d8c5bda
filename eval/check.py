"""Whether a question set fits the documents that it asks about, and how it is balanced."""

from collections import Counter
from collections.abc import Iterable, Sequence

from eval.questions import KINDS, Fact, Fault, Question, QuestionFile
from eval.text import normalise
from index.sections import Section


def faults_against(file: QuestionFile, sections: Sequence[Section]) -> list[Fault]:
    """The file's own faults and those against the documents, in the order of the lines.

    Each section named must exist, hold at least one of its fact's acceptable strings, and each
    acceptable string must stand in at least one of the sections (normalised: white space,
    punctuation and script variants do not count).
    """
    texts: dict[int, list[tuple[str, str]]] = {}
    for section in sections:
        texts.setdefault(section.number, []).append((section.document, normalise(section.text)))
    faults = list(file.faults)
    for line, question in file.questions:
        for position, fact in enumerate(question.facts, 1):
            faults += [
                Fault(line, f"fact {position}: {reason}") for reason in _faults_of(fact, texts)
            ]
    return sorted(faults, key=lambda fault: fault.line)


def _faults_of(fact: Fact, texts: dict[int, list[tuple[str, str]]]) -> Iterable[str]:
    of = f" of the document {fact.document!r}" if fact.document else ""
    found: list[tuple[int, list[str]]] = []
    for number in fact.sections:
        named = [
            text for document, text in texts.get(number, []) if fact.document in (None, document)
        ]
        if not named:
            yield f"there is no section {number}{of}"
        found.append((number, named))
    wanted = [(answer, normalise(answer)) for answer in fact.answers]
    for number, named in found:
        if named and not any(key and key in text for _, key in wanted for text in named):
            yield f"section {number}{of} holds none of the answers"
    for answer, key in wanted:
        if not key:
            yield f"the answer {answer!r} is punctuation only"
        elif not any(key in text for _, named in found for text in named):
            yield f"the answer {answer!r} does not stand in its section(s)"


def balance(questions: Iterable[Question]) -> dict[str, dict[str, dict[str, int]]]:
    """How many questions each language and kind has, by split, and how many are near misses."""
    table: dict[str, dict[str, Counter[str]]] = {"language": {}, "kind": {}}
    for question in questions:
        for axis, name in (
            ("language", question.language),
            ("kind", "unanswerable, near miss" if question.near_miss else question.kind),
        ):
            table[axis].setdefault(name, Counter())[question.split] += 1
    return {
        axis: {name: dict(counts) for name, counts in sorted(named.items())}
        for axis, named in table.items()
    }


def remarks(questions: Sequence[Question], small: int) -> list[str]:
    """What makes the set's figures weak, without being a fault."""
    found = []
    for split in sorted({question.split for question in questions}):
        inside = [question for question in questions if question.split == split]
        for language, count in Counter(question.language for question in inside).items():
            if count < small:
                found.append(f"{split}: only {count} questions in {language}; its figures are weak")
        kinds = Counter(question.kind for question in inside)
        few = [f"{kind} ({kinds[kind]})" for kind in KINDS if kinds[kind] < small]
        if few:
            found.append(f"{split}: few questions of the kinds {', '.join(few)}")
        refused = sum(not question.answerable for question in inside)
        if refused < len(inside) / 5:
            found.append(f"{split}: only {refused} of {len(inside)} questions are unanswerable")
        elif not any(question.near_miss for question in inside):
            found.append(f"{split}: none of the unanswerable questions is a near miss")
    return found
