"""The chat page, in Gradio: what a visitor sees, and how the page asks."""

from pathlib import Path
from typing import Any

import gradio as gr

from rag import QuestionError
from rag.answer import Answer, Citation
from web import render
from web.feedback import FeedbackStore
from web.serving import ServedPipeline
from web.settings import ServerSettings
from web.texts import LANGUAGES, texts

REMEMBERED = 20  # turns kept in the visitor's browser


def answer_from(stored: dict[str, Any]) -> Answer | str:
    """A turn as the browser keeps it. Raises KeyError or TypeError for what is no turn."""
    if "problem" in stored:
        return str(stored["problem"])
    citations = tuple(Citation(**c) for c in stored["citations"])
    return Answer(
        str(stored["question"]), bool(stored["answered"]), str(stored["answer"]), 0.0, citations
    )


def show(history: list[dict[str, Any]]) -> str:
    """The conversation as HTML; what the browser kept and is of no use is left out."""
    turns = []
    for stored in history or []:
        try:
            turns.append(render.turn(str(stored["question"]), answer_from(stored)))
        except (KeyError, TypeError, IndexError):
            continue
    return render.conversation(turns)


def build_page(
    pipeline: ServedPipeline,
    settings: ServerSettings,
    feedback: FeedbackStore | None,
    language: str = LANGUAGES[0],
) -> gr.Blocks:
    """The page over a pipeline. Texts of the page are in ``language``, answers in the asker's.

    ``feedback`` is None where the setting turns it off. The pipeline's ``documents`` and
    ``version`` change when a new index is picked up: read them when they are shown. What goes
    through the queue counts as a question; ``queue=False`` is for what asks nothing.
    """
    words = texts()[language]

    def ask(question: str, history: list[dict[str, Any]]) -> tuple[str, str, list[dict[str, Any]]]:
        if not question.strip():
            return "", show(history), history
        try:
            turn = pipeline.ask(question).to_dict()
        except QuestionError as error:
            turn = {"question": question[:200], "problem": str(error)}
        history = [*(history or []), turn][-REMEMBERED:]
        return "", show(history), history

    def answer(question: str) -> dict[str, Any]:
        """The answer to a question, with its citations."""
        try:
            return pipeline.ask(question).to_dict()
        except QuestionError as error:
            raise gr.Error(str(error), print_exception=False) from error

    with gr.Blocks(title=pipeline.documents[0].title, analytics_enabled=False) as page:
        gr.events.api(answer, api_name="ask")  # first: a later one would be called «ask_1»
        history = gr.BrowserState([], storage_key=f"conversation-{pipeline.version}")
        gr.HTML(render.masthead(pipeline.documents, language))
        with gr.Row():
            with gr.Column(scale=6):
                log = gr.HTML(render.conversation([]), elem_id="log")
                box = gr.Textbox(
                    label=words["ask"], placeholder=words["placeholder"], lines=1, max_lines=4,
                    max_length=settings.max_question_chars, elem_id="question",
                    show_label=False, submit_btn=words["ask"], autofocus=True,
                )  # fmt: skip
                with gr.Row():
                    for example in render.examples(pipeline.documents, language):
                        button = gr.Button(example, size="sm", elem_classes="example")
                        button.click(
                            ask, [button, history], [box, log, history], api_visibility="private"
                        )
                clear = gr.Button(words["clear"], size="sm", variant="secondary")
            with gr.Column(scale=5):
                gr.HTML(render.article(pipeline.documents, language), elem_id="article")
        box.submit(ask, [box, history], [box, log, history], api_visibility="private")
        clear.click(
            lambda: (show([]), []), None, [log, history], queue=False, api_visibility="private"
        )
        page.load(show, history, log, queue=False, api_visibility="private")
    return page


def head() -> str:
    """The page's styles and script, in the head: Gradio's css would put a prefix before every
    selector."""
    return f"<style>{_file('style.css')}</style><script>{_file('article.js')}</script>"


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")
