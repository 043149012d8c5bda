"""Answers and articles as HTML. All text of users and documents is escaped here, and only here.

What stands in the asker's language is written out; what stands in the page's language carries
``data-text`` (and ``data-number``), and the page's script puts the words in and changes them.
"""

from collections.abc import Mapping, Sequence
from html import escape

from index.sections import Document, Section
from rag.answer import Answer, Citation
from web.texts import LANGUAGES, OTHER_SCRIPT, in_script, language_of, texts

TITLES = 3  # documents named in the masthead

_COPY = '<path d="M9 9h10v11H9zM5 15V4h10"/>'
_SHARE = '<path d="M12 15V3M8 7l4-4 4 4M6 12v8h12v-8"/>'
_UP = '<path d="M7 11v9H4v-9zM7 11l4-8c2 0 3 1 3 3v4h5l-1 8-2 2H7"/>'
_DOWN = '<path d="M17 13V4h3v9zM17 13l-4 8c-2 0-3-1-3-3v-4H5l1-8 2-2h9"/>'


def section_name(number: int, language: str) -> str:
    """「第6項」, «section 6»; what stands before the numbered items has a name of its own."""
    words = texts()[language]
    return words["lead"] if number == 0 else words["section"].format(number)


def turn(
    question: str, answer: Answer, asked: str, page_language: str,
    titles: Mapping[str, str], rated: bool,
) -> str:  # fmt: skip
    """A question and its answer.

    ``asked`` is the question as it was understood, ``titles`` are the documents' by their names,
    and ``rated`` says whether a visitor can judge the answer.
    """
    language = language_of(question, page_language)
    understood = (
        f'<p class="understood"><span data-text="understood"></span>{_text(asked)}</p>'
        if asked != question else ""
    )  # fmt: skip
    body = (_answered if answer.answered else _refused)(answer, language, titles)
    tools = _tool("copy", _COPY, copy=copied(answer, language, titles)) if answer.answered else ""
    tools += _tool("share", _SHARE, question=asked)
    if rated:
        tools += _tool("helpful", _UP, pressed=True) + _tool("unhelpful", _DOWN, pressed=True)
    return _turn(
        question, language, f'{understood}{body}<div class="tools">{tools}</div>{_COMMENT * rated}'
    )


def problem(question: str, name: str, number: int, page_language: str) -> str:
    """A question that could not be asked, and in one sentence why."""
    language = language_of(question, page_language)
    message = texts()[language][name].format(number)
    return _turn(question[:number], language, f'<div class="answer refused"><p>{message}</p></div>')


def _turn(question: str, language: str, body: str) -> str:
    return (
        f'<article class="turn" data-language="{language}" lang="{language}">'
        f'<h2 class="question">{_text(question)}</h2>{body}</article>'
    )


_COMMENT = (
    '<form class="comment" hidden><label><span data-text="comment"></span>'
    '<input name="comment" maxlength="500" autocomplete="off"></label>'
    '<button type="submit" data-text="send"></button></form>'
)


def _tool(name: str, icon: str, *, pressed: bool = False, **data: str) -> str:
    state = ' aria-pressed="false"' if pressed else ""
    attributes = "".join(
        f' data-{key}="{escape(value, quote=True)}"' for key, value in data.items()
    )
    return (
        f'<button type="button" class="tool" data-tool="{name}"{state}{attributes}>'
        f'<svg viewBox="0 0 24 24" aria-hidden="true">{icon}</svg>'
        f'<span data-text="{name}"></span></button>'
    )


def _refused(answer: Answer, language: str, titles: Mapping[str, str]) -> str:
    words = texts()[language]
    links = "".join(_link(c, language, titles) for c in answer.citations)
    offered = f'<p class="closest">{words["closest"]}</p>{links}' if links else ""
    return f'<div class="answer refused"><p>{words["refused"]}</p>{offered}</div>'


def _answered(answer: Answer, language: str, titles: Mapping[str, str]) -> str:
    first = answer.citations[0]
    # A whole sentence as answer would only say its quote twice.
    large = "" if first.answer.strip("。；;.") == first.quote.strip("。；;.") else _both_scripts(
        "p", "exact", first.quote, first.answer, only_answer=True
    )  # fmt: skip
    quotes = "".join(_quote(c, language, titles) for c in answer.citations)
    return f'<div class="answer">{large}{quotes}{_script_choice(first.quote)}</div>'


def _quote(citation: Citation, language: str, titles: Mapping[str, str]) -> str:
    name = escape(section_name(citation.section, language))
    return (
        f'<p class="according">{texts()[language]["according"].format(name)}</p>'
        f"{_both_scripts('blockquote', '', citation.quote, citation.answer)}"
        f"{_link(citation, language, titles)}"
    )


def _both_scripts(tag: str, kind: str, quote: str, answer: str, only_answer: bool = False) -> str:
    """A quote with its answer marked, or that answer, as it stands and in the other script."""
    language = language_of(quote)
    start = quote.index(answer)
    end = start + len(answer)
    versions = [("original", language, quote)]
    other = _converted(quote)
    if other is not None:
        versions.append(("converted", OTHER_SCRIPT[language], other))
    html = ""
    for version, written, text in versions:
        shown = (
            escape(text[start:end]) if only_answer else
            f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
        )  # fmt: skip
        classes = f"{kind} {version}".strip()
        html += f'<{tag} class="{classes}" lang="{written}"><bdi>{shown}</bdi></{tag}>'
    return html


def _converted(text: str) -> str | None:
    """The text in the other script, or None where it would be the same or has another length, so
    that the answer could not be found in it by its offsets."""
    other = OTHER_SCRIPT.get(language_of(text))
    if other is None:
        return None
    changed = in_script(text, other)
    return changed if changed != text and len(changed) == len(text) else None


def _script_choice(quote: str) -> str:
    """What shows the quotes in the other script and says that they are converted; the stylesheet
    shows it to those who ask or read in that script."""
    if _converted(quote) is None:
        return ""
    target = OTHER_SCRIPT[language_of(quote)]
    return (
        f'<p class="script" data-script="{target}">'
        '<span class="converted" data-text="converted"></span>'
        f'<button type="button" class="plain" data-tool="script">'
        f'<span class="original" data-text="to_{target}"></span>'
        '<span class="converted" data-text="original"></span></button></p>'
    )


def _link(citation: Citation, language: str, titles: Mapping[str, str]) -> str:
    """What opens the article at the quote: the script reads where from its data."""
    names = " · ".join(_text(part) for part in _place(citation, language, titles)[1:])
    section = escape(_place(citation, language, titles)[0])
    return (
        f'<button type="button" class="citation"'
        f' data-document="{escape(citation.document, quote=True)}"'
        f' data-section="{citation.section}"'
        f' data-start="{citation.start}" data-end="{citation.end}">'
        f"{section}{' · ' if names else ''}{names}</button>"
    )


def _place(citation: Citation, language: str, titles: Mapping[str, str]) -> list[str]:
    """Section, heading, and where there are several documents the title."""
    name = section_name(citation.section, language)
    title = titles.get(citation.document, "") if len(titles) > 1 else ""
    parts = [name[:1].upper() + name[1:], citation.heading, title]
    return [part for part in dict.fromkeys(parts) if part]


def copied(answer: Answer, language: str, titles: Mapping[str, str]) -> str:
    """An answer with its citations as plain text, always as the document has it."""
    lines = [] if answer.answer == answer.citations[0].quote else [answer.answer]
    for c in answer.citations:
        lines.append(f"「{c.quote}」\n—— {' · '.join(_place(c, language, titles))}")
    return "\n".join(lines)


def article(document: Document) -> str:
    """A document, section by section in the order of the numbers, captions set apart."""
    title = f'<h2 class="title">{_text(document.title)}</h2>'
    sections = sorted(document.sections, key=lambda s: s.number)
    return title + "".join(_section(s, document.title) for s in sections if s.text)


def _section(section: Section, title: str) -> str:
    captions = {start for start, _ in section.captions}
    at, paragraphs = 0, []
    for text in section.text.split("\n"):
        kind = "caption" if at in captions else "body"
        language = language_of(text)
        paragraphs.append(
            f'<p class="{kind}" lang="{language}" data-start="{at}"><bdi>{escape(text)}</bdi></p>'
        )
        at += len(text) + 1
    number = (
        f'<span class="number" data-text="section" data-number="{section.number}"></span>'
        if section.number else '<span class="number" data-text="lead"></span>'
    )  # fmt: skip
    # The title stands above already.
    heading = _text(section.heading) if section.heading not in ("", title) else ""
    return (
        f'<section data-section="{section.number}"><h3>{number}{heading}</h3>'
        f"{''.join(paragraphs)}</section>"
    )


def _text(text: str) -> str:
    """A text of unknown language and direction that stands among the page's own."""
    return f'<bdi lang="{language_of(text)}">{escape(text)}</bdi>'


def masthead(documents: Sequence[Document]) -> str:
    """What the page is, and what it answers from."""
    titles = "".join(f"<li>{_text(d.title)}</li>" for d in documents[:TITLES])
    rest = len(documents) - TITLES
    more = f'<p class="more" data-text="more" data-number="{rest}"></p>' if rest > 0 else ""
    heading = (
        f"<h1>{_text(documents[0].title)}</h1>" if len(documents) == 1 else
        f'<h1 data-text="brand"></h1><ul class="titles">{titles}</ul>{more}'
    )  # fmt: skip
    choices = "".join(
        f'<button type="button" lang="{language}" data-choice="{language}" aria-pressed="false">'
        f"{texts()[language]['language']}</button>"
        for language in LANGUAGES
    )
    return (
        '<div class="masthead"><div class="bar"><p class="brand" data-text="brand"></p>'
        f'<div class="languages" role="group" data-label="languages">{choices}</div></div>'
        f'<p class="source" data-text="source"></p>{heading}'
        '<p class="intro" data-text="intro"></p>'
        '<button type="button" class="plain" id="open-article" data-text="open"></button></div>'
    )


def panel(documents: Sequence[Document]) -> str:
    """The frame of the article: a panel beside the chat, or in a drawer over it."""
    options = "".join(
        f'<option value="{escape(d.name, quote=True)}">{escape(d.title)}</option>'
        for d in documents
    )
    choice = f'<select id="document" data-label="document">{options}</select>'
    return (
        '<div id="article"><div class="article-bar">'
        f'<h2 data-text="article"></h2>{choice if len(documents) > 1 else ""}'
        '<button type="button" id="close-article" data-label="close">✕</button></div>'
        f'<div class="article-body" tabindex="0" role="region" data-label="article"'
        f' data-document="{escape(documents[0].name, quote=True)}"></div></div>'
    )


def page(documents: Sequence[Document]) -> str:
    """The whole page before a question is asked, without its words."""
    return (
        f'<div class="chat">{masthead(documents)}'
        '<section class="examples"><h2 data-text="try"></h2><ul></ul></section>'
        '<section id="conversation" data-label="conversation"></section>'
        '<p id="announcement" class="unseen" role="status" aria-live="polite"></p>'
        '<p id="notice" aria-hidden="true" hidden></p>'
        '<form id="ask"><label class="unseen" for="question" data-text="question"></label>'
        '<textarea id="question" rows="1" enterkeyhint="send" data-placeholder="placeholder">'
        '</textarea><button type="submit" data-text="ask"></button>'
        '<p class="under"><span data-text="kept"></span>'
        '<button type="button" class="plain" id="clear" data-text="clear"></button></p></form>'
        f'</div><aside class="panel" data-label="article">{panel(documents)}</aside>'
        '<dialog id="drawer" data-label="article"></dialog>'
    )
