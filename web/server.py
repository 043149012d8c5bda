"""The server: the chat page, mounted on a FastAPI application."""

import gradio as gr
from fastapi import FastAPI

from rag import Pipeline
from web.page import build_page, head


def create_app(pipeline: Pipeline) -> FastAPI:
    """The ASGI application that serves ``pipeline``: the page at ``/``."""
    server = FastAPI(title=pipeline.documents[0].title)
    return gr.mount_gradio_app(
        server, build_page(pipeline), path="/", head=head(), theme=gr.themes.Base(),
        footer_links=[], ssr_mode=False,
    )  # fmt: skip
