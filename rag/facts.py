"""A question that asks for several facts → the questions that ask for one each.

Three forms are cut: a second question word («…, and when does it open?»), things that are asked
about alike («A和B分別…», "A and B respectively"), and attributes of one thing («X的A與B»). Everything
else is one question. A part that leaves out what it is about takes it over from the part before.
The forms are matched on folded text, which has the length of the original.
"""

import re
from collections.abc import Sequence

from index.folding import fold, holds_chinese
from rag.conversation import WH_EN, Turn, readings
from rag.question import AUXILIARIES

MAX_PARTS = 4

_WH_ZH = (
    r"什么|甚么|咩嘢|咩|乜嘢|乜|啥|哪|边(?:个|位|间|样|两|三|啲|度|条|队|家|班|只|部|科|组|级)|(?<=[喺去])边|谁|第几"
    r"|(?<![来近这好十百\d])几(?![乎何几千百十万])"
    r"|多少|(?<![许大很])多(?:久|大(?!学)|长|高|远|快|阔|重|深)|何(?:时|地|处|人|年|月|日|以|方|种)|为何|为什么|点解|如何|怎样|怎么|点样|点(?=申请|去|买|搭|用|报)"
)
_WH_EN = rf"\b(?:{WH_EN}|(?:what|who|where)s)\b"
_WHETHER_ZH = r"(?:有冇|有没有|是否|系咪|是不是|(\w)[唔不]\2)"
_WHETHER_EN = rf"\b(?:{AUXILIARIES})\b"
_INTERROGATIVE = re.compile(rf"(?:{_WH_ZH}|{_WH_EN})")
_ASKS = re.compile(rf"({_WH_ZH}|{_WH_EN}|^\s*{_WHETHER_EN}|{_WHETHER_ZH}|[吗呢][?？]?\s*$)")

_SENTENCE_END = r"(?:[?？;；。！!]+|\.(?=\s))\s*"
_THEN_ZH = r"(?:还有|同埋|另外|以及|而且|并且|而(?!家)|又|及|和|与|同)"
_THEN_EN = r"(?:(?:and|also|plus|n|&|\+|as well as),?)"
_ASKS_NEXT_EN = rf"(?:(?:in|at|by|for|on|to|from|since|until)\s+)?(?:{_WH_EN}|{_WHETHER_EN})"
# Between one question word and the next.
_CUT_ZH = re.compile(
    rf"{_SENTENCE_END}(?:{_THEN_ZH})?|[，,、]\s*(?:{_THEN_ZH})?"
    rf"|(?<=[\u4e00-\u9fff])\s+(?:{_THEN_ZH})?|(?:同埋|以及|还有|并且|(?<!以)及|和|与|同)"
    r"(?=(?:由|喺|在|是|系|于|为|有|需?要.?)?(?:什么|咩|乜|哪|边|谁|几|多少|何|为何|点解|如何|怎))"
)
_CUT_EN = re.compile(
    rf"{_SENTENCE_END}(?:{_THEN_EN}\s+)?|[,，]?\s+(?:{_THEN_EN}\s+)+(?={_ASKS_NEXT_EN})"
    # After a comma alone «which» and «who» begin a clause about what was named.
    rf"|[,，]\s*(?=(?:what|how|why)\b|{_ASKS_NEXT_EN}[^,，]*,?\s+{_THEN_EN}\s+{_ASKS_NEXT_EN})"
)
# A Chinese part with so many characters before its question word names its own subject.
_OWN_SUBJECT = 4

_BARE_JOINT = re.compile(rf"\s*(?:{_THEN_ZH}|{_THEN_EN})?\s*")
# «When it opened, …» and 「幾個朝代中，…」 ask for nothing before the comma.
_SETTING = re.compile(r"(?:when|where|while|if)\b|.*(?:[中下后]|(?<![何几])时|时候)$")

_SIZE = "[长阔宽高深大重快远]"
_TWICE = re.compile(
    r".+?(?P<wh>几[多点号时钱间个]|多少|何时)[^和与同或至到改]{2,10}?(?P<second>(?P=wh).+)$"
    rf"|.+?[几多]{_SIZE}(?P<second_size>[几多]{_SIZE}.*)$|.*何时(?P<second_where>何[地处].*)$"
)

_GOES_ON = "除了|除咗|不是|并|即"
_PEOPLE = "they|them|their|these|those"
# What cannot be completed: it goes on with a sentence, or points to people not named.
_DEPENDS = re.compile(rf"^(?:{_GOES_ON})|他们|她们|佢哋|它们|^(?:会|就|才|所以)|\b(?:{_PEOPLE})\b")
_POINTS = re.compile(
    rf"^(?:它|他|她|其|佢|该|这|那|呢个|嗰个|两者)|\b(?:it|its|this|that|he|him|his|she|her|{_PEOPLE})\b"
)
_LEAD = re.compile(
    r"^(?:请问|想问|想知道?|唔该|麻烦|请说明|请列出|请讲|i (?:want|need) to know|tell me|pls|please)[，,:\s]*"
)
_LIGHT = re.compile(r"(?:一共|共有|共|又|有|叫|是|系|在|喺|由|于|被|嘅|的|大概|大约|\s)+$")

_JOIN = r"(?:、|和|与|同埋|同|以及|及|跟)"
_EACH = re.compile(
    rf"^(?P<things>[^，,?？]{{1,30}}?(?:{_JOIN}[^，,、?？]{{1,20}}?)+)"
    r"(?:各自|分别|各(?![国地界种类式位区级行]))(?!.*的(?:是|系)?(?:哪|什么|边|谁|.{1,6}是(?:谁|什么|哪)))(?P<asked>.*)$"
)
_RESPECTIVELY = re.compile(
    r"^(?P<head>.*?\b(?:of|for|in|at|by|on)\s+)(?P<things>.+?\s+and\s+.+?)\s*,?\s+(?:respectively|each)$"
)
_COMPARE_ZH = re.compile(
    r"^(?:请|帮我|同我)?(?:比较|比一比|比一下|比下|对比)(?:一下|下)?(?P<a>[^，,]{1,20}?)(?:和|与|同|跟|及)"
    r"(?P<b>[^，,]{1,20}?)(?:的|嘅)(?P<rest>[^，,?？]{1,20})$"
)
_COMPARE_EN = re.compile(
    r"^(?:please\s+)?compare\s+(?P<a>.+?)\s+(?:and|with|to|versus|vs\.?)\s+(?P<b>.+?)$"
)
_ATTRIBUTES_ZH = re.compile(
    rf"^(?P<owner>.{{2,30}})(?:的|嘅)(?P<things>[^的嘅、和与同及，,?？]{{2,6}}(?:{_JOIN}[^的嘅、和与同及，,?？]{{2,6}})+)$"
)
_ATTRIBUTES_EN = re.compile(
    r"\bboth\s+(?:the\s+)?(?P<a>[\w\s]{2,30}?)\s+and\s+(?:the\s+)?(?P<b>[\w\s]{2,30}?)\s+of\s+(?P<owner>.+?)(?:\s+(?:pls|please))?$"
)
_AND_ITS = re.compile(
    r"^(?:(?:name|give|list|state|tell|i need|what is|what's)\s+)?(?:(?:me|both)\s+)*(?P<owner>.+?)\s+and\s+its\s+(?P<b>[\w\s]{2,30}?)$"
)
_AFTER_COLON = re.compile(
    r"^(?P<owner>[^:：「『《]{2,40})[:：]\s*(?P<things>[^,，、:：。]{2,24}(?:[,，、][^,，、:：。]{2,24}){2,})$"
)


def single_facts(question: str) -> list[str]:
    """The questions in their order, each a part of the wording, completed where it leans on the part
    before; ``[question]`` if it asks for one.

    At most MAX_PARTS; what lies beyond stays with the last.
    """
    asked = question.rstrip(" ?？。.")
    lead = _LEAD.match(fold(asked).lower())
    bare = asked[lead.end() :] if lead else asked
    parts = _asked_alike(asked) or _attributes(bare) or _clauses(bare)
    if len(parts) < 2:
        return [question]
    return parts[: MAX_PARTS - 1] + [" ".join(parts[MAX_PARTS - 1 :])] * (len(parts) >= MAX_PARTS)


def _said(match: re.Match[str], question: str) -> dict[str, str]:
    """The groups of a match in folded text, in the asker's words."""
    return {name: question[slice(*match.span(name))] for name in match.groupdict()}


def _asked_alike(question: str) -> list[str]:
    """「甲和乙分別叫什麼」 → 「甲叫什麼」, 「乙叫什麼」."""
    folded = fold(question).lower()
    if match := _EACH.match(folded):
        said = _said(match, question)
        if not _INTERROGATIVE.search(fold(said["asked"])):
            return []
        first, *others = _things(said["things"], _JOIN)
        owner = re.match(r"[^「『《]+[的嘅]", fold(first))
        shared = first[: owner.end()] if owner else ""
        return [thing + said["asked"] for thing in (first, *(shared + o for o in others))]
    if match := _RESPECTIVELY.match(folded):
        said = _said(match, question)
        return [said["head"] + t for t in _things(said["things"], r"\s+and\s+|\s*,\s*")]
    if match := _COMPARE_ZH.match(folded):
        said = _said(match, question)
        return [f"{said[thing]}的{said['rest']}" for thing in ("a", "b")]
    if match := _COMPARE_EN.match(folded):
        return list(_said(match, question).values())
    return []


def _attributes(question: str) -> list[str]:
    """「渡輪的票價與班次」 → 「渡輪的票價」, 「渡輪的班次」."""
    folded = fold(question).lower()
    if match := _ATTRIBUTES_EN.search(folded):
        said = _said(match, question)
        return [f"{said[thing]} of {said['owner']}" for thing in ("a", "b")]
    if match := _AND_ITS.match(folded):
        said = _said(match, question)
        return [said["owner"], f"{said['b']} of {said['owner']}"]
    if (match := _ATTRIBUTES_ZH.match(folded)) and not _ASKS.search(folded):
        said = _said(match, question)
        return [f"{said['owner']}的{thing}" for thing in _things(said["things"], _JOIN)]
    if match := _AFTER_COLON.match(folded):
        said = _said(match, question)
        return [f"{said['owner']} {thing}" for thing in _things(said["things"], "[,，、]")]
    return []


def _things(text: str, join: str) -> list[str]:
    """What ``join`` holds together, in the asker's words."""
    folded, things, at = fold(text).lower(), [], 0
    for match in [*re.finditer(join, folded), None]:
        things.append(text[at : match.start() if match else None].strip())
        at = match.end() if match else 0
    return [thing for thing in things if thing]


def _clauses(question: str) -> list[str]:
    """The question cut between its question words, each part completed."""
    whole: list[str] = []
    for piece, joint in _pieces(question):
        part = _completed(piece, whole)
        if part is None:
            return []
        if whole and _BARE_JOINT.fullmatch(joint):
            whole[-1] = _with_ending(whole[-1], part, alike_is_one=bool(joint.strip()))
        whole.append(part)
    return whole if all(whole) else []


def _with_ending(first: str, second: str, alike_is_one: bool) -> str:
    """«When and where did …»: the first asks of what the second names. "" for «who and who …»."""
    one, other = (_INTERROGATIVE.search(fold(part).lower()) for part in (first, second))
    if one is None or other is None or any(c.isalnum() for c in first[one.end() :]):
        return first
    if one[0] == other[0]:
        return "" if alike_is_one else first
    return first + second[other.end() :]


def _pieces(question: str) -> list[tuple[str, str]]:
    """The question cut where clauses that ask stand side by side, each with what joins it on (folded)."""
    folded = fold(question).lower()
    cut = _CUT_ZH if holds_chinese(folded) else _CUT_EN
    pieces: list[tuple[int, int, str]] = []
    at, joint = 0, ""
    for match in [*cut.finditer(folded), None]:
        end = match.start() if match else len(question)
        before = folded[slice(*pieces[-1][:2])] if pieces else ""
        apart = _ASKS.search(folded[at:end].strip()) and _ASKS.search(before)
        setting = joint.strip() in ",，" and _SETTING.match(before)
        if pieces and (setting or not apart):
            # What asks nothing of its own belongs to what stands before it.
            pieces[-1] = pieces[-1][0], end, pieces[-1][2]
        else:
            pieces.append((at, end, joint))
        if match:
            at, joint = match.end(), match[0]
    return [
        (part, joint if number == 0 else "")
        for start, end, joint in pieces
        for number, part in enumerate(_twice(question[start:end].strip(" ,，、?？")))
        if part
    ]


def _twice(piece: str) -> list[str]:
    """「幾點開門幾點閂門」, 「幾長幾闊」, 「何時何地」: two question words with nothing between."""
    match = _TWICE.match(fold(piece))
    if match is None:
        return [piece]
    at = match.start(match.lastgroup or 0)
    return [piece[:at], piece[at:]]


def _completed(part: str, before: Sequence[str]) -> str | None:
    """``part`` so that it stands alone, after the parts ``before`` it; None where it cannot."""
    folded = fold(part).lower()
    if not before:
        return part
    if _DEPENDS.search(folded):
        return None
    if _POINTS.search(folded) or not holds_chinese(folded) or folded.endswith("呢"):
        found = readings(part, [Turn(before[-1])])
        return found[0] if found else None if _POINTS.search(folded) else part
    asked = _ASKS.search(folded)
    own = _LIGHT.sub("", folded[: asked.start()] if asked else folded)
    parallel = _ending(folded) == _ending(fold(before[-1]).lower())
    if len(own) >= _OWN_SUBJECT or (parallel and own):
        return part
    return _subject(before[0]) + part


def _ending(folded: str) -> str:
    found = _INTERROGATIVE.search(folded)
    return re.sub(r"[?？呀啊呢\s]", "", folded[found.start() :]) if found else ""


def _subject(part: str) -> str:
    """What a Chinese question asks about: what stands before its question word, or after it."""
    folded = fold(part).lower()
    found = _ASKS.search(folded)
    if found is None:
        return part
    before = _LIGHT.sub("", folded[: found.start()])
    if before:
        return part[: len(before)]
    return part[found.end() :].strip(" ?？")
