"""A question that leans on the turns before it, made into one that stands alone.

Only elliptical forms are completed: 「咁登記用戶呢？」 and "and in 2035?", which give what changes
and leave out the rest; 「佢幾時成立？」 and "who runs it?", which point back with a pronoun; and
「幾時？」 or "why?", which ask about nothing named. Everything else is a subject of its own. The
forms are matched on folded text, which has the length of the original, so that what is taken over
from a question stays in its asker's words and script.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.folding import fold, holds_chinese


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier turn: its question as it was understood, its answer ("" where there was none),
    and the number of the section that was cited first, or None."""

    question: str
    answer: str = ""
    section: int | None = None


# What asks: a question that has one of these and names its subject needs nothing before it.
_WH_ZH = (
    r"什么|咩|乜|多少|几多|几时|几大|几耐|几点|几个|几间|几条|几|谁|边个|边度|边间|边位|边啲|边|哪里|哪儿|哪些|哪个|哪位|哪"
    r"|点解|点样|点|怎么样|怎样|怎么|如何|为何|为什么|为咗乜|何时|何处|多久|多长|多大|多高"
)
_YES_NO_ZH = r"是否|是不是|系咪|有没有|有冇|会不会|会唔会|能否|能不能|可否|可不可以|吗|嘛|未"
_ASKS_ZH = re.compile(rf"{_WH_ZH}|{_YES_NO_ZH}")
WH_EN = r"what|which|who|whom|whose|when|where|why|how"
_AUX_EN = (
    r"is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|shall|may|might|must"
)
_ASKS_EN = re.compile(rf"\b(?:{WH_EN}|{_AUX_EN}|tell|show|explain|list|give)\b")

# 「咁……呢？」: what stands between is what changes.
_LEAD_ZH = r"(?:咁样?|噉|甘|那么|那|嗰|而|还有|仲有|同埋|至于|另外|再问|以及|噢|哦|好|ok|，|,|\s)*"
_SWAP_ZH = re.compile(
    rf"{_LEAD_ZH}(?P<x>.{{1,24}}?)\s*(?:呢|又点呀?|又如何|又怎样|又怎么样)\s*[?？。]*$"
)
_SWAP_EN = re.compile(
    r"(?:(?:and|but|so|then|ok|okay|now|also)\b[,\s]*)*"
    r"(?:what|how) about\s+(?P<x>.{1,60}?)\s*(?:then|instead)?\s*[?.]*$"
    r"|(?:(?:and|but|or|so|then)\b[,\s]*)+(?P<y>.{1,60}?)\s*[?.]*$"
)
_PREPOSITION = re.compile(r"(?:in|for|by|at|on|during|since|from|under|with|of|after|before)\s+")

# 「佢」, "it": must not have a noun of its own question to point to.
_PRONOUN_ZH = re.compile(
    r"佢哋|佢|他们|她们|它们|他|她|它|(?:呢|这|该|那|嗰|此)(?:个|项|笔|份|间|所|条|种)?"
    r"(?P<noun>计划|基金|中心|办公室|机构|部门|平台|项目|园区|政策|公司|学校|大学|措施|服务|人|地方)?"
)
_POINTING_ZH = re.compile(r"佢哋|佢|他们|她们|它们|他|她|它")
_NOT_OTHER = re.compile(r"其他|其它|他日|吉他|他国|他人")
_PRONOUN_EN = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her"
    r"|(?:this|that|these|those)(?: (?:one|fund|scheme|plan|centre|center|office|programme|program"
    r"|project|platform|park|policy|company|school|university|person|service|place))?)\b"
)
# «it» that points to nothing, or to the article.
_EMPTY_IT = re.compile(
    r"\b(?:is|was|does|do|did|can|will|would|has) it (?:true|possible|clear|correct|say|says|mention"
    r"|state|claim|take|rain|snow|raining|cost to)\b|\bwhat (?:time|day|date|year) is it\b|\bthat is\b"
    r"|\b(?:this|that) (?:article|report|story|text|page|news|year|month|week|document|website|site)\b"
)
_OWN_NOUN_EN = re.compile(r"\b(?:the|a|an)\s+\w+")

# Asks, and names nothing.
_BARE_ZH = re.compile(
    r"(?:咁|噉|那么|那|而|又|是|系|究竟|到底|，|,|\s)*"
    r"(?:有|要|共|一共|总共)?(?:点解|为什么|为何|怎样|点样|如何|几时|何时|什么时候|咩时候|哪一年|哪年|边年|边度|哪里|在哪里|喺边度|喺边|"
    r"边个|谁|多少钱|几多钱|多少人|几多人|多少个|几多个|多少|几多|多久|几耐|多大|几大|边个负责|谁负责|由谁负责|由边个负责)"
    r"(?:会|先|才|正式|首次)?(?:成立|开始|启用|推出|举行|设立|公布|完成|投入|落成|生效|结束|开幕|开放|营运|运作|管理|负责|的|㗎|嘅|嘎|呀|啊|呢|了|咗|过|、)*"
    r"\s*[?？。]*$"
)
_BARE_EN = re.compile(
    r"(?:(?:and|but|so|then)\b[,\s]*)*(?:why|when|where|who|how|how much|how many|how long|how big|since when"
    r"|by whom|by when|until when|which one|which ones)(?: (?:is|was|are|were) that| so| exactly| then)?\s*[?.]*$"
)

_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?:\s*年(?:度|代)?)?(?!\d)|(?:今|明|去|前|上|后)年")
_NUMERAL = r"[一二三四五六七八九十两\d]{1,3}"
_NUMERALS = "一二三四五六七八九十两兩0123456789"
_MEASURES = "个個项項条條点點节節章段部分名位批期屆届间間座次"
_ORDINAL_ZH = re.compile(
    rf"第\s*{_NUMERAL}\s*(?:个|项|条|点|节|章|段|部分|名|位|批|期|届|间|座|次)?"
)
_ORDINAL_EN = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\d+(?:st|nd|rd|th))\b"
)
_SECTION_EN = re.compile(r"\b(?:section|item|part|point|chapter|paragraph)\s+\d{1,3}\b")
_QUOTED = re.compile(r"[「『《“\"][^「」『』《》“”\"]{2,40}[」』》”\"]")
_SECTION_NAMED = re.compile(rf"{_ORDINAL_ZH.pattern}|{_SECTION_EN.pattern}")

# What holds the parts of a question together and names nothing.
_GLUE_ZH = re.compile(
    rf"{_WH_ZH}|{_YES_NO_ZH}|咁|请问|想问|想知|究竟|到底|一共|总共|共有|共|现在|目前|而家|提供|推出|成立|设立|公布|举行|获得|进行|管理|负责"
    r"|开始|启用|完成|说了|讲了|写了|关于|有关|为|向|由|被|将|会|已经|已|经|了|咗|过|的|嘅|在|喺|于|有|是|系|叫|名|做|说|讲|呢|呀|啊|㗎|排|达到|达|用|占"
    r"|对|和|同|与|[，,。、？?！!\s]"
)
_UNIT_ZH = re.compile(r"(?:亿|万)?(?:钱|元|人|年|日|个月|次|倍|岁|%|个?百分点|时间|名)?$")
_MEASURE_ZH = re.compile(r"^(?:个|项|家|间|条|名|位|种|份|座|所|笔|批|场|届|款|台)")
_GLUE_EN = re.compile(
    rf"\b(?:{WH_EN}|{_AUX_EN}|many|much|long|big|old|often|the|a|an|of|in|on|at|by|for|to|from|with|there"
    r"|about|into|as|and|or|please|tell|me|us|all|total|does|say|said|run|runs|offer|offers|provide|provides"
    r"|cover|covers|get|gets|called|named|set|up|established|launched|opened?|open|start(?:ed|s)?|beg[ia]n"
    r"|announced|founded|completed|released|hold|holds|held|made|make|makes|be|been)\b|[?,.!]"
)
_PERSON = re.compile(
    r"谁|边个|边位|哪位|边间|边啲公司|\bwho\b|\bwhich (?:company|person|office|school)\b"
)
_ENTITY = re.compile(
    r"[「『《“\"A-Z]|(?:计划|基金|中心|办公室|办|局|署|处|会|院|大学|学校|公司|集团|平台|园区|区|城市|市|国|省|银行|项目|系统|港|馆|论坛)$"
)
_LONGEST_ANSWER = 20  # characters of an answer that can stand for a name


def readings(question: str, earlier: Sequence[Turn]) -> tuple[str, ...]:
    """The question completed from the turns before it, likeliest reading first.

    Empty where the question stands alone, or nothing came before. Several readings are given
    where the form leaves open what is meant: the documents then decide.
    """
    if not earlier:
        return ()
    last = earlier[-1]
    clean = "".join(c if c.isprintable() else " " for c in question).strip()
    asked = fold(clean).lower()
    changed = _what_changes(clean, asked)
    if changed:
        found = _swapped(changed, last)
    elif pointer := _pointer(asked):
        found = [_insert(clean, pointer, topic) for topic in _topics(last)]
    elif _BARE_ZH.match(asked) or _BARE_EN.match(asked):
        found = [_about(topic, clean) for topic in _topics(last)]
    else:
        return ()
    same = {fold(clean), fold(last.question)}
    return tuple(dict.fromkeys(r for r in found if fold(r) not in same))


def _what_changes(clean: str, asked: str) -> str:
    """The X of 「咁X呢？」 and "and X?", in the asker's words; "" if the question has no such form."""
    if holds_chinese(asked):
        match = _SWAP_ZH.match(asked)
        if match and not _ASKS_ZH.search(match["x"]) and not _POINTING_ZH.search(match["x"]):
            return clean[slice(*match.span("x"))].strip(" ，,")
        # 「咁2035年？」 and 「第二個？」: a year or a number alone.
        alone = re.fullmatch(
            rf"{_LEAD_ZH}(?P<x>(?:{_YEAR.pattern})|{_ORDINAL_ZH.pattern})\s*[?？。]*", asked
        )
        return clean[slice(*alone.span("x"))] if alone else ""
    match = _SWAP_EN.match(asked)
    if not match:
        return ""
    name = "x" if match["x"] else "y"
    x = match[name]
    if len(x.split()) > 6 or _ASKS_EN.search(x) or _PRONOUN_EN.fullmatch(x):
        return ""
    return clean[slice(*match.span(name))]


def _swapped(x: str, last: Turn) -> list[str]:
    """The last question with what is like ``x`` in it replaced by ``x``."""
    previous = last.question
    bare = x[m.end() :] if (m := _PREPOSITION.match(x.lower())) else x
    plain = re.sub(r"^the\s+|\s+ones?$", "", bare, flags=re.IGNORECASE)
    for kind in (_YEAR, _SECTION_NAMED, _ORDINAL_EN):
        if new := kind.search(fold(x).lower()):
            return [_with_kind(x[slice(*new.span())], plain, kind, previous)]
    found = []
    attribute = _with_attribute(x, plain, previous)
    part = _most_alike(plain, previous)
    topic = previous.replace(part, plain, 1) if part else ""
    entity = bool(_ENTITY.search(fold(plain)))
    alike = part and _shared_ending(part, plain) > 0
    first = [topic, attribute] if alike or entity else [attribute, topic]
    found = [reading for reading in first if reading]
    if last.section and not entity and not alike:
        found.append(
            _about(_section(last.section, x), f"{plain}有多少？" if holds_chinese(x) else x)
        )
    return found or [_about(plain, previous)]


def _with_kind(value: str, plain: str, kind: re.Pattern[str], previous: str) -> str:
    """A year for a year, a number for a number; put before or after where there is none."""
    before = kind.search(fold(previous).lower())
    if before:
        old = previous[slice(*before.span())]
        if kind is _YEAR and value[0].isdigit():
            value = value.rstrip("年 ") + ("年" if old.endswith("年") else "")
        elif kind is _SECTION_NAMED and value[-1] in _NUMERALS:
            value += old[len(old.rstrip(_MEASURES)) :]
        return previous[: before.start()] + value + previous[before.end() :]
    if holds_chinese(previous):
        return plain + previous
    return f"{previous.rstrip(' ?.')} {'in ' if kind is _YEAR else ''}{plain}?"


def _with_attribute(x: str, plain: str, previous: str) -> str:
    """Another thing counted of the same subject: 「智方便有幾多服務」 + 登記用戶; "" if none is."""
    folded = fold(previous).lower()
    if holds_chinese(previous):
        match = re.search(r"(?P<verb>有|提供|涵盖|包括)?(?:多少|几多|几)(?P<noun>[^?？]*)", folded)
        if not match:
            return ""
        noun = _MEASURE_ZH.sub("", match["noun"]).strip()
        if match.start() == 0 or _UNIT_ZH.match(noun):
            return ""
        return f"{previous[: match.start()]}{plain}有多少？"
    match = re.match(rf"how (?:many|much) (?P<noun>.+?) (?=(?:{_AUX_EN})\b)", folded)
    if not match:
        return ""
    return previous[: match.start("noun")] + plain + previous[match.end("noun") :]


def _parts(question: str) -> list[str]:
    """What a question names: quoted names and the stretches between its glue."""
    quoted = [m[0] for m in _QUOTED.finditer(question)]
    rest = _QUOTED.sub(lambda m: "?" * len(m[0]), question)
    folded = fold(rest).lower()
    glue = _GLUE_ZH if holds_chinese(question) else _GLUE_EN
    parts, at = [], 0
    for match in [*glue.finditer(folded), None]:
        part = rest[at : match.start() if match else None].strip(" ?？")
        if len(part) >= 2:
            parts.append(part)
        at = match.end() if match else 0
    return quoted + parts


def _most_alike(x: str, question: str) -> str:
    """The part of a question that ``x`` would take the place of: alike in its ending, or longest."""
    parts = _parts(question)
    return max(parts, key=lambda p: (_shared_ending(p, x), len(p)), default="")


def _shared_ending(one: str, other: str) -> int:
    """How many characters (of Chinese) or words (of English) two names end in together."""
    brackets = '「」『』《》“”"'
    a: Sequence[str] = fold(one).lower().strip(brackets)
    b: Sequence[str] = fold(other).lower().strip(brackets)
    if not holds_chinese(one):
        a, b = str(a).split(), str(b).split()
    shared = 0
    for left, right in zip(reversed(a), reversed(b), strict=False):
        if left != right:
            break
        shared += 1
    return shared


def _topics(last: Turn) -> list[str]:
    """What a pronoun can stand for: a name that was the answer, what was asked about, the section."""
    found = []
    short = 2 <= len(last.answer) <= _LONGEST_ANSWER
    if short and _PERSON.search(fold(last.question).lower()):
        found.append(last.answer)
    named = _SECTION_NAMED.search(fold(last.question).lower())
    parts = [p for p in _parts(last.question) if not _YEAR.fullmatch(fold(p))]
    if named:
        found.append(last.question[slice(*named.span())])
    elif parts:
        found.append(next((p for p in parts if _QUOTED.fullmatch(p)), max(parts, key=len)))
    if last.section:
        found.append(_section(last.section, last.question))
    return found


def _section(number: int, language_of: str) -> str:
    return f"第{number}項" if holds_chinese(language_of) else f"section {number}"


def _pointer(asked: str) -> tuple[int, int] | None:
    """Where the question's pronoun stands, if it points out of the question."""
    if holds_chinese(asked):
        for match in _PRONOUN_ZH.finditer(_NOT_OTHER.sub(lambda m: "?" * len(m[0]), asked)):
            if not match["noun"] and not _POINTING_ZH.match(match[0]):
                continue
            before = asked[: match.start()]
            own = _parts(before)
            # In 「邊個管理佢」 what stands before only asks; a clause or a name of its own is what
            # the pronoun points to.
            if own and (len(own) > 1 or not _ASKS_ZH.search(before) or re.search("[，,]", before)):
                return None
            return match.span()
        return None
    if _EMPTY_IT.search(asked):
        return None
    pronoun = _PRONOUN_EN.search(asked)
    if not pronoun or _OWN_NOUN_EN.search(asked[: pronoun.start()]):
        return None
    return pronoun.span()


def _insert(question: str, place: tuple[int, int], topic: str) -> str:
    """The pronoun's place filled; a possessive gets its ending."""
    start, end = place
    pronoun = question[start:end].lower()
    if not holds_chinese(question) and pronoun in ("its", "their", "his", "her"):
        topic += "'s"
    return question[:start] + topic + question[end:]


def _about(topic: str, question: str) -> str:
    """A topic put to a question that names none."""
    clean = re.sub(r"^(?:咁|噉|那么|那麼|那)+[，,]?", "", question)
    return f"{topic}{clean}" if holds_chinese(clean) else f"{topic}: {clean}"
