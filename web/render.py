"""Answers and articles as HTML. All text of users and documents is escaped here, and only here."""

from collections.abc import Iterable, Sequence
from html import escape

from index.sections import Document, Section
from rag.answer import Answer, Citation
from web.texts import language_of, texts


def section_name(number: int, language: str) -> str:
    """「第6項」, «section 6»; what stands before the numbered items has a name of its own."""
    words = texts()[language]
    return words["lead"] if number == 0 else words["section"].format(number)


def turn(question: str, answer: Answer | str) -> str:
    """A question and its answer; an answer that is a string is why it could not be asked."""
    language = language_of(question)
    body = _problem(answer) if isinstance(answer, str) else _answer(answer, language)
    return f'<section class="turn"><p class="question"><bdi>{escape(question)}</bdi></p>{body}</section>'


def conversation(turns: Iterable[str]) -> str:
    return f'<div id="conversation" role="log" aria-live="polite">{"".join(turns)}</div>'


def _problem(message: str) -> str:
    return f'<div class="answer refused"><p>{escape(message)}</p></div>'


def _answer(answer: Answer, language: str) -> str:
    words = texts()[language]
    if not answer.answered:
        links = "".join(_link(c, language) for c in answer.citations)
        offered = f'<p class="closest">{words["closest"]}</p>{links}' if links else ""
        return f'<div class="answer refused"><p>{words["refused"]}</p>{offered}</div>'
    quotes = "".join(_quote(c, language) for c in answer.citations)
    exact = answer.citations[0].answer
    # A whole sentence as answer would only say its quote twice.
    large = "" if exact.strip("。；;.") == answer.citations[0].quote.strip("。；;.") else (
        f'<p class="exact"><bdi>{escape(exact)}</bdi></p>'
    )  # fmt: skip
    return f'<div class="answer">{large}{quotes}</div>'


def _quote(citation: Citation, language: str) -> str:
    words = texts()[language]
    before, found, after = citation.quote.partition(citation.answer)
    name = section_name(citation.section, language)
    return (
        f'<p class="according">{words["according"].format(escape(name))}</p>'
        f"<blockquote><bdi>{escape(before)}<mark>{escape(found)}</mark>{escape(after)}</bdi>"
        f"</blockquote>{_link(citation, language)}"
    )


def _link(citation: Citation, language: str) -> str:
    """What opens the article at the quote: the script reads where from its data."""
    name = section_name(citation.section, language)
    heading = f" · {escape(citation.heading)}" if citation.heading else ""
    return (
        f'<button type="button" class="citation" data-section="{section_id(citation)}"'
        f' data-start="{citation.start}" data-end="{citation.end}">'
        f"{escape(name[:1].upper() + name[1:])}{heading}</button>"
    )


def section_id(place: Citation | Section) -> str:
    number = place.section if isinstance(place, Citation) else place.number
    return escape(f"{place.document}-{number}", quote=True)


def article(documents: Sequence[Document], language: str) -> str:
    """Every document, section by section in the order of the numbers, captions set apart."""
    parts = []
    for document in documents:
        parts += [_section(s, language) for s in document.sections]
    close = texts()[language]["close"]
    return (
        f'<div class="article-bar"><h2>{texts()[language]["article"]}</h2>'
        f'<button type="button" id="close-article" aria-label="{close}">✕</button></div>'
        f'<div class="article-body" tabindex="0">{"".join(parts)}</div>'
    )


def _section(section: Section, language: str) -> str:
    captions = {start for start, _ in section.captions}
    at, paragraphs = 0, []
    for text in section.text.split("\n"):
        kind = "caption" if at in captions else "body"
        paragraphs.append(f'<p class="{kind}" data-start="{at}"><bdi>{escape(text)}</bdi></p>')
        at += len(text) + 1
    name = section_name(section.number, language)
    number = "" if section.number == 0 else f'<span class="number">{escape(name)}</span>'
    return (
        f'<section id="section-{section_id(section)}" data-id="{section_id(section)}">'
        f"<h3>{number}<bdi>{escape(section.heading)}</bdi></h3>{''.join(paragraphs)}</section>"
    )


def masthead(documents: Sequence[Document], language: str) -> str:
    words = texts()[language]
    titles = "".join(f"<li><bdi>{escape(d.title)}</bdi></li>" for d in documents)
    return (
        f'<header class="masthead"><p class="source">{words["source"]}</p><ul>{titles}</ul>'
        f'<p class="intro">{words["intro"]}</p>'
        f'<button type="button" id="open-article">{words["open"]}</button></header>'
    )


def examples(documents: Sequence[Document], language: str, count: int = 4) -> list[str]:
    """Questions about headings taken evenly from the documents."""
    headings = [s.heading for d in documents for s in d.sections if s.heading and s.number]
    step = max(1, len(headings) // count)
    chosen = [heading.split()[0] for heading in headings[::step][:count]]
    return [texts()[language]["example"].format(heading) for heading in chosen]
