"""What an operator may set about answering."""

from typing import Annotated

from pydantic import Field

from index.settings import IndexSettings


class Settings(IndexSettings):
    """As IndexSettings, from the environment with the prefix ``QA_``, or given."""

    # The longest question that is read; a longer one is refused with this number in the message.
    max_question_chars: Annotated[int, Field(ge=1)] = 500
    # The least probability of being right at which an answer is given; higher refuses more. Chosen for
    # the best balance of answers given and questions rightly refused on the tune split.
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
