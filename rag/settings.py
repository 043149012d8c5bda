"""What an operator may set about answering."""

from typing import Annotated

from pydantic import Field

from index.settings import IndexSettings


class Settings(IndexSettings):
    """As IndexSettings, from the environment with the prefix ``QA_``, or given."""

    # The longest question that is read; a longer one is refused with this number in the message.
    max_question_chars: Annotated[int, Field(ge=1)] = 500
    # The least probability that the documents hold an answer at which one is given; higher refuses
    # more. Chosen on the tune split and on articles kept out of training, where it refuses two
    # thirds of the unanswerable questions and a twentieth of the others.
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.3
