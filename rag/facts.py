"""A question that asks for several facts → the questions that ask for one each.

Only what is surely several is cut: two questions in a row, a second question word after «and», or
things joined by «and» that are asked about «each». Everything else is one question. A part that
leans on the one before it («and who runs it?») is completed as a follow-up is.
"""

import re

from index.folding import fold
from rag.conversation import Turn, readings

MAX_PARTS = 4

_INTERROGATIVE = re.compile(
    r"什么|甚么|咩|乜|哪|边[个位间样两啲度]|谁|第几|几[多时个名项间家次年]|多少|多久|多大|多长|几耐|几点|为何|为什么|点解|如何|怎样|怎么|点样|何时"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how)\b"
)
_SENTENCES = re.compile(r"[?？;；。]+\s*")
_AND = re.compile(
    r"[,，]?\s+(?:and|also|plus)\s+(?=(?:also\s+)?(?:in\s+|at\s+|by\s+|for\s+)?"
    r"(?:what|which|who|when|where|why|how)\b)"
    r"|(?P<comma>[，,])\s*(?:还有|同埋|另外|以及|而|又|和|同)?(?=[^，,]*$)"
    rf"|(?<!何)(?<!样)(?:同埋|以及)(?=(?:由|喺|在|是|系)?(?:{_INTERROGATIVE.pattern}))"
)
# Before a comma only what ends as a question does is one: not «在什麼情況下，會 …».
_ENDS_AS_QUESTION = re.compile(rf"(?:{_INTERROGATIVE.pattern})[^，,]{{0,3}}(?<![中下时后内上里])$")
_GOES_ON = "除了|除咗|不是|并|为|即"
_PEOPLE = "they|them|their|he|she|his|her|these|those"
# What leans on the part before it cannot be asked alone.
_LEANING = re.compile(
    rf"^(?:它|他|她|其|佢|该|这|那|呢个|嗰个|两者|{_GOES_ON})|\b(?:it|its|this|that|{_PEOPLE})\b"
)
# Nor can it be completed where it goes on with a sentence, or points to people not named.
_DEPENDS = re.compile(rf"^(?:{_GOES_ON})|他|她|佢哋|\b(?:him|{_PEOPLE})\b")
_LEAST = 3  # letters or characters of a part beside its question word
_EACH = re.compile(
    r"^(?P<first>[^，,]{2,40}?)(?:和|与|同埋|同|及|以及|、)(?P<second>[^，,]{2,40}?)"
    r"(?P<rest>(?:各自|分别|各)[^，,]*)$"
)
_EACH_WORD = re.compile(r"^(?:各自|分别|各)")


def single_facts(question: str) -> list[str]:
    """The questions in their order, each a part of the wording, completed where it leans on the part
    before; ``[question]`` if it asks for one.

    At most MAX_PARTS; what lies beyond stays with the last.
    """
    parts = [p.strip() for p in _SENTENCES.split(question) if any(c.isalnum() for c in p)]
    cut = [piece for part in parts for piece in _second_question(part)]
    if len(cut) == 1:
        return _each(cut[0]) or [question]
    whole = _completed(cut)
    if whole:
        return whole[: MAX_PARTS - 1] + [" ".join(whole[MAX_PARTS - 1 :])] * (
            len(whole) >= MAX_PARTS
        )
    return [question]


def _completed(parts: list[str]) -> list[str]:
    """The parts, each standing alone; none where one of them cannot."""
    whole: list[str] = []
    for part in parts:
        if not _stands_alone(part):
            follows = whole and not _DEPENDS.search(fold(part).lower())
            found = readings(part, [Turn(whole[-1])]) if follows else ()
            if not found:
                return []
            part = found[0]
        whole.append(part)
    return whole


def _stands_alone(part: str) -> bool:
    folded = fold(part).lower()
    rest, asked = _INTERROGATIVE.subn("", folded)
    return asked > 0 and sum(c.isalnum() for c in rest) >= _LEAST and not _LEANING.search(folded)


def _second_question(part: str) -> list[str]:
    """``part`` cut where a second question begins, if each side asks something of its own."""
    folded = fold(part).lower()
    for match in _AND.finditer(folded):
        if match["comma"] and not _ENDS_AS_QUESTION.search(folded[: match.start()]):
            continue
        sides = [part[: match.start()].strip(), part[match.end() :].strip()]
        if _completed(sides):
            return sides
    return [part]


def _each(question: str) -> list[str] | None:
    """「甲和乙分別叫什麼」 → 「甲叫什麼」, 「乙叫什麼」."""
    folded = fold(question)
    match = _EACH.match(folded)
    if match is None:
        return None
    rest = question[match.start("rest") :]
    asked = rest[_EACH_WORD.match(folded[match.start("rest") :]).end() :]  # type: ignore[union-attr]
    if not _INTERROGATIVE.search(fold(asked)):
        return None
    return [question[slice(*match.span(name))] + asked for name in ("first", "second")]
