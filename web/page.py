"""The chat page: Gradio serves it and carries its calls; the look and the manners are its own.

The page is one ``gr.HTML``, which its script (``page.js``) fills. The script calls the functions
below over Gradio's HTTP interface: a question waits in the queue, the rest asks nothing and goes
past it. The browser keeps the conversation; the server keeps nothing of it.
"""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import ProjectError
from index.sections import Document
from rag import QuestionError
from rag.answer import Answer, Citation
from rag.conversation import Turn, readings
from web import render
from web.examples import examples
from web.feedback import Feedback, FeedbackStore
from web.serving import ServedPipeline
from web.settings import ServerSettings
from web.texts import LANGUAGES, texts

STYLES = ("gradio.css", "page.css", "answer.css", "article.css")
SCRIPTS = ("calls.js", "language.js", "article.js", "conversation.js", "page.js")
RECALLED = 3  # turns that a question may lean on
REMEMBERED = 50  # turns that are shown again


def build_page(
    pipeline: ServedPipeline, settings: ServerSettings, feedback: FeedbackStore | None
) -> gr.Blocks:
    """The page over a pipeline; ``feedback`` is None where the setting turns it off.

    The pipeline's documents change when a new index is picked up, so every visit asks for them.
    """

    def opening(_: dict[str, Any]) -> dict[str, Any]:
        """What a visit begins with: the page as it is before a question is asked."""
        current = pipeline.current
        return {
            "html": render.page(current.documents),
            "title": title_of(current.documents),
        }

    def suggest(_: dict[str, Any]) -> dict[str, list[str]]:
        """Example questions by language; the first visitor of an index waits until they are found."""
        current = pipeline.current
        return {name: list(examples(current, name)) for name in LANGUAGES}

    def ask(sent: dict[str, Any]) -> dict[str, Any]:
        """``{question, earlier, language}`` → the turn to keep, and its HTML."""
        question, language = str(sent["question"]), _language(sent)
        earlier = [turn for turn in map(stored, sent["earlier"][-RECALLED:]) if turn]
        try:
            asked, answer = answer_in_context(pipeline, question, earlier)
        except QuestionError:
            longest = settings.max_question_chars
            name = "too_long" if len(question) > longest else "empty"
            return {"html": render.problem(question, name, longest, language)}
        turn = {"question": question, "asked": asked, "answer": answer.to_dict()}
        return {"turn": turn, "html": shown(question, asked, answer, language)}

    def restore(sent: dict[str, Any]) -> list[dict[str, Any]]:
        """``{turns, language}`` → those that still stand in the documents, with their HTML."""
        kept = []
        for turn in sent["turns"][-REMEMBERED:]:
            found = stored(turn)
            if found:
                kept.append({"turn": turn, "html": shown(*found, _language(sent))})
        return kept

    def shown(question: str, asked: str, answer: Answer, language: str) -> str:
        titles = {d.name: d.title for d in pipeline.documents}
        return render.turn(question, answer, asked, language, titles, feedback is not None)

    def stored(turn: Any) -> tuple[str, str, Answer] | None:
        """A turn as the browser kept it; None for what is none, or cites what is not there."""
        sections = {(s.document, s.number): s.text for s in pipeline.sections}
        try:
            return str(turn["question"]), str(turn["asked"]), _answer(turn["answer"], sections)
        except (KeyError, TypeError, ValueError):
            return None

    def read_document(sent: dict[str, Any]) -> str:
        """``{document}`` → the article as HTML; "" for a name that is none."""
        found = [d for d in pipeline.documents if d.name == sent["document"]]
        return render.article(found[0]) if found else ""

    def rate(sent: dict[str, Any]) -> str:
        """``{turn, helpful, comment, receipt}`` → the receipt of what was kept, "" if it was not.

        ``receipt`` is that of the visitor's earlier thumb on this answer, or "".
        """
        turn = stored(sent["turn"])
        if feedback is None or turn is None:
            return ""
        _, asked, answer = turn
        entry = Feedback(
            asked, answer.to_dict(), bool(sent["helpful"]), str(sent["comment"]), pipeline.version
        )
        try:
            return feedback.add(entry, str(sent["receipt"]))
        except ProjectError:
            return ""

    def answer(question: str) -> dict[str, Any]:
        """The answer to a question, with its citations."""
        try:
            return pipeline.ask(question).to_dict()
        except QuestionError as error:
            raise gr.Error(str(error), print_exception=False) from error

    with gr.Blocks(title=title_of(pipeline.documents), analytics_enabled=False) as page:
        gr.HTML(
            html_template="<div></div>",
            js_on_load="openPage(element, props)",
            apply_default_css=False,
            texts=json.dumps(texts()),
        )
        gr.events.api(ask, api_name="page_ask", api_visibility="undocumented")
        for asks_nothing in (opening, suggest, restore, read_document, rate):
            gr.events.api(asks_nothing, queue=False, api_visibility="undocumented")
        gr.events.api(answer, api_name="ask")
    return page


def answer_in_context(
    pipeline: ServedPipeline, question: str, earlier: Sequence[tuple[str, str, Answer]]
) -> tuple[str, Answer]:
    """The question as it was understood, and its answer.

    A question that leans on the turns before is asked in its readings until one is answered, then
    as it stands; where nothing is answered, the likeliest reading is what is refused. Raises
    QuestionError.
    """
    turns = [
        Turn(asked, answer.answer, answer.citations[0].section if answer.answered else None)
        for _, asked, answer in earlier
    ]
    longest = pipeline.settings.max_question_chars
    completed = [r for r in readings(question, turns) if len(r) <= longest]
    refused = []
    for reading in [*completed, question]:
        answer = pipeline.ask(reading)
        if answer.answered:
            return reading, answer
        refused.append((reading, answer))
    return refused[0]


def _answer(kept: dict[str, Any], sections: dict[tuple[str, int], str]) -> Answer:
    """Raises KeyError, TypeError or ValueError for what is no answer from these documents."""
    citations = tuple(Citation(**c) for c in kept["citations"])
    for c in citations:
        text = sections[c.document, c.section]
        if text[c.start : c.end] != c.quote or c.answer not in c.quote:
            raise ValueError("the citation does not stand in the documents")
    answered = bool(citations) and bool(citations[0].answer)
    confidence = float(kept["confidence"])
    return Answer(
        str(kept["question"]), answered, citations[0].answer if answered else "",
        confidence, citations,
    )  # fmt: skip


def _language(sent: dict[str, Any]) -> str:
    return sent["language"] if sent["language"] in LANGUAGES else LANGUAGES[0]


def title_of(documents: Sequence[Document]) -> str:
    """What the page is called: by its document, or where there are several by its brand."""
    return documents[0].title if len(documents) == 1 else texts()[LANGUAGES[0]]["brand"]


def head() -> str:
    """The page's styles, icon and scripts, in the head: Gradio's css would put a prefix before every
    selector."""
    icon = base64.b64encode(_file("icon.svg").encode()).decode()
    styles = "".join(f"<style>{_file(name)}</style>" for name in STYLES)
    styles += f'<link rel="icon" href="data:image/svg+xml;base64,{icon}">'
    return styles + "".join(f"<script>{_file(name)}</script>" for name in SCRIPTS)


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")
