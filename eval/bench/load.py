"""Many people asking at once: each asks the next question as soon as the last is answered."""

import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np

from eval.bench.timing import figures


def under_load(
    answer: Callable[[str], str], questions: Sequence[str], expected: Sequence[str], askers: int
) -> dict[str, Any]:
    """Questions a second, and the time that each took, with ``askers`` at once.

    ``lost`` counts the questions that raised or were answered otherwise than ``expected``.
    """
    rest = iter(list(enumerate(questions)))
    lock = threading.Lock()
    seconds: list[float] = []
    lost: list[str] = []

    def ask() -> None:
        while True:
            with lock:
                turn = list(islice(rest, 1))
            if not turn:
                return
            ((number, question),) = turn
            begun = time.perf_counter()
            try:
                right = answer(question) == expected[number]
            except Exception as error:  # whatever it is, the question is lost and is counted
                right = False
                print(f"{question}: {error!r}")
            seconds.append(time.perf_counter() - begun)
            if not right:
                lost.append(question)

    threads = [threading.Thread(target=ask) for _ in range(askers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = time.perf_counter() - begun
    return {
        "askers": askers,
        "questions": len(questions),
        "per_second": len(questions) / total,
        "lost": len(lost),
        **figures(np.array(seconds)),
    }
