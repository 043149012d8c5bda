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
from itertools import count

from index.numerals import PATTERN, read_number
from index.sections import Section

HEADING_CHARACTERS = 80  # a longer line is no heading
PROSE_CHARACTERS = 20  # a shorter line is a label or a byline, and no part of a broken sentence
WRAPPED_CHARACTERS = 50  # lines of Latin text at least this long were broken by the page's width

# U+FE0F asks for the coloured form of the mark before it (◀️) and is part of the mark.
_CAPTION = re.compile(r"(?:[\u25b2-\u25c5\u2b05-\u2b07\u2190-\u2193📷]\ufe0f?\s*)+")
_SENTENCE_END = tuple("。！？；…!?.;」』”")
_BULLET = re.compile(r"[-*+•·●○■□◆※]\s")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\U00020000-\U0003ffff]")
_ATX = re.compile(r"(#{1,6})\s")
_SETEXT = re.compile(r"(=+|-{2,})$")
_FENCE = re.compile(r"(?P<mark>`{3,})(?P<info>[^`]*)$|(?P<tilde>~{3,})(?P<rest>.*)$")

# Forms in which items are numbered. A number and a space alone are weak evidence: such a line
# must be set apart by a blank line or by the end of the sentence before it. A figure with a
# decimal or a unit is not of these forms.
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
    figure, opens no section. An item whose line is a title has it for its heading; one whose line
    is a sentence has it for its text, under an empty heading.
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
            items = {}
            for position, line in enumerate(lines):
                match = form.match(line.text)
                if match and (name != "spaced" or _stands_as_title(lines, position)):
                    items[position] = match
            titles = {p: m for p, m in items.items() if _is_heading(lines[p].text)}
            matches = _in_a_run(titles if headings else items)
            if headings and matches:
                # Among titles an item may be a sentence: it belongs if it carries the run on.
                matches = max(matches, _in_a_run(items), key=len)
            if matches and (best is None or min(matches) < best[0]):
                best = (min(matches), matches)
        if best is not None:
            return _cut(lines, best[1])
    return None


def _stands_as_title(lines: Sequence[_Line], position: int) -> bool:
    """Whether the line is like a heading and does not go on with the line before it."""
    line = lines[position]
    apart = line.after_blank or lines[position - 1].text.endswith(_SENTENCE_END)
    return apart and _is_heading(line.text)


def _in_a_run(items: dict[int, re.Match[str]]) -> dict[int, re.Match[str]]:
    """Those of the items whose numbers run from 1: what is printed beyond a gap is text."""
    last = _runs([read_number(m["n"]) for m in items.values()])
    return {p: m for p, m in items.items() if 1 <= read_number(m["n"]) <= last}


def _cut(lines: Sequence[_Line], matches: dict[int, re.Match[str]]) -> list[_Part]:
    first = min(matches)
    parts = _preamble(lines[:first])
    for position in range(first, len(lines)):
        match = matches.get(position)
        if match is None:
            parts[-1].lines.append(lines[position])
        elif _is_heading(lines[position].text):
            parts.append(_Part(read_number(match["n"]), match["rest"].strip()))
        else:  # an item of a list: the rest of its line is its text
            parts.append(_Part(read_number(match["n"]), "", [_Line(match["rest"].strip(), True)]))
    return parts


def _preamble(lines: Sequence[_Line]) -> list[_Part]:
    """Section 0: the headline and what comes before the first item."""
    if not lines:
        return []
    if _is_headline(lines):
        return [_Part(0, lines[0].text, list(lines[1:]))]
    return [_Part(0, "", list(lines))]


def _is_headline(lines: Sequence[_Line]) -> bool:
    """Whether the first line is a headline, and not a caption or the first line of a sentence."""
    first = lines[0].text
    if not _is_heading(first) or _CAPTION.match(first):
        return False
    return len(lines) == 1 or not _continues(first, lines[1], caption=False)


def _markdown(lines: Sequence[_Line]) -> list[_Part] | None:
    """A section for each heading. One alone at the top level that opens the file is 0."""
    headings: dict[int, tuple[int, str]] = {}
    underlines = set()
    code = _code(lines)
    for position, line in enumerate(lines):
        if position in code:
            continue
        atx = _ATX.match(line.text)
        title = _without_closing_marks(line.text[atx.end() :].strip()) if atx else ""
        if atx and title:
            headings[position] = (len(atx[1]), title)
            continue
        under = _SETEXT.match(line.text)
        above = position - 1
        taken = above < 0 or above in headings or above in code
        if under and not line.after_blank and not taken:
            headings[position - 1] = (1 if line.text[0] == "=" else 2, lines[position - 1].text)
            underlines.add(position)
    if not headings:
        return None
    order = sorted(headings)
    top = [p for p in order if headings[p][0] == 1]
    whole = 0 if top == [0] and len(order) > 1 else None
    rest = [p for p in order if p != whole]
    numbered = dict(zip(rest, _printed_numbers([headings[p][1] for p in rest]), strict=True))
    parts: list[_Part] = []
    for position, line in enumerate(lines):
        if position == whole:
            parts.append(_Part(0, headings[position][1]))
        elif position in numbered:
            parts.append(_Part(*numbered[position]))
        elif position not in underlines:
            if not parts:
                parts.append(_Part(0, ""))
            parts[-1].lines.append(line)
    return parts


def _code(lines: Sequence[_Line]) -> set[int]:
    """The lines of fenced code, fences included: a fence is closed by one as long, of its kind."""
    code, opened = set(), ""
    for position, line in enumerate(lines):
        fence = _FENCE.match(line.text)
        mark = (fence["mark"] or fence["tilde"]) if fence else ""
        if opened or mark:
            code.add(position)
        if not opened:
            opened = mark
        elif mark.startswith(opened) and mark == line.text:
            opened = ""
    return code


def _without_closing_marks(title: str) -> str:
    """``Title ##`` → ``Title``; the ``#`` of ``C#`` is its own."""
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1].isspace() else title


def _printed_numbers(headings: Sequence[str]) -> list[tuple[int, str]]:
    """Number and heading of each, in order: as printed where the numbers of one form make a run.

    Headings without such a number (a preface, ``1.1 …``) are then counted on from the last one.
    """
    for form in _FORMS.values():
        matches = [form.match(heading) for heading in headings]
        numbers = [read_number(m["n"]) for m in matches if m]
        if numbers and _runs(numbers) == len(numbers):
            beyond = count(len(numbers) + 1)
            return [
                (read_number(m["n"]), m["rest"].strip()) if m else (next(beyond), heading)
                for m, heading in zip(matches, headings, strict=True)
            ]
    return list(enumerate(headings, 1))


def _paragraphs(lines: Sequence[_Line]) -> list[_Part]:
    """A section for each paragraph; a headline before them is the heading of section 0.

    Blank lines divide paragraphs, or, in a text without any, the ends of lines do.
    """
    parts = []
    rest = list(lines)
    spaced = any(line.after_blank for line in lines[1:])
    if len(lines) > 1 and _is_headline(lines) and _opens_body(lines[1], spaced):
        parts.append(_Part(0, lines[0].text))
        rest = rest[1:]
    groups: list[list[_Line]] = []
    for line in rest:
        if groups and not _begins_paragraph(groups[-1][-1].text, line, spaced):
            groups[-1].append(line)
        else:
            groups.append([line])
    # A mark without a caption says nothing; yet what stands around it is not joined.
    groups = [g for g in groups if any(_CAPTION.sub("", line.text, count=1) for line in g)]
    return parts + [_Part(number, "", group) for number, group in enumerate(groups, 1)]


def _opens_body(line: _Line, spaced: bool) -> bool:
    """Whether what stands under a headline is a body, and not the next of a row of short lines."""
    if spaced:
        return line.after_blank
    return line.text.endswith(_SENTENCE_END) and not line.text[0].islower()


def _begins_paragraph(previous: str, line: _Line, spaced: bool) -> bool:
    if _CAPTION.match(line.text) or _CAPTION.match(previous):
        return not _continues(previous, line, caption=bool(_CAPTION.match(previous)))
    return (line.after_blank or not spaced) and not _continues(previous, line, caption=False)


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
    if _CAPTION.match(line.text) or _BULLET.match(line.text):
        return False
    if line.after_blank and _BULLET.match(previous):
        return False
    if caption:  # captions often end without a full stop: only a small letter shows a broken one
        return not line.after_blank and line.text[0].islower()
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
