"""What a question asks for: normalisation, and the questions that need no search.

Patterns are matched against the folded question (Simplified characters, NFKC, lower case).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import ProjectError
from index.folding import fold
from index.numerals import PATTERN, read_number
from index.sections import Section


class QuestionError(ProjectError):
    """A question that cannot be asked. One sentence that says why and what to do."""


_ORDINALS = {
    word: number
    for number, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        1,
    )
}
_PART = "section|item|part|point|chapter|paragraph|article|number|no"
_BY_NUMBER = re.compile(
    rf"第\s*(?P<zh>{PATTERN})\s*(?:项|条|点|节|章|段|部分|部份|篇|则|个部分|个项目)"
    rf"|\b(?:{_PART})\b[.\s#]*(?P<en>\d{{1,3}})\b"
    rf"|\b(?P<nth>\d{{1,3}})(?:st|nd|rd|th)\s+(?:{_PART})\b"
    rf"|\b(?P<word>{'|'.join(_ORDINALS)})\s+(?:{_PART})\b"
)
# Words that ask what a section says and add nothing to which fact is wanted.
_FILLER = re.compile(
    r"请问|请|想知|想问|可唔可以|可以|可否|帮我|话我知|告诉我|主要内容|内容|大意|大概|大纲|重点|摘要|主题|主旨|总结|概括|简介"
    r"|介绍|说明|提到|提及|关于|有关|讲及|讲到|讲述|主要|究竟|到底|里面|入面|当中|其中|说了|讲了|写了|讲|说|写|谈|提|系|是|的|嘅|了|咗"
    r"|什么|咩嘢|咩|乜嘢|乜|哪些|边啲|啲|嘢|东西|事|有|一下|呢|吗|呀|㗎|啊|在|喺|里|中|那|嗰|这|呢|个|项|条|篇|段|一|下"
    r"|\b(?:what|whats|does|do|did|is|it|its|this|that|the|a|an|in|of|about|on|say|says|said|tell|me|us|please|can|you"
    r"|could|summari[sz]e|summary|sum|up|give|show|read|content|contents|contain|contains|main|point|points|idea"
    r"|topic|covers?|discuss(?:es)?|mean|means|section|item|part|chapter|entitled|called|titled|heading|headed|s)\b"
)
_WHOLE = re.compile(
    r"[呢这]篇文[章字]?|文章|报道|报导|新闻|全文|本文|呢篇|这篇|篇文|内文|稿件|\b(?:article|report|story|text|document|news|piece)\b"
)
_ASKS_ABOUT = re.compile(
    r"什么|咩|乜|讲|说|大意|主题|主旨|内容|总结|概括|摘要|重点|简介|介绍|about|say|summar|main|topic|gist|cover|content"
)
_YES_NO = re.compile(
    r"(\w)[不唔]\1|吗\s*[?？]?$|嘛\s*[?？]?$|是否|系咪|有冇|有没有|能否|可否|对吗|未\s*[?？]?$"
    r"|^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b"
)
_EXPLANATION = re.compile(
    r"为什么|为何|点解|何以|原因|怎样|怎么|如何|点样|目的|作用|为咗乜|\bwhy\b|\bhow (?:do|does|did|will|can|is|are|has|have|was|were)\b|\bpurpose\b|\breason\b"
)


# «Which two offices …?»
_COUNT = re.compile(
    r"(?:哪|边)(?P<zh>[两二三四五2-5])(?!十|百|千|年)|\b(?:which|what)\s+(?P<en>two|three|four|five)\b"
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5}


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
        return _COUNTS[found["en"]] if found["en"] else read_number(found["zh"])

    @property
    def yes_no(self) -> bool:
        return bool(_YES_NO.search(self.folded))

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
    named = _BY_NUMBER.search(folded)
    rest = folded if named is None else folded[: named.start()] + " " + folded[named.end() :]
    without_whole = _WHOLE.sub(" ", rest)
    return Question(
        clean,
        folded,
        _section_number(named) if named else None,
        lookup=named is not None and _says_nothing(without_whole),
        whole=named is None
        and without_whole != rest
        and bool(_ASKS_ABOUT.search(rest))
        and _says_nothing(without_whole),
    )


def named_by_heading(question: Question, sections: Sequence[Section]) -> list[int]:
    """Positions of the sections whose heading the question quotes, if it asks for nothing else."""
    found = []
    for position, section in enumerate(sections):
        rest = question.folded
        for part in fold(section.heading).lower().split():
            if len(part) >= 4:
                rest = rest.replace(part, " ")
        if rest != question.folded and _ASKS_ABOUT.search(rest) and _says_nothing(rest):
            found.append(position)
    return found


def _says_nothing(rest: str) -> bool:
    return not any(c.isalnum() for c in _FILLER.sub(" ", rest))


def _section_number(found: re.Match[str]) -> int:
    if found["word"]:
        return _ORDINALS[found["word"]]
    digits = found["zh"] or found["en"] or found["nth"]
    return read_number(digits)
