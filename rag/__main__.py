"""``python -m rag ask``: the answer and its citations, for a person or a program."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import ProjectError
from index.terminal import shown, steers
from rag.answer import Answer
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

app = typer.Typer(add_completion=False, help="Ask the documents.")


@app.callback()
def _commands() -> None:
    """Ask the documents."""


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in any language.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help='Read {"id": …, "question": …} a line, write answers so.'),
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Least probability at which to answer. [QA_THRESHOLD]"),
    ] = None,
) -> None:
    """Answer a question with verbatim quotes, or say that the documents do not hold the answer."""
    if (question is None) != jsonl:
        raise typer.BadParameter("give either a QUESTION or --jsonl.")
    from rag.pipeline import Pipeline

    settings = Settings() if threshold is None else Settings(threshold=threshold)
    pipeline = Pipeline.open(settings)
    if question is None:
        for line in sys.stdin.buffer:
            if line.strip():
                typer.echo(_json(_answer_line(pipeline, line)))
        return
    answer = pipeline.ask(question)
    if as_json:
        typer.echo(_json(answer.to_dict()))
    else:
        typer.echo(_for_a_person(answer))


def _json(value: dict[str, Any]) -> str:
    """JSON in one line, its characters as they are, but for those that JSON can escape and that
    could steer a terminal, end the line or have no UTF-8.
    """
    text = json.dumps(value, ensure_ascii=False)
    return "".join(json.dumps(c)[1:-1] if steers(c) else c for c in text)


def _answer_line(pipeline: "Pipeline", line: bytes) -> dict[str, Any]:
    """One line of ``--jsonl``; what is wrong with it is said in its place."""
    identity = None
    try:
        given = json.loads(line)
        if not isinstance(given, dict) or not isinstance(given.get("question"), str):
            raise ValueError("no question")
        identity = given.get("id")
        return {"id": identity} | pipeline.ask(given["question"]).to_dict()
    except (ValueError, RecursionError):
        error = 'A line must be a JSON object such as {"id": "q1", "question": "…"}.'
    except ProjectError as problem:
        error = str(problem)
    return {"id": identity, "error": error}


def _for_a_person(answer: Answer) -> str:
    """The answer first, then each quote with where it stands."""
    lines = [answer.answer if answer.answered else "The documents do not hold the answer."]
    for c in answer.citations:
        place = f"{c.document}, section {c.section}" + (f", {c.heading}" if c.heading else "")
        lines.append(f"\n  「{c.quote}」\n  ({place})" if answer.answered else f"  see {place}")
    return shown("\n".join(lines))


def main() -> None:
    try:
        app()
    except ProjectError as error:
        typer.echo(shown(f"Error: {error}"), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
