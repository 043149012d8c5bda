"""Documents and questions of every kind, for property tests; and how many of them are tried.

``QA_CASES=20 make test`` tries twenty times as many.
"""

import os
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

TIMES = int(os.environ.get("QA_CASES", "1"))


def cases(count: int) -> Callable[..., object]:
    """How many cases a property test tries; a slow machine makes none of them fail."""
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        suppress_health_check=[
            HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture,
        ],
    )  # fmt: skip


# Every code point: surrogates, which no file in UTF-8 can hold but a program can pass, as well.
characters = st.characters(codec=None)
# Each of the seventeen planes as often as another; at random nearly all would be unassigned.
planes = st.integers(0, 16).flatmap(
    lambda plane: st.characters(
        min_codepoint=plane << 16, max_codepoint=plane << 16 | 0xFFFF, codec=None
    )
)
fragments = st.sampled_from(
    [
        # Chinese, in both scripts, with what ends sentences and clauses, and brackets.
        "創科產業引導基金", "数字政策办公室", "，", "。", "；", "！", "？", "…", "、", "：", "「", "」", "（", "）",
        "《", "》", "『", "』", "【", "】", "“", "”", "(", ")", "\u3000", "０１２", "㈠①",
        # Figures with what qualifies them.
        "第7名", "超過330億元", "1.11%", "3.1M", "約", "2024年", "百億", "3,100,000", "-5℃", "½",
        # Latin, abbreviations, right-to-left, scripts that join or stack their marks.
        " Mr. Lee", " the U.S.", "The end. ", "naïve", "e\u0301\u0323\u0302", "שלום", "مرحبا ١٢٣", "ไทย",
        "नमस्ते", "한국어", "\u1112\u1161\u11ab", "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d",
        # Emoji of several code points, flags, variation selectors.
        "👩\u200d👩\u200d👧\u200d👦", "🇭🇰", "👍🏽", "❤\ufe0f", "1\ufe0f\u20e3", "😀",
        # Invisible, bidirectional, controlling, halves of pairs, no characters at all.
        "\u200b", "\u200d", "\ufeff", "\u00ad", "\u202e", "\u202d", "\u2066", "\u2069", "\u061c", "\x1b[31m",
        "\x07", "\x9b2J", "\x7f", "\ud83d", "\udc80", "\udbff\udfff", "\ufffe", "\uffff", "\U0010ffff", "\U000e0041",
        # White space of every sort, and what ends a line.
        " ", "\t", "\xa0", "\u2003", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029",
        # What could be taken for markup, for a template or for a pattern.
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![](http://x/)",
        "&lt;", "{{7*7}}", "{0}", "%s", "\\1", "$(id)", "`", "|", "*", "_", "[/]", "[red]",
    ]
)  # fmt: skip
openings = st.sampled_from(
    [
        "1 ", "2 ", "3 ", "1. ", "2. ", "3. ", "１．", "２．", "一、", "二、", "三、", "（一）", "（二）", "(1) ", "(2) ",
        "第一章 ", "第二章 ", "# ", "## ", "### ", "#", "- ", "* ", "> ", "```", "~~~", "---", "===", "▲", "▶\ufe0f", "◀",
        "📷 ", "10 ", "999. ", "",
    ]
)  # fmt: skip
words = st.one_of(fragments, characters, planes, st.text(characters, max_size=20))
lines = st.builds(
    lambda opening, inner: opening + "".join(inner),
    st.one_of(st.just(""), openings),
    st.lists(words, max_size=12),
)
long_lines = st.builds(lambda word, times: word * times, fragments, st.integers(20, 400))
line_ends = st.sampled_from(["\n", "\n\n", "\r\n", "\r", "\n\u3000\n"])


def documents(most_lines: int = 14) -> SearchStrategy[str]:
    """The text of a document: lines, items, headings and captions, with any way to end a line."""
    return st.one_of(
        st.builds(
            lambda end, rows: end.join(rows),
            line_ends,
            st.lists(st.one_of(lines, lines, lines, long_lines), max_size=most_lines),
        ),
        st.text(characters, max_size=200),
    )


questions = st.one_of(
    st.text(characters, max_size=120),
    st.builds("".join, st.lists(words, max_size=15)),
    st.builds(
        lambda opening, inner, end: opening + "".join(inner) + end,
        st.sampled_from(
            [
                "第三項說了什麼", "What does section 2 say", "文章講咩", "為什麼", "How does", "是否", "Did",
                "邊兩個", "Which two", "邊個同埋幾時", "Who and when", "What is this article about",
            ]
        ),
        st.lists(words, max_size=6),
        st.sampled_from(["", "?", "？", "嗎？"]),
    ),
)  # fmt: skip
