"""A process from its start to its end: the time to the first answer, and its peak of memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, cast

from eval.errors import EvalError


@dataclass(frozen=True, slots=True)
class Served:
    """``first``: seconds from the start to the first answer; ``peak``: bytes, resident."""

    first: float
    peak: int


def serve(questions: Sequence[str]) -> Served:
    """Start ``python -m rag ask --jsonl``, ask it all questions, and see what it took.

    The first question waits in the pipe when the process starts. Raises EvalError where it fails.
    """
    command = [sys.executable, "-m", "rag", "ask", "--jsonl"]
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    given, answers = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stdout)
    first = 0.0
    try:
        for question in questions:
            given.write(json.dumps({"question": question}).encode() + b"\n")
            given.flush()
            if not answers.readline():
                break
            first = first or time.perf_counter() - begun
        given.close()
    finally:
        answers.close()
        # What the child used is told once, to whoever waits for it.
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise EvalError(f"python -m rag ask ended with {child.returncode}: see its message above.")
    return Served(first, usage.ru_maxrss * 1024)
