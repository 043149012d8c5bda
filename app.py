"""The chat: ``python app.py`` serves it on HOST:PORT (127.0.0.1:7860)."""

import sys

from index.errors import ProjectError
from rag import Pipeline
from web.server import serve
from web.settings import load_settings


def main() -> None:
    try:
        settings = load_settings()
        pipeline = Pipeline.open(settings)
        print(f"Serving on http://{settings.host}:{settings.port}", flush=True)
        serve(pipeline, settings)
    except ProjectError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
