"""The page's own words in its three languages, and the scripts of what is asked and quoted.

Gradio's own internationalisation follows the browser alone: it cannot be changed on the page and
takes zh-HK for English. So the words are in ``texts.json``, and the page's script puts them in.
"""

import json
import re
from functools import lru_cache
from pathlib import Path

import opencc

LANGUAGES = ("zh-Hant", "zh-Hans", "en")
OTHER_SCRIPT = {"zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant"}

_CHINESE = re.compile("[\u3400-\u9fff]")
_QUOTED = re.compile('「[^」]*」|『[^』]*』|《[^》]*》|“[^”]*”|"[^"]*"')
_ASKS_IN_ENGLISH = re.compile(
    r"\W*(?:and |but |so )*(?:how|what|who|whose|when|where|why|which|is|are|was|were|do|does|did"
    r"|has|have|had|can|could|will|would|should|tell|show|explain|summari[sz]e|list|give)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def texts() -> dict[str, dict[str, str]]:
    """Language → name → text. Every language has the same names."""
    loaded: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("texts.json").read_text("utf-8")
    )
    return loaded


@lru_cache(maxsize=1)
def _converters() -> dict[str, opencc.OpenCC]:
    return {"zh-Hans": opencc.OpenCC("t2s"), "zh-Hant": opencc.OpenCC("s2t")}


def in_script(text: str, language: str) -> str:
    """Chinese text in the characters of «zh-Hans» or «zh-Hant», by OpenCC."""
    return _converters()[language].convert(_without_surrogates(text))


def language_of(text: str, otherwise: str = LANGUAGES[0]) -> str:
    """English, or the script that the Chinese characters are of.

    An English question may name things in Chinese: it is English where it begins like one, or has
    Chinese in quotation marks only. Where the characters are the same in both scripts the language
    is ``otherwise``, or Traditional if that is English.
    """
    own = _QUOTED.sub("", text)
    if not _CHINESE.search(own) or _ASKS_IN_ENGLISH.match(own):
        if any(c.isalpha() and not _CHINESE.match(c) for c in own):
            return "en"
        if not _CHINESE.search(text):
            return otherwise
    clean = _without_surrogates(text)
    if in_script(clean, "zh-Hans") != clean:
        return "zh-Hant"
    if in_script(clean, "zh-Hant") != clean:
        return "zh-Hans"
    return otherwise if otherwise in OTHER_SCRIPT else LANGUAGES[0]


def _without_surrogates(text: str) -> str:
    # A lone surrogate cannot be encoded, which the converter must do.
    return text.encode("utf-8", "replace").decode("utf-8")
