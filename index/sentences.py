"""Where sentences and clauses begin and end, in Chinese and in Latin scripts, as offsets."""

import re
from collections import Counter

MAX_SENTENCE = 400  # characters; a longer run without an end is cut at a clause, or here
MAX_BRACKETS = 120  # characters; in longer brackets sentences end as elsewhere

_PAIRS = {"「": "」", "『": "』", "《": "》", "（": "）", "(": ")", "“": "”", "【": "】", "[": "]"}
_ENDS = re.compile(r"(?:[。！？；!?…]+|\.)[」』》）)”’】\]\"']*")
_NEXT_LATIN = re.compile(r"\s+[\"'“‘(\[]?[A-Z0-9\u2e80-\uffff]")
_ABBREVIATION = re.compile(
    r"\b(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|No|Nos|vs|etc|al|Inc|Ltd|Co|Corp|Gov|Gen|Rep|Sen|Fig|Vol"
    r"|pp|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)$"
)
_CLAUSE_ENDS = re.compile(r"[，；：;]|[,:](?=\s)|[,:](?=[\u2e80-\uffff])")


def sentences(text: str) -> list[tuple[int, int]]:
    """``(start, end)`` of the sentences, in order: every character but white space is in one.

    None crosses a line break. A semicolon ends one too: what it closes can be read by itself.
    Brackets and quotation marks are not torn apart, unless they are long or never closed.
    """
    found = []
    start = 0
    for line in text.split("\n"):
        found += _of_line(line, start)
        start += len(line) + 1
    return found


def _of_line(line: str, shift: int) -> list[tuple[int, int]]:
    inside = _bracketed(line)
    cuts, begun = [], 0
    for match in _ENDS.finditer(line):
        if inside[match.end() - 1]:
            continue
        if match[0][0] == "." and not _ends_sentence(line, match):
            continue
        cuts.append((begun, match.end()))
        begun = match.end()
    cuts.append((begun, len(line)))
    found = []
    for first, last in cuts:
        first, last = _stripped(line, first, last)
        if last - first > MAX_SENTENCE:
            found += [(a + shift, b + shift) for a, b in _cut_long(line, first, last)]
        elif first < last:
            found.append((first + shift, last + shift))
    return found


def _ends_sentence(line: str, match: re.Match[str]) -> bool:
    """Whether a full stop ends a sentence: not in 1.11%, Mr. Lee, e.g. or U.S. figures."""
    rest = line[match.end() : match.end() + 8]
    if rest.strip() and not _NEXT_LATIN.match(rest):
        return False
    word = line[max(0, match.start() - 8) : match.start()]
    return not rest.strip() or not _ABBREVIATION.search(word)


def _bracketed(line: str) -> list[bool]:
    """For each character whether it is inside brackets, the closing one not counted."""
    depth = [0] * (len(line) + 1)
    opened: list[tuple[str, int]] = []
    awaited: Counter[str] = Counter()
    for position, character in enumerate(line):
        if character in _PAIRS:
            opened.append((_PAIRS[character], position))
            awaited[_PAIRS[character]] += 1
        elif awaited[character]:
            closing, first = opened.pop()
            awaited[closing] -= 1
            while closing != character:  # opened within these brackets and never closed
                closing, first = opened.pop()
                awaited[closing] -= 1
            if position - first <= MAX_BRACKETS:
                depth[first] += 1
                depth[position] -= 1
    level, inside = 0, []
    for change in depth[:-1]:
        level += change
        inside.append(level > 0)
    return inside


def _cut_long(line: str, first: int, last: int) -> list[tuple[int, int]]:
    parts = []
    while last - first > MAX_SENTENCE:
        ends = [m.end() for m in _CLAUSE_ENDS.finditer(line, first, first + MAX_SENTENCE)]
        cut = ends[-1] if ends else first + MAX_SENTENCE
        parts.append(_stripped(line, first, cut))
        first = cut
    parts.append(_stripped(line, first, last))
    return [part for part in parts if part[0] < part[1]]


def clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The clauses of ``text[start:end]``, which must hold no line break; their commas included."""
    inside = _bracketed(text[start:end])
    cuts, begun = [], start
    for match in _CLAUSE_ENDS.finditer(text, start, end):
        if not inside[match.start() - start]:
            cuts.append((begun, match.end()))
            begun = match.end()
    cuts.append((begun, end))
    return [part for part in (_stripped(text, *cut) for cut in cuts) if part[0] < part[1]]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
