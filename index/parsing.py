"""The text of a document → its numbered sections.

Three kinds of document, told apart by what is in them:

* numbered items (``1 標題``, ``1. Title``, ``一、標題``, ``（一）``, ``第一章``): a section for each, with
  the number that is printed, whatever the order on the page; what comes before is section 0;
* Markdown: a section for each heading;
* neither: a section for each paragraph, numbered from 1, under a headline if there is one.

Characters are never changed. Only white space is, and the marks of captions and headings go.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from index.numerals import PATTERN, read_number
from index.sections import Section

HEADING_CHARACTERS = 80  # a longer line is no heading
PROSE_CHARACTERS = 20  # a shorter line is a label or a byline, and no part of a broken sentence
WRAPPED_CHARACTERS = 50  # lines of Latin text at least this long were broken by the page's width

_CAPTION = re.compile(r"[\u25b2-\u25c5\u2b05-\u2b07\u2190-\u2193📷]\s*")
_SENTENCE_END = tuple("。！？；…!?.;」』”")
_BULLET = re.compile(r"[-*+•·●○■□◆※]\s")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\U00020000-\U0003ffff]")
_ATX = re.compile(r"(#{1,6})(?:\s+(.*?))?(?:\s+#+)?$")
_SETEXT = re.compile(r"(=+|-{2,})$")
_FENCE = re.compile(r"```|~~~")

# Forms in which items are numbered. A number and a space alone are weak evidence: such a line
# must be set apart by a blank line. A figure with a decimal or a unit is not of these forms.
_FORMS = {
    "dotted": re.compile(r"(?P<n>\d{1,3})[.．、:：)）](?!\d)\s*(?P<rest>.+)"),
    "spaced": re.compile(r"(?P<n>\d{1,3})\s+(?P<rest>[^\s年月日號号萬万億亿元%].*)"),
    "chinese": re.compile(r"(?P<n>[一二三四五六七八九十百]{1,4})[、．.]\s*(?P<rest>.+)"),
    "bracketed": re.compile(rf"[（(](?P<n>{PATTERN})[)）]\s*(?P<rest>.+)"),
    "ordinal": re.compile(rf"第(?P<n>{PATTERN})[章節节項项條条部篇](?:[\s:：、]\s*|$)(?P<rest>.*)"),
}


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    after_blank: bool


@dataclass(slots=True)
class _Part:
    """A section in the making: its lines are not yet joined."""

    number: int
    heading: str
    lines: list[_Line] = field(default_factory=list)


def parse_sections(document: str, text: str, markdown: bool = False) -> tuple[Section, ...]:
    """The sections of a text, in the order of their numbers. Pure, total, and in linear time.

    Where the printed numbers of a form do not run from 1 without a gap or a repetition, its lines
    are taken for text: a list that begins anew, or a body line that happens to start with a
    figure, opens no section.
    """
    lines = _lines(text)
    parts = _markdown(lines) if markdown else None
    parts = parts or _numbered(lines) or _paragraphs(lines)
    sections = [_section(document, part) for part in parts]
    return tuple(sorted(sections, key=lambda s: s.number))


def _lines(text: str) -> list[_Line]:
    lines, blank = [], True
    for raw in text.splitlines():
        stripped = raw.strip()
        if stripped:
            lines.append(_Line(stripped, blank))
        blank = not stripped
    return lines


def _is_heading(text: str) -> bool:
    return len(text) <= HEADING_CHARACTERS and not text.endswith(tuple("。；，、,;:：.…"))


def _runs(numbers: Sequence[int]) -> int:
    """The greatest ``k`` for which each of 1 to k stands once; 0 where there are not two."""
    times = Counter(numbers)
    last = 0
    while times[last + 1] == 1:
        last += 1
    # A number that comes twice belongs to a list that begins anew, within or beside the items.
    return last if last >= 2 and times[last + 1] == 0 else 0


def _numbered(lines: Sequence[_Line]) -> list[_Part] | None:
    """Sections of the form that comes first and makes a run, headings before lists."""
    for headings in (True, False):
        best: tuple[int, dict[int, re.Match[str]]] | None = None
        for name, form in _FORMS.items():
            matches = {}
            for position, line in enumerate(lines):
                match = form.match(line.text)
                if match is None or (name == "spaced" and not (headings and line.after_blank)):
                    continue
                if not headings or _is_heading(line.text):
                    matches[position] = match
            last = _runs([read_number(m["n"]) for m in matches.values()])
            matches = {p: m for p, m in matches.items() if read_number(m["n"]) <= last}
            if matches and (best is None or min(matches) < best[0]):
                best = (min(matches), matches)
        if best is not None:
            return _cut(lines, best[1], headings)
    return None


def _cut(lines: Sequence[_Line], matches: dict[int, re.Match[str]], headings: bool) -> list[_Part]:
    first = min(matches)
    parts = _preamble(lines[:first])
    for position in range(first, len(lines)):
        match = matches.get(position)
        if match is None:
            parts[-1].lines.append(lines[position])
        elif headings:
            parts.append(_Part(read_number(match["n"]), match["rest"].strip()))
        else:  # an item of a list: the rest of its line is its text
            parts.append(_Part(read_number(match["n"]), "", [_Line(match["rest"].strip(), True)]))
    return parts


def _preamble(lines: Sequence[_Line]) -> list[_Part]:
    """Section 0: the headline and what comes before the first item."""
    if not lines:
        return []
    if _is_heading(lines[0].text) and not _CAPTION.match(lines[0].text):
        return [_Part(0, lines[0].text, list(lines[1:]))]
    return [_Part(0, "", list(lines))]


def _markdown(lines: Sequence[_Line]) -> list[_Part] | None:
    """A section for each heading. One that stands alone at the top level is the title's, 0."""
    headings: dict[int, tuple[int, str]] = {}
    underlines = set()
    fenced = False
    for position, line in enumerate(lines):
        if _FENCE.match(line.text):
            fenced = not fenced
        if fenced:
            continue
        atx = _ATX.match(line.text)
        if atx and atx[2]:
            headings[position] = (len(atx[1]), atx[2])
            continue
        under = _SETEXT.match(line.text)
        if under and not line.after_blank and position - 1 not in headings and position:
            headings[position - 1] = (1 if line.text[0] == "=" else 2, lines[position - 1].text)
            underlines.add(position)
    if not headings:
        return None
    order = sorted(headings)
    top = [p for p in order if headings[p][0] == 1]
    title = order[0] if top == [order[0]] and len(order) > 1 else None
    rest = [p for p in order if p != title]
    numbered = dict(zip(rest, _printed_numbers([headings[p][1] for p in rest]), strict=True))
    parts: list[_Part] = []
    for position, line in enumerate(lines):
        if position == title:
            parts.append(_Part(0, headings[position][1]))
        elif position in numbered:
            parts.append(_Part(*numbered[position]))
        elif position not in underlines:
            if not parts:
                parts.append(_Part(0, ""))
            parts[-1].lines.append(line)
    return parts


def _printed_numbers(headings: Sequence[str]) -> list[tuple[int, str]]:
    """Number and heading of each: as printed where all are numbered in one form, else in order."""
    for form in _FORMS.values():
        matches = [form.match(heading) for heading in headings]
        numbers = [read_number(m["n"]) for m in matches if m]
        if len(numbers) == len(headings) and _runs(numbers) == len(headings):
            return [(read_number(m["n"]), m["rest"].strip()) for m in matches if m]
    return list(enumerate(headings, 1))


def _paragraphs(lines: Sequence[_Line]) -> list[_Part]:
    parts = []
    rest = list(lines)
    if len(lines) > 1 and lines[1].after_blank and _is_heading(lines[0].text):
        parts.append(_Part(0, lines[0].text))
        rest = rest[1:]
    paragraphs = _join(rest)
    return parts + [
        _Part(number, "", [_Line(paragraph, True)])
        for number, paragraph in enumerate(paragraphs, 1)
    ]


def _section(document: str, part: _Part) -> Section:
    texts, captions, at = [], [], 0
    for paragraph in _join(part.lines):
        mark = _CAPTION.match(paragraph)
        text = paragraph[mark.end() :] if mark else paragraph
        if not text:
            continue
        if mark:
            captions.append((at, at + len(text)))
        texts.append(text)
        at += len(text) + 1
    return Section(document, part.number, part.heading, "\n".join(texts), tuple(captions))


def _join(lines: Iterable[_Line]) -> list[str]:
    """Paragraphs: lines that the layout broke in the middle of a sentence put together again."""
    paragraphs: list[list[str]] = []
    previous = ""
    for line in lines:
        if paragraphs and _continues(
            previous, line, caption=bool(_CAPTION.match(paragraphs[-1][0]))
        ):
            if not (_CJK.match(previous[-1]) or _CJK.match(line.text[0])):
                paragraphs[-1].append(" ")
            paragraphs[-1].append(line.text)
        else:
            paragraphs.append([line.text])
        previous = line.text
    return ["".join(pieces) for pieces in paragraphs]


def _continues(previous: str, line: _Line, caption: bool) -> bool:
    """Whether ``line`` goes on with the sentence that ``previous`` breaks off."""
    if _CAPTION.match(line.text) or _BULLET.match(line.text) or _BULLET.match(previous):
        return False
    if caption and line.after_blank:
        return False
    if not _CJK.search(previous[-1:] + line.text[:1]):
        if not line.after_blank:
            return len(previous) >= WRAPPED_CHARACTERS
        return len(previous) >= WRAPPED_CHARACTERS and line.text[0].islower()
    # Prose is long and has commas; a label, a byline or a headline is short and has none. What
    # goes on with a broken sentence ends one.
    return (
        not previous.endswith(_SENTENCE_END)
        and len(previous) >= PROSE_CHARACTERS
        and any(mark in previous for mark in "，、,")
        and line.text.endswith(_SENTENCE_END)
    ) or (
        not line.after_blank
        and not previous.endswith(_SENTENCE_END)
        and len(previous) >= PROSE_CHARACTERS
    )
