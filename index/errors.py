"""What can go wrong, each said in one sentence that a person can act on."""


class ProjectError(Exception):
    """The message is one clear sentence: what was wrong and what to do. It is shown as it is."""


class CorpusError(ProjectError):
    """A document, or the folder of documents, cannot be used."""


class ModelError(ProjectError):
    """A model cannot be had."""


class IndexUnusable(ProjectError):
    """The index is missing, stale, foreign or damaged, or cannot be written."""
