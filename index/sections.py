"""What a corpus is made of: documents, their numbered sections, and the passages cut from them.

Every later stage points into ``Section.text`` with character offsets, so a section's text is fixed
once it is parsed and is stored with the index exactly as it was embedded.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered item of a document.

    ``text`` is the body without the heading: the file's own characters in the file's order, with
    the page's line breaks taken out of sentences and one ``\\n`` between paragraphs. ``captions``
    are the ``(start, end)`` offsets in ``text`` of the paragraphs that are picture captions.
    """

    document: str
    number: int
    heading: str
    text: str
    captions: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus. ``name`` is the file's stem, ``sha256`` the hash of its bytes."""

    name: str
    title: str
    sha256: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one section: ``sections[section].text[start:end]``.

    ``section`` is a position in the index's list of sections, not the printed number.
    """

    section: int
    start: int
    end: int
