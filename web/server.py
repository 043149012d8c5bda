"""The server: the chat page, mounted on a FastAPI application."""

import gradio as gr
from fastapi import FastAPI

from rag import Pipeline
from web.feedback import FeedbackStore
from web.page import build_page, head
from web.settings import ServerSettings


def create_app(pipeline: Pipeline, settings: ServerSettings | None = None) -> FastAPI:
    """The ASGI application that serves ``pipeline``: the page at ``/``."""
    settings = settings or ServerSettings()
    feedback = FeedbackStore(settings.feedback_file) if settings.feedback else None
    server = FastAPI(title=pipeline.documents[0].title)
    page = build_page(pipeline, settings, feedback)
    return gr.mount_gradio_app(
        server, page, path="/", head=head(), theme=gr.themes.Base(),
        footer_links=[], ssr_mode=False,
    )  # fmt: skip
