"""What an operator may set about answering."""

from pydantic import Field

from index.settings import IndexSettings


class Settings(IndexSettings):
    """As IndexSettings, from the environment with the prefix ``QA_``, or given."""

    # The longest question that is read; a longer one is refused with this number in the message.
    max_question_chars: int = Field(500, ge=1)
    # The least probability of being right at which an answer is given. Higher refuses more.
    threshold: float = Field(0.5, ge=0, le=1)
