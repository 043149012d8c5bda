"""Text that anyone may have written, as a terminal may show it."""

import unicodedata

_JOINERS = "\u200c\u200d"  # of letters in Persian and Hindi, and of emoji


def steers(character: str) -> bool:
    """Whether a character could steer a terminal or turn the order of what it shows.

    Control and format characters (Unicode's C categories: escape sequences, bidirectional
    overrides, lone surrogates, …), and whatever else than ``\\n`` ends a line.
    """
    if character.isprintable() or character in _JOINERS:
        return False
    return unicodedata.category(character) != "Zs"


def shown(text: str) -> str:
    """The text with U+FFFD for each character that steers; its own line breaks are kept."""
    return "".join("\ufffd" if steers(c) and c != "\n" else c for c in text)
