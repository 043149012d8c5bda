"""From documents to a searchable index."""

from index.errors import CorpusError, IndexUnusable, ModelError, ProjectError
from index.sections import Document, Passage, Section
from index.settings import IndexSettings

__all__ = [
    "CorpusError",
    "Document",
    "IndexSettings",
    "IndexUnusable",
    "ModelError",
    "Passage",
    "ProjectError",
    "Section",
]
