"""From a span to what is shown: the answer trimmed, and the quote that makes it understood."""

import re

from index.sentences import clauses, sentences

MAX_QUOTE = 160  # characters; a longer sentence is quoted by its clauses around the answer
_EDGES = "，,、；;：:。！!？?．"
_PAIRS = {
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
    "（": "）",
    "(": ")",
    "“": "”",
    "【": "】",
}

_FIGURE = re.compile(r"[\d一二三四五六七八九十百千兩两]+(?:[.,]\d+)*[十百千萬万億亿兆]*")
_BEFORE_FIGURE = re.compile(
    r"(?:第|超過|超过|逾|約|约|近|接近|至少|最少|最多|不少於|不少于|多於|多于|少於|少于|高達|高达)?[\d.,]*\Z"
)
_AFTER_FIGURE = re.compile(
    r"[\d.,]*\d|"
    r"(?:[十百千萬万億亿兆]*[多餘余]?(?:[%％‰℃]|美元|港元|歐元|日元|英鎊|元|公里|公尺|公分|米|個|个|名|位|家|間|间"
    r"|項|项|條|条|座|幢|批|歲|岁|年|月|日|人|次|倍|小時|小时|分鐘|分钟|秒|度|度)?)"
)


def within_line(text: str, start: int, end: int) -> tuple[int, int]:
    """The longest part of ``text[start:end]`` that crosses no line break.

    A line break divides paragraphs; a quote over it would join what the page keeps apart.
    """
    best, at = (start, start), start
    for line in text[start:end].split("\n"):
        if len(line) > best[1] - best[0]:
            best = (at, at + len(line))
        at += len(line) + 1
    return best


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Take punctuation and space off the edges and close or drop a bracket left open.

    Never empty where ``text[start:end]`` holds anything else than punctuation and space.
    """
    first, last = start, end
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    for opening, closing in _PAIRS.items():
        inside = text[start:end]
        surplus = inside.count(opening) - inside.count(closing)
        if surplus == 1 and text[end : end + 1] == closing:
            end += 1
        elif surplus == 1 and inside[0] == opening and len(inside) > 1:
            start += 1
        elif surplus == -1 and start > 0 and text[start - 1] == opening:
            start -= 1
        elif surplus == -1 and inside[-1] == closing and len(inside) > 1:
            end -= 1
    return (start, end) if start < end else (first, last)


def _is_edge(character: str) -> bool:
    return character in _EDGES or character.isspace()


def complete_figure(text: str, start: int, end: int) -> tuple[int, int]:
    """Make a figure whole: its digits, what qualifies it, its multiplier and its unit.

    「第7」 and not 「7」, 「超過330億元」 and not 「330」; what begins with no figure stays as it is.
    """
    if not _FIGURE.match(text, start, end):
        return start, end
    before = _BEFORE_FIGURE.search(text, max(0, start - 12), start)
    if before:
        start = before.start()
    if _FIGURE.fullmatch(text, *_last_run(text, start, end)):
        after = _AFTER_FIGURE.match(text, end)
        end = after.end() if after else end
    return start, end


def _last_run(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of ``text[start:end]`` after its last character that is of no figure."""
    while start < end and not _FIGURE.fullmatch(text, start, end):
        start += 1
    return start, end


def clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The clauses that ``text[start:end]`` lies in, without their closing punctuation."""
    first, last = sentence_around(text, start, end)
    inside = [c for c in clauses(text, first, last) if c[0] < end and c[1] > start]
    return trim(text, min(start, inside[0][0]), max(end, inside[-1][1])) if inside else (start, end)


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentences that ``text[start:end]`` lies in: it is always inside what is returned."""
    # No sentence crosses a line: of a long section only the lines touched are looked at.
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    found = sentences(text[first : last if last >= 0 else len(text)])
    inside = [(a + first, b + first) for a, b in found if a + first < end and b + first > start]
    if not inside:
        return start, end
    return min(start, inside[0][0]), max(end, inside[-1][1])


def quote_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The quote for ``text[start:end]``: its sentence, or of a long one the clauses around it."""
    first, last = sentence_around(text, start, end)
    if last - first <= MAX_QUOTE:
        return first, last
    parts = clauses(text, first, last)
    inside = [i for i, (a, b) in enumerate(parts) if a < end and b > start]
    if not inside:
        return first, last
    low, high = inside[0], inside[-1]
    while True:
        # Grow backwards first: what comes before names what the answer is about.
        if low > 0 and parts[high][1] - parts[low - 1][0] <= MAX_QUOTE:
            low -= 1
        elif high + 1 < len(parts) and parts[high + 1][1] - parts[low][0] <= MAX_QUOTE:
            high += 1
        else:
            return min(start, parts[low][0]), max(end, parts[high][1])
