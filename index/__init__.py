"""From documents to a searchable index."""

import sys

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

# OpenVINO, which is imported after this, reports each import of itself to an analytics service
# unless it does not find the package that does so.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
