"""What whoever runs the server may set. docs/settings.md explains each for them."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from index.errors import ProjectError
from rag.settings import Settings

_ORIGIN = re.compile(
    r"'self'|'none'|\*|https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:(\d{1,5}|\*))?"
)


class ServerSettings(Settings):
    """As Settings, with ``QA_`` before each name; host and port are plain ``HOST`` and ``PORT``."""

    model_config = SettingsConfigDict(populate_by_name=True)

    host: Annotated[str, Field(validation_alias="HOST")] = "127.0.0.1"
    port: Annotated[int, Field(validation_alias="PORT", ge=0, le=65535)] = 7860

    # Questions that are answered at the same time: more than cores only makes each of them slower.
    max_concurrent: Annotated[int, Field(ge=1)] = 2
    # Questions that wait for their turn; one more is told to come back later.
    max_waiting: Annotated[int, Field(ge=1)] = 32
    # Questions a minute from one address; 0 is no limit.
    questions_per_minute: Annotated[int, Field(ge=0)] = 30
    # The header in which the proxy in front names the visitor's address. Unset, the connection's
    # own address counts: anybody could write a header.
    address_header: str | None = None

    # Who may show the page in a frame, as in Content-Security-Policy: origins, with spaces between.
    frame_ancestors: str = "'self'"

    feedback: bool = True
    feedback_file: Path = Path(".data/feedback.sqlite")

    # Whether the log holds the questions' text.
    log_questions: bool = False

    @field_validator("frame_ancestors")
    @classmethod
    def _origins(cls, value: str) -> str:
        sources = value.split()
        if not sources or not all(_ORIGIN.fullmatch(source) for source in sources):
            raise ValueError("must be origins such as https://news.example, with spaces between")
        return " ".join(sources)


class SettingsError(ProjectError):
    """A setting that cannot be used."""


def load_settings() -> ServerSettings:
    """The settings of the environment. Raises SettingsError, which names the first that is wrong."""
    try:
        return ServerSettings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"QA_{name.upper()}"
        said = first["msg"].removeprefix("Value error, ")
        raise SettingsError(
            f"The setting {variable} cannot be {first['input']!r}: {said[:1].lower()}{said[1:]}"
            " (docs/settings.md lists what it takes)."
        ) from None
