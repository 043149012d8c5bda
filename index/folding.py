"""One spelling for matching: script and width variants made one, character by character.

Readers ask in Traditional or Simplified characters, and one article may mix both (員 and 员). All
that the models and the lexical index see is folded; offsets stay those of the original text,
since every character becomes exactly one character.
"""

import unicodedata
from functools import lru_cache

import opencc


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=1 << 16)
def _fold_character(character: str) -> str:
    # Simplified is the direction in which several characters become one, so a character needs no
    # context. What has no one-character form under NFKC (㈠, ﬁ) stays as it is.
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    form = unicodedata.normalize("NFKC", character)
    if len(form) != 1:
        form = character
    simplified = _to_simplified().convert(form)
    # 嗰, in every other Cantonese question, has a Simplified form that nobody types.
    return simplified if len(simplified) == 1 and simplified <= "\uffff" else form


def holds_chinese(text: str) -> bool:
    """Whether a Chinese character is in the text, whatever else is."""
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def fold(text: str) -> str:
    """NFKC and Traditional to Simplified (OpenCC), one character for one: ``len`` is kept.

    A lone surrogate, which no tokenizer accepts, becomes U+FFFD. Idempotent.
    """
    return "".join(map(_fold_character, text))
