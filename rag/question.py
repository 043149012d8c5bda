"""What a question asks for: normalisation, and the questions that need no search.

Patterns are matched against the folded question (Simplified characters, NFKC, lower case).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import count

from index.errors import ProjectError
from index.folding import fold
from index.numerals import CARDINALS, ORDINALS, PATTERN, ROMAN, read_number
from index.sections import Section


class QuestionError(ProjectError):
    """A question that cannot be asked. One sentence that says why and what to do."""


LEAST_SHARED = 0.8  # of a heading's characters, where a question quotes it
LAST = -1  # negative numbers count sections from the last

_ORDINALS = dict(zip(ORDINALS, count(1), strict=False)) | {
    "eigth": 8, "nineth": 9, "twelvth": 12, "last": LAST, "final": LAST,
    "penultimate": -2, "second last": -2, "second to last": -2, "last but one": -2,
}  # fmt: skip
_CARDINALS = dict(zip(CARDINALS, count(1), strict=False))
_ROMAN = dict(zip(ROMAN, count(1), strict=False))
_PART = "sections?|items?|parts?|points?|chapters?|paragraphs?|paras?"
# These count other things too («the third runway», «number one in Asia», 「三號碼頭」): they name a
# section where the question asks for nothing else.
_LOOSE = "articles?|numbers?|nos?|things?|ones?|story|entry|topic|heading|headline|highlight|bullet"
_UNIT_ZH = r"个?(?:项目|项|点|章|部分|部份|重点|事项|话题|标题|小节)"
_OTHER_UNIT_ZH = "条|节|段|篇|则|单|样|个|件事?"
_ANY_UNIT_ZH = f"(?:{_UNIT_ZH}|{_OTHER_UNIT_ZH})"
_BY_NUMBER = re.compile(
    rf"第\s*(?P<zh>{PATTERN})\s*(?:{_UNIT_ZH}|(?P<zh_other>{_OTHER_UNIT_ZH}|[大项]工作|(?!\S)|$|(?=[的那嗰]|在?讲|说|系|是)))"
    rf"|(?P<thing>(?:项目|重点|[(（])\s*(?P<zh2>{PATTERN})[)）]?|(?P<zh3>{PATTERN})\s*号)"
    rf"|(?P<from_last>倒数第\s*(?P<zh4>{PATTERN})个?{_ANY_UNIT_ZH}?|尾(?P<zh5>[二三两])(?:[那嗰]?{_ANY_UNIT_ZH})?)"
    rf"|(?P<alone>^\s*(?P<zh6>{PATTERN})(?=\s*[.、那嗰是系]))"
    rf"|(?P<last>(?:(?:最|排)(?:后|尾|末)|尾|末)(?:[那嗰一]|来)*{_ANY_UNIT_ZH})"
    rf"|(?P<first>(?:开头|最先)?(?:首|头)[那嗰一]?{_ANY_UNIT_ZH})"
    rf"|(?:\b(?:{_PART}|(?P<en_other>{_LOOSE}))\b|[§#])[.\s#]*(?:(?:no|number)\b[.\s#]*)?"
    rf"(?:(?P<en>\d{{1,3}})|(?P<cardinal>{'|'.join(_CARDINALS)})|(?P<roman>{'|'.join(_ROMAN)}))\b"
    rf"|\b(?:(?P<nth>\d{{1,3}})\s*(?:st|nd|rd|th)|(?P<word>{'|'.join(_ORDINALS)}))\s+"
    rf"(?:{_PART}|(?P<nth_other>{_LOOSE}))\b"
)
# The groups of what counts other things too.
_OTHERS = "zh_other thing from_last alone last first en_other nth_other".split()  # noqa: SIM905
_INSIDE = re.compile(r"\s*(?:[的嘅里中内有边谁几同,，]|入面|提|说|讲|写)")
# Words that ask what is said and add nothing to which fact is wanted.
_FILLER_CHINESE = (
    # asking politely, and for whom
    "请问 请 唔该 麻烦 劳烦 唔想 不想 懒得 没时间 冇时间 太长 想知道 想知 想问 想了解 想睇 想看 想听 想 我 我们 我哋 你 您 可唔可以 可不可以 能不能 可以 可否 能否 能 帮 俾 畀 给 同 告诉 话 知"
    # what is done with a text
    " 讲述 讲解 讲及 讲到 讲讲 讲 展开 说说 说明 说 写 谈 提到 提及 提 列出 列 叙述 描述 记载 记述 报道 报导 介绍 解释 读 睇 看 听 交代 涉及 涵盖 包括 包含 概述 简述 综述 概括 归纳 总结 撮要 回顾 整理 念 排"
    # what is wanted of it
    " 主要内容 内容 大意 大概 大致 大纲 重点 要点 摘要 主题 主旨 要旨 中心思想 中心 思想 总结 简介 概要 标题 题目 详情 细节 资料 事情 事件 工作 东西 嘢 事 观点 核心 意思 文稿"
    " 关于 有关 主要 具体 简单 简短 扼要 简要 究竟 到底 其实 一句话 一句 用 以 里面 入面 当中 其中 之中 整体 整个 成个 全部 所有 一共 总共 快速 速 大体 首先 开头 最后 两句 三句 几句 句话"
    # question words, particles, and the words between
    " 什么 甚么 咩嘢 咩 乜嘢 乜 啥 哪些 边啲 啲 些 点样 如何 怎么 怎样 一下 吓 下 系 是 为 的 地 得 嘅 了 咗 着 紧 过 晒 出 呢 吗 嘛 呀 啊 㗎 架 嚟 来 喇 啦 呗 吧 有 何 先 左 返 番 同 与 和 及 之 话 把 单 样 都 谢谢 多谢 唔明 睇极 捋 撮述 范畴 方面 点 呢度 嗰度 度"
    " 在 于 喺 里 中 上 内 那 嗰 这 呢 该 此 个 项 条 篇 份 段 则 件 点 节 章 句 一"
)
_FILLER_ENGLISH = (
    "what whats which how does do did is are was were it its it's this that these those there the a an in of about on"
    " under for from as with at to by all say says said saying state states stated tell tells told me us i we you your want"
    " like know please kindly can could would will may let lets just give show read list lists listed present see explain"
    " describe outline introduce brief briefly short shortly quick quickly simply sentence word words nutshell one"
    " summ?ari[sz]e summ?ari[sz]ed summ?ary sum summed up overview rundown recap synopsis abstract tl;?dr content contents"
    " contain contains contained main key central major overall general basic whole entire point points idea ideas gist"
    " essence theme topic topics subject covers? covered cover discuss(?:es)? discussed talk talks talking deal deals"
    " mean means mention mentions happen happens happened very d up hi hello hey pls plz ok okay thanks thx u ur"
    " need long reading lazy takeaways? highlights? bullets? two three few sentences section item part chapter"
    " paragraph para entry number entitled called titled"
    " title heading headed headline detail details information info and s"
)
_FILLER = re.compile(
    "|".join(sorted(_FILLER_CHINESE.split(), key=len, reverse=True))
    + rf"|\b(?:{'|'.join(_FILLER_ENGLISH.split())})\b"
)
_WHOLE = re.compile(
    r"(?:整|成|全|呢|这|那|该|本|一)?(?:篇|份|则|段|条)?(?:新闻)?(?:文章|报道|报导|报纸|报章|报告|年报|通告|公告|手册|指引|刊物|新闻|文件|文档|稿件|文稿|文字|文本|故事|网页)|全文|本文|内文|原文"
    r"|(?:整|成|全|呢|这|那)(?:篇|份)(?:文字?|嘢|东西)?|篇文"
    r"|\b(?:(?:news|annual|whole)\s+)*(?:article|report|story|text|document|news|newspaper|paper|post|doc|piece|page|passage|publication|thing)s?\b"
)
# Alone, without a word for the document, these ask for the whole of it as well.
_SUMMARY = re.compile(
    r"总结|概括|概述|摘要|撮要|大意|大纲|主旨|要旨|主题|题目|中心思想|重点|要点|主要内容|内容是|说的是|讲的是|大概讲|大概说"
    r"|\b(?:summ?ar(?:y|i[sz]e)|gist|overview|tl;?dr|nutshell|synopsis|recap|sum|takeaways?|highlights?|rundown"
    r"|(?:main|key) (?:idea|point|topic|takeaway)s?)\b|\bthis about\b"
)
_ASKS_ABOUT = re.compile(
    r"什么|甚么|咩|乜|啥|讲|说|写|谈|介绍|读|关于|点解释|解释|重点|要点|内容|简介|标题"
    r"|about|say|said|main|topic|content|cover|explain|describe|what|tell|outline|detail|discuss"
    rf"|{_SUMMARY.pattern}"
)
AUXILIARIES = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should"
_YES_NO = re.compile(
    r"(\w)[不唔]\1|吗\s*[?？]?$|嘛\s*[?？]?$|是否|系咪|有冇|有没有|能否|可否|对吗|未\s*[?？]?$"
    rf"|^(?:{AUXILIARIES})\b"
)
_EXPLANATION = re.compile(
    r"为什么|为何|点解|何以|原因|怎样|怎么|如何|点样|目的|作用|为咗乜|\bwhy\b|\bhow (?:do|does|did|will|can|is|are|has|have|was|were)\b|\bpurpose\b|\breason\b"
)


_FIGURE = re.compile(
    r"几|多少|何时|哪一?年|百分|percent|rank|year|\bhow (?:many|much|long)\b|\bwhen\b"
)
_BETWEEN_SCRIPTS = re.compile(r"(?<=[\u4e00-\u9fff])(?=[a-z0-9])|(?<=[a-z0-9])(?=[\u4e00-\u9fff])")
# «Which two offices …?»
_COUNT = re.compile(
    r"(?:哪|边)(?P<zh>[两二三四五2-5])(?!十|百|千|年)|\b(?:which|what)\s+(?P<en>two|three|four|five)\b"
)


@dataclass(frozen=True, slots=True)
class Question:
    """``text`` as asked, without control characters and outer white space; ``folded`` likewise in
    one script, width and case. ``section`` is the number of a section that it names, or None.

    ``lookup``: it asks what that section says, and for no particular fact of it.
    ``whole``: it asks what the document says as a whole.
    """

    text: str
    folded: str
    section: int | None
    lookup: bool
    whole: bool

    @property
    def count(self) -> int:
        """How many things it asks for, where it says so; otherwise 1."""
        found = _COUNT.search(self.folded)
        if found is None:
            return 1
        return _CARDINALS[found["en"]] if found["en"] else read_number(found["zh"])

    @property
    def yes_no(self) -> bool:
        return bool(_YES_NO.search(self.folded))

    @property
    def figure(self) -> bool:
        """Whether it asks for a figure or a date."""
        return bool(_FIGURE.search(self.folded))

    @property
    def explanation(self) -> bool:
        return bool(_EXPLANATION.search(self.folded))


def parse_question(text: str, max_characters: int) -> Question:
    """Raises QuestionError for an empty question and for one over ``max_characters``."""
    if len(text) > max_characters:
        raise QuestionError(
            f"The question has {len(text):,} characters and at most {max_characters:,} are read: "
            "please ask it in fewer words."
        )
    # Control characters, lone surrogates and invisible marks say nothing and can break a display.
    clean = "".join(c if c.isprintable() else " " for c in text).strip()
    if not any(c.isalnum() for c in clean):
        raise QuestionError("The question is empty: please type a question about the documents.")
    folded = fold(clean).lower()
    # 「幫我tldr」: a word of English ends where Chinese begins.
    apart = _BETWEEN_SCRIPTS.sub(" ", folded)
    named = _BY_NUMBER.search(apart)
    rest = apart if named is None else apart[: named.start()] + " " + apart[named.end() :]
    without_whole = _WHOLE.sub(" ", rest)
    lookup = named is not None and _says_nothing(without_whole)
    return Question(
        clean,
        folded,
        _section_number(named) if named and (lookup or _limits(named, apart)) else None,
        lookup=lookup,
        whole=named is None
        and bool((_ASKS_ABOUT if without_whole != rest else _SUMMARY).search(rest))
        and _says_nothing(without_whole),
    )


def named_by_heading(question: Question, sections: Sequence[Section]) -> list[int]:
    """Positions of the sections whose heading, or a part of it, is all that the question says."""
    if question.explanation or question.yes_no:
        return []
    asked = _telling(question.folded)
    return [
        position
        for position, section in enumerate(sections)
        if any(_is_quoted(name, asked) for name in _names(section.heading))
    ]


@lru_cache(maxsize=1 << 12)
def _names(heading: str) -> frozenset[str]:
    """A heading and its parts, each without the words that only ask."""
    folded = fold(heading).lower()
    names = {_telling(name) for name in (folded, *folded.split()) if len(name) >= 4}
    return frozenset(name for name in names if len(name) >= 3)


def _telling(folded: str) -> str:
    """What is left of a question or heading without the words that only ask."""
    return "".join(filter(str.isalnum, _FILLER.sub(" ", _BETWEEN_SCRIPTS.sub(" ", folded))))


def _is_quoted(heading: str, asked: str) -> bool:
    """Whether ``asked`` is the heading and no more: a character of it may be another (與 for 同)."""
    # Their lengths alone rule nearly every heading out, and at once.
    if not LEAST_SHARED * len(heading) <= len(asked) <= len(heading) + 1:
        return False
    blocks = SequenceMatcher(None, heading, asked, autojunk=False).get_matching_blocks()
    shared = sum(block.size for block in blocks)
    return shared >= LEAST_SHARED * len(heading) and len(asked) - shared <= 1


def _says_nothing(rest: str) -> bool:
    return not any(c.isalnum() for c in _FILLER.sub(" ", rest))


def _limits(found: re.Match[str], folded: str) -> bool:
    """Whether a question for a fact asks for it in the section that it names."""
    if _ORDINALS.get(found["word"] or "", 1) < 0 or any(
        found[name] is not None for name in _OTHERS
    ):
        return False
    after = folded[found.end() :]
    if found["zh"]:
        # 「第五項的基金」 and not 「第一項聯名提案」.
        return _INSIDE.match(after) is not None
    # «how much in section 6» and not «the first part of the line».
    return not (found["word"] or found["nth"]) or not after.lstrip().startswith("of ")


def _section_number(found: re.Match[str]) -> int:
    if found["from_last"]:
        return -read_number(found["zh4"] or found["zh5"])
    if found["last"]:
        return LAST
    if found["first"]:
        return 1
    for name, numbers in (("word", _ORDINALS), ("cardinal", _CARDINALS), ("roman", _ROMAN)):
        if found[name]:
            return numbers[found[name]]
    names = ("zh", "zh2", "zh3", "zh6", "en", "nth")
    return read_number(next(found[name] for name in names if found[name]))
