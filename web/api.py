"""For programs: the answers over HTTP, version 1, and what tells a deployer how the server is."""

from pathlib import Path
from typing import Annotated, Any

import fastapi_offline
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from rag import QuestionError
from web.limits import WRONG_FORM, refusal
from web.serving import ServedPipeline

DOCS, OPENAPI = "/api/docs", "/api/openapi.json"

_SWAGGER = Path(fastapi_offline.__file__).with_name("static")
_DOCS_FILES = {
    "swagger-ui-bundle.js": _SWAGGER / "swagger-ui-bundle.js",
    "swagger-ui.css": _SWAGGER / "swagger-ui.css",
    "docs.js": Path(__file__).with_name("docs.js"),
}
_DOCS_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/docs.js"></script></body></html>
"""


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, Field(description="In any language.", examples=["How large is it?"])]


class Citation(BaseModel):
    """Where a fact stands: ``text[start:end] == quote`` in the section's text, and ``answer`` is
    a part of ``quote``. Offsets count Unicode code points."""

    document: str
    section: Annotated[int, Field(description="The number that the document prints.")]
    heading: str
    answer: Annotated[str, Field(description="The exact answer; empty when abstaining.")]
    quote: Annotated[str, Field(description="The sentence or clause around it, word for word.")]
    start: int
    end: int


class Answer(BaseModel):
    """An answer with its citations in order of support; or an abstention (``answered`` false,
    ``answer`` empty), whose citations are the closest sections."""

    question: str
    answered: bool
    answer: Annotated[str, Field(description="That of the first citation.")]
    confidence: Annotated[
        float,
        Field(
            description="The probability that the answer is right; when abstaining, that the"
            " documents hold an answer."
        ),
    ]
    citations: list[Citation]
    index_version: Annotated[str, Field(description="Which state of the documents was asked.")]


class Heading(BaseModel):
    number: int
    heading: str


class Document(BaseModel):
    name: str
    title: str
    sections: list[Heading]


class Documents(BaseModel):
    index_version: str
    documents: list[Document]


class Section(BaseModel):
    """``captions`` are the ``[start, end]`` of the text's picture captions."""

    document: str
    number: int
    heading: str
    text: str
    captions: list[tuple[int, int]]
    index_version: str


class Problem(BaseModel):
    error: Annotated[str, Field(description="What was wrong and what to do, in one sentence.")]


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    waiting = {
        "headers": {
            "Retry-After": {
                "description": "Seconds after which to try again.",
                "schema": {"type": "integer"},
            }
        }
    }
    return {s: {"model": Problem} | (waiting if s in (429, 503) else {}) for s in statuses}


def answer_form(served: ServedPipeline, question: str) -> Answer:
    """Ask, and give the answer in the form that programs get. Raises QuestionError."""
    answer, version = served.answer(question)
    return Answer(**answer.to_dict(), index_version=version)


def router(served: ServedPipeline) -> APIRouter:
    """The routes over a pipeline."""
    routes = APIRouter()

    @routes.post(
        "/api/v1/answers", tags=["answers"], responses=_problems(400, 408, 413, 422, 429, 503)
    )
    def ask(question: Question) -> Answer:
        """Answer a question with verbatim quotes, or say that the documents do not hold it."""
        return answer_form(served, question.question)

    @routes.get("/api/v1/documents", tags=["documents"])
    def documents() -> Documents:
        """The documents that are asked, with their sections."""
        pipeline = served.current
        return Documents(
            index_version=pipeline.version,
            documents=[
                Document(
                    name=d.name,
                    title=d.title,
                    sections=[Heading(number=s.number, heading=s.heading) for s in d.sections],
                )
                for d in pipeline.documents
            ],
        )

    @routes.get(
        "/api/v1/documents/{document}/sections/{number}",
        tags=["documents"],
        responses=_problems(404, 422),
    )
    def section(document: str, number: int) -> Section:
        """The text of a section, in which a citation's offsets count."""
        pipeline = served.current
        for s in pipeline.sections:
            if (s.document, s.number) == (document, number):
                return Section(
                    document=s.document,
                    number=s.number,
                    heading=s.heading,
                    text=s.text,
                    captions=list(s.captions),
                    index_version=pipeline.version,
                )
        raise HTTPException(404, "There is no such section: /api/v1/documents lists them.")

    @routes.get("/healthz", tags=["deployment"])
    def health() -> dict[str, str]:
        """Whether the process is alive."""
        return {"status": "ok"}

    @routes.get("/readyz", tags=["deployment"])
    def ready() -> dict[str, str | int]:
        """Whether questions are answered, and from which index."""
        pipeline = served.current
        return {
            "status": "ok",
            "index_version": pipeline.version,
            "documents": len(pipeline.documents),
        }

    @routes.get(DOCS, include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(_DOCS_PAGE)

    @routes.get(DOCS + "/{file}", include_in_schema=False)
    def docs_file(file: str) -> FileResponse:
        if file not in _DOCS_FILES:
            raise HTTPException(404, "There is nothing at this address.")
        return FileResponse(_DOCS_FILES[file])

    return routes


def answer_in_sentences(server: FastAPI) -> None:
    """Let every error be one sentence, in one form."""

    @server.exception_handler(QuestionError)
    def question_error(request: Request, error: QuestionError) -> Response:
        return refusal(422, str(error))

    @server.exception_handler(RequestValidationError)
    def wrong_shape(request: Request, error: RequestValidationError) -> Response:
        if request.method == "POST":
            return refusal(422, WRONG_FORM)
        return refusal(422, "The section's number must be a whole number.")

    @server.exception_handler(StarletteHTTPException)
    def http_error(request: Request, error: StarletteHTTPException) -> Response:
        return refusal(error.status_code, str(error.detail))
