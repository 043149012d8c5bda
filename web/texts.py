"""The page's own words, in its three languages, and which of them a question is asked in."""

import json
from functools import lru_cache
from pathlib import Path

import opencc

LANGUAGES = ("zh-Hant", "zh-Hans", "en")


@lru_cache(maxsize=1)
def texts() -> dict[str, dict[str, str]]:
    """Language → name → text. Every language has the same names."""
    loaded: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("texts.json").read_text("utf-8")
    )
    return loaded


@lru_cache(maxsize=1)
def _converters() -> tuple[opencc.OpenCC, opencc.OpenCC]:
    return opencc.OpenCC("t2s"), opencc.OpenCC("s2t")


def language_of(question: str) -> str:
    """English where there is no Chinese character; Simplified only where one is written so."""
    if not any("\u4e00" <= c <= "\u9fff" for c in question):
        return "en"
    to_simplified, to_traditional = _converters()
    simplified = to_simplified.convert(question) == question
    return "zh-Hans" if simplified and to_traditional.convert(question) != question else "zh-Hant"
