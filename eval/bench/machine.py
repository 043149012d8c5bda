"""What the machine can do: the rates that the floors of the stages are made of."""

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZE = 2048  # of the square matrices
REPEATS = 20


def machine() -> dict[str, Any]:
    """The processor, and its best rates: operations a second by number form, bytes read a second.

    The best of some runs and not the median: a rate is what the machine can do when left alone.
    """
    import torch

    a, b = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)
    small_a, small_b = a.bfloat16(), b.bfloat16()
    int_a, int_b = (10 * a).to(torch.int8), (10 * b).to(torch.int8)
    large = torch.ones(50_000_000)
    operations = 2 * SIZE**3
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "float32": operations / _best(lambda: a @ b),
        "bfloat16": operations / _best(lambda: small_a @ small_b),
        "int8": operations / _best(lambda: torch._int_mm(int_a, int_b)),
        "memory": large.nbytes / _best(large.sum),
    }


def _best(function: Callable[[], object]) -> float:
    seconds = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def _processor() -> str:
    """The model's name and the number forms that its vector unit multiplies."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    known = {k.strip(): v.strip() for k, v in fields.items()}
    flags = set(known.get("flags", "").split())
    forms = sorted(flags & {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16"})
    return f"{known.get('model name', platform.processor())} ({', '.join(forms)})"
