"""The chat page: Gradio serves it and carries its calls; the look and the manners are its own.

The page is one ``gr.HTML``. Its script (``page.js``) calls the functions below by name, and what
they return is shown. The browser keeps the conversation; the server keeps nothing of it.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.sections import Document, Section
from rag import Pipeline, QuestionError
from rag.answer import Answer, Citation
from rag.conversation import Turn, readings
from web import render
from web.examples import examples
from web.texts import LANGUAGES, texts

STYLES = ("gradio.css", "page.css", "answer.css", "article.css")
SCRIPTS = ("language.js", "article.js", "conversation.js", "page.js")
RECALLED = 3  # turns that a question may lean on
REMEMBERED = 50  # turns that are shown again


def build_page(pipeline: Pipeline) -> gr.Blocks:
    """The page over a pipeline."""
    sections = {(s.document, s.number): s for s in pipeline.sections}
    documents = {d.name: d for d in pipeline.documents}

    def ask(sent: dict[str, Any]) -> dict[str, Any]:
        """``{question, earlier, language}`` → the turn to keep, and its HTML."""
        question, language = str(sent["question"]), _language(sent)
        earlier = [turn for turn in map(stored, sent["earlier"][-RECALLED:]) if turn]
        try:
            asked, answer = answer_in_context(pipeline, question, earlier)
        except QuestionError:
            longest = pipeline.settings.max_question_chars
            name = "too_long" if len(question) > longest else "empty"
            return {"html": render.problem(question, name, longest, language)}
        turn = {"question": question, "asked": asked, "answer": answer.to_dict()}
        return {"turn": turn, "html": render.turn(question, answer, asked, language)}

    def restore(sent: dict[str, Any]) -> list[dict[str, Any]]:
        """``{turns, language}`` → those that still stand in the documents, with their HTML."""
        kept = []
        for turn in sent["turns"][-REMEMBERED:]:
            found = stored(turn)
            if found:
                question, asked, answer = found
                html = render.turn(question, answer, asked, _language(sent))
                kept.append({"turn": turn, "html": html})
        return kept

    def stored(turn: Any) -> tuple[str, str, Answer] | None:
        """A turn as the browser kept it; None for what is none, or cites what is not there."""
        try:
            return str(turn["question"]), str(turn["asked"]), _answer(turn["answer"], sections)
        except (KeyError, TypeError, ValueError):
            return None

    def read_document(name: str) -> str:
        """The article as HTML; "" for a name that is none."""
        return render.article(documents[name]) if name in documents else ""

    def answer(question: str) -> dict[str, Any]:
        """The answer to a question, with its citations."""
        return pipeline.ask(question).to_dict()

    with gr.Blocks(title=_title(pipeline.documents), analytics_enabled=False) as page:
        gr.HTML(
            html_template="<div></div>",
            js_on_load="openPage(element, server, props)",
            server_functions=[ask, restore, read_document],
            apply_default_css=False,
            page=render.page(pipeline.documents),
            texts=json.dumps(texts()),
            examples=json.dumps({name: examples(pipeline, name) for name in LANGUAGES}),
        )
        gr.events.api(answer, api_name="ask")
    return page


def answer_in_context(
    pipeline: Pipeline, question: str, earlier: Sequence[tuple[str, str, Answer]]
) -> tuple[str, Answer]:
    """The question as it was understood, and its answer.

    A question that leans on the turns before is asked in the first of its readings that is
    answered, and as it stands if none is. Raises QuestionError.
    """
    turns = [Turn(asked, a.answer, a.citations[0].section if a.answered else None)
             for _, asked, a in earlier]  # fmt: skip
    longest = pipeline.settings.max_question_chars
    for reading in readings(question, turns):
        if len(reading) <= longest:
            answer = pipeline.ask(reading)
            if answer.answered:
                return reading, answer
    return question, pipeline.ask(question)


def _answer(kept: dict[str, Any], sections: dict[tuple[str, int], Section]) -> Answer:
    """Raises KeyError, TypeError or ValueError for what is no answer from these documents."""
    citations = tuple(Citation(**c) for c in kept["citations"])
    for c in citations:
        text = sections[c.document, c.section].text
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


def _title(documents: Sequence[Document]) -> str:
    return documents[0].title if len(documents) == 1 else texts()[LANGUAGES[0]]["brand"]


def head() -> str:
    """The page's styles and scripts, in the head: Gradio's css would put a prefix before every
    selector."""
    styles = "".join(f"<style>{_file(name)}</style>" for name in STYLES)
    return styles + "".join(f"<script>{_file(name)}</script>" for name in SCRIPTS)


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")
