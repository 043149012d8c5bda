"""The ways in which an evaluation fails; each message is one sentence, fit to be shown."""

from index.errors import ProjectError


class EvalError(ProjectError):
    """The evaluation cannot go on (exit status 1)."""


class UsageError(ProjectError):
    """The command was called wrongly (exit status 2)."""
