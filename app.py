"""The chat: ``python app.py`` serves it on HOST:PORT (127.0.0.1:7860)."""

import os
import sys

import uvicorn

from index.errors import ProjectError
from rag import Pipeline, Settings
from web.server import create_app


def main() -> None:
    try:
        pipeline = Pipeline.open(Settings())
    except ProjectError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "7860"))
    print(f"Serving on http://{host}:{port}")
    uvicorn.run(create_app(pipeline), host=host, port=port, log_level="warning")


if __name__ == "__main__":
    main()
