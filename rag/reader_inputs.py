"""What the span reader is shown: a question and a passage as tokens with character offsets."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, pre_tokenizers

from index.default_model import load_tokenizer
from index.folding import fold

BOS, EOS = 0, 2
MAX_QUESTION_TOKENS = 64
MAX_TOKENS = 512
MAX_HEADING_CHARACTERS = 64

# XLM-R's vocabulary glues particles, units of time and punctuation to their neighbours (在中国,
# 人的, 年起, 2014,). A span can only begin and end where a token does, so these stand alone: the
# answers whose edges fall inside a token go from 5-7% to under 0.5% on DRCD, CMRC 2018 and XQuAD.
_STANDS_ALONE = Regex(r"[的了是在为于由和与及至到起的从被将约逾有年月日时人个]|\p{P}")


@lru_cache(maxsize=1)
def reader_tokenizer(model_folder: Path) -> Tokenizer:
    """The encoder's tokenizer with particles split off."""
    encoder = load_tokenizer(model_folder)
    # The vocabulary, a third of a gigabyte, is shared and not loaded twice.
    tokenizer = Tokenizer(encoder.model)
    tokenizer.normalizer = encoder.normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_STANDS_ALONE, "isolated"),
            pre_tokenizers.Metaspace(prepend_scheme="first"),
        ]
    )
    return tokenizer


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """``ids`` of ``<s> question </s></s> heading text </s>``.

    ``offsets[i]`` is the ``(start, end)`` in the passage's text of the token ``first + i``: the
    tokens that an answer may be made of. The heading is context and has no offsets.
    """

    ids: tuple[int, ...]
    first: int
    offsets: tuple[tuple[int, int], ...]


def reader_input(tokenizer: Tokenizer, question: str, heading: str, text: str) -> ReaderInput:
    """Tokens of one pair, cut to 64 for the question and 512 in all."""
    asked = tokenizer.encode("query: " + fold(question), add_special_tokens=False)
    head = (BOS, *asked.ids[:MAX_QUESTION_TOKENS], EOS, EOS)
    shown, offsets = _passage(tokenizer, heading, text)
    context = len(shown) - len(offsets)
    room = MAX_TOKENS - len(head) - 1
    return ReaderInput(
        ids=(*head, *shown[:room], EOS),
        first=len(head) + min(context, room),
        offsets=offsets[: max(0, room - context)],
    )


@lru_cache(maxsize=512)
def _passage(
    tokenizer: Tokenizer, heading: str, text: str
) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Ids of heading and text, and offsets in the text of those that lie in it, the last ones."""
    opening = f"passage: {heading[:MAX_HEADING_CHARACTERS]}\n"
    shown = tokenizer.encode(fold(opening + text), add_special_tokens=False)
    return tuple(shown.ids), _text_offsets(shown.offsets, len(opening), text)


def _text_offsets(
    offsets: Sequence[tuple[int, int]], opening: int, text: str
) -> tuple[tuple[int, int], ...]:
    """Offsets in the text of the tokens that lie in it, without the space that they begin with."""
    inside = []
    for start, end in offsets:
        start, end = start - opening, end - opening
        if end <= 0:
            continue
        start = max(start, 0)
        while start < end and text[start].isspace():
            start += 1
        inside.append((start, end))
    return tuple(inside)
