"""How a given answer is compared with the acceptable ones.

Four families, kept apart because their figures differ:

- **ours** (``normalise``, ``contains``, ``exact``): for the question set; containment decides
  whether an answer is right;
- **SQuAD** (``squad_exact``, ``squad_f1``): Rajpurkar et al. 2016, the official
  ``evaluate-v1.1.py``: lower case, no ASCII punctuation, no a/an/the, words at white space;
- **CMRC 2018** (``cmrc_exact``, ``cmrc_f1``): Cui et al. 2019, the official
  ``cmrc2018_evaluate.py``: Han characters one by one, the rest as NLTK's words, and an F1 over the
  longest common *substring*;
- **characters** (``char_exact``, ``char_f1``): SQuAD's definitions with every character but white
  space and punctuation as a token, which is how DRCD (Shao et al. 2018) scores Chinese.

Each takes the given answer and one acceptable string; ``best`` takes the best acceptable string.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

from index.folding import fold

# ---- ours -------------------------------------------------------------------------------------


def normalise(text: str) -> str:
    """One spelling for answers that say the same.

    NFKC and Traditional to Simplified, lower case, without white space and punctuation. What
    carries meaning in a figure stays: the point between digits, the per cent sign, and symbols
    such as + and $. The comma between digits goes (2,433 is 2433).
    """
    folded = unicodedata.normalize("NFKC", fold(text)).casefold()
    folded = "".join(folded.split())
    kept = []
    for position, character in enumerate(folded):
        between_digits = (
            folded[max(position - 1, 0)].isdigit() and folded[position + 1 : position + 2].isdigit()
        )
        point = character == "." and between_digits
        if point or character == "%" or unicodedata.category(character)[0] not in "PZC":
            kept.append(character)
    return "".join(kept)


def contains(given: str, acceptable: str) -> bool:
    """Whether the given answer states the acceptable one, both normalised.

    A figure counts only as a whole: 30億元 does not stand in 330億元, nor 7 in 7.5. Nothing
    contains an acceptable string that normalises to nothing.
    """
    text, wanted = normalise(given), normalise(acceptable)
    if not wanted:
        return False
    before = r"(?<![\d.])" if wanted[0].isdigit() else ""
    after = r"(?!\d|\.\d)" if wanted[-1].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, text) is not None


def exact(given: str, acceptable: str) -> float:
    """1.0 when both normalise to the same."""
    return float(normalise(given) == normalise(acceptable))


# ---- SQuAD ------------------------------------------------------------------------------------

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _squad_tokens(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_NO_ASCII_PUNCTUATION)).split()


def squad_exact(given: str, acceptable: str) -> float:
    return float(_squad_tokens(given) == _squad_tokens(acceptable))


def squad_f1(given: str, acceptable: str) -> float:
    return _bag_f1(_squad_tokens(given), _squad_tokens(acceptable))


def _bag_f1(given: Sequence[Hashable], acceptable: Sequence[Hashable]) -> float:
    """F1 of two bags of tokens; 0 where they share none, two empty bags included, as in SQuAD."""
    return _f1(sum((Counter(given) & Counter(acceptable)).values()), len(given), len(acceptable))


def _f1(same: int, given: int, acceptable: int) -> float:
    if same == 0:
        return 0.0
    # In the order of the official scripts, so that the last digit is theirs too.
    precision, recall = 1.0 * same / given, 1.0 * same / acceptable
    return (2 * precision * recall) / (precision + recall)


# ---- CMRC 2018 --------------------------------------------------------------------------------

# The script also lists "……", which as two characters never equals one: the ellipsis stays.
_CMRC_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
# The script's range ends at U+9FA5: later Han characters and extensions count as Latin.
_CMRC_HAN = re.compile("[\u4e00-\u9fa5]")


def _cmrc_tokens(text: str) -> list[str]:
    tokens: list[str] = []
    run = ""
    for character in text.lower().strip():
        if character in _CMRC_PUNCTUATION:
            # Dropped without ending the run, as in the script: "3-4" is the word "34".
            continue
        if _CMRC_HAN.match(character):
            tokens += _words(run)
            tokens.append(character)
            run = ""
        else:
            run += character
    return [*tokens, *_words(run)]


@lru_cache(maxsize=1 << 14)
def _words_of(text: str) -> tuple[str, ...]:
    # nltk.word_tokenize() is these two steps, but its Punkt model must be downloaded; the package
    # `punkt` carries the same model. Imported late: both are needed for Latin words only.
    from nltk.tokenize.destructive import NLTKWordTokenizer  # type: ignore[import-untyped]
    from punkt import sent_tokenize

    words = NLTKWordTokenizer()
    return tuple(word for sentence in sent_tokenize(text) for word in words.tokenize(sentence))


def _words(run: str) -> tuple[str, ...]:
    return _words_of(run) if run.strip() else ()


def cmrc_exact(given: str, acceptable: str) -> float:
    return float(_cmrc_bare(given) == _cmrc_bare(acceptable))


def _cmrc_bare(text: str) -> str:
    return "".join(c for c in text.lower().strip() if c not in _CMRC_PUNCTUATION)


def cmrc_f1(given: str, acceptable: str) -> float:
    one, two = _cmrc_tokens(given), _cmrc_tokens(acceptable)
    return _f1(_longest_common_run(one, two), len(one), len(two))


def _longest_common_run(one: Sequence[str], two: Sequence[str]) -> int:
    longest = 0
    row = [0] * (len(two) + 1)
    for left in one:
        row = [0, *(row[j] + 1 if left == right else 0 for j, right in enumerate(two))]
        longest = max(longest, *row)
    return longest


# ---- characters (DRCD) ------------------------------------------------------------------------


def _characters(text: str) -> list[str]:
    return [
        c for c in text.lower() if not c.isspace() and unicodedata.category(c)[0] not in ("P", "C")
    ]


def char_exact(given: str, acceptable: str) -> float:
    return float(_characters(given) == _characters(acceptable))


def char_f1(given: str, acceptable: str) -> float:
    return _bag_f1(_characters(given), _characters(acceptable))


# ---- over the acceptable strings --------------------------------------------------------------


def best(measure: Callable[[str, str], float], given: str, acceptable: Sequence[str]) -> float:
    """The highest of the measure over the acceptable strings.

    With no acceptable string (an unanswerable question of SQuAD 2.0) 1.0 for an empty answer and
    0.0 for any other, as in the official ``evaluate-v2.0.py``.
    """
    if not acceptable:
        return float(not given)
    return max(measure(given, string_) for string_ in acceptable)
