"""A pipeline without models, for tests of what is around it: it quotes, and it takes its time.

``python -m tests.app.quick SECONDS`` serves it as ``app.py`` serves the real one.
"""

import sys
import time
from dataclasses import dataclass

from index.parsing import parse_sections
from index.sections import Document, Section
from rag import Answer, Citation, QuestionError
from web.server import serve
from web.settings import ServerSettings, load_settings

TEXT = "1 基金\n\n政府設立100億元的基金。\n\n2 校園\n\n學校在1990年成立。"
DOCUMENT = Document("article", "一篇文章", "0" * 64, parse_sections("article", TEXT))


@dataclass(eq=False)
class QuickPipeline:
    """Answers every question with the first sentence of the last section, after ``seconds``."""

    documents: tuple[Document, ...] = (DOCUMENT,)
    version: str = "0123456789abcdef"
    seconds: float = 0.0
    settings: ServerSettings | None = None

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(s for d in self.documents for s in d.sections)

    def ask(self, question: str) -> Answer:
        if not question.strip():
            raise QuestionError("The question is empty: ask something.")
        if len(question) > 500:
            raise QuestionError("The question is longer than 500 characters: shorten it.")
        time.sleep(self.seconds)
        section = self.sections[-1]
        quote = section.text.split("\n")[0]
        citation = Citation(
            section.document, section.number, section.heading, quote[:3], quote, 0, len(quote)
        )
        return Answer(question, True, citation.answer, 0.9, (citation,))


if __name__ == "__main__":
    serve(QuickPipeline(seconds=float(sys.argv[1])), load_settings())  # type: ignore[arg-type]
