"""The load test: ``python -m tests.load.run --people 50 --seconds 300 --pid PID``."""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import gevent  # noqa: E402
import requests  # noqa: E402
from locust.env import Environment  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from tests.load.people import QUESTIONS, Person  # noqa: E402

RECOVERY_SECONDS = 10


def resident(pid: int | None) -> float:
    """The process's resident memory in MiB; not a number where there is no /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return float("nan")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def answered_in(host: str) -> float | None:
    """Seconds for one question; None where it was not answered."""
    begun = time.perf_counter()
    try:
        response = requests.post(
            f"{host}/api/v1/answers", json={"question": QUESTIONS[0]}, timeout=RECOVERY_SECONDS
        )
    except requests.RequestException:
        return None
    return time.perf_counter() - begun if response.ok else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="http://127.0.0.1:7860")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--pid", type=int, help="the server's process, whose memory is watched")
    chosen = parser.parse_args()
    calm = answered_in(chosen.host)
    if calm is None:
        print(f"There is no server that answers at {chosen.host}: start it.", file=sys.stderr)
        return 1

    environment = Environment(user_classes=[Person], host=chosen.host)
    people = environment.create_local_runner()
    people.start(chosen.people, spawn_rate=max(10, chosen.people / 10))
    gevent.sleep(chosen.seconds / 10)
    early = resident(chosen.pid)
    gevent.sleep(chosen.seconds * 9 / 10)
    late = resident(chosen.pid)
    people.quit()

    left, recovered = time.perf_counter(), None
    while recovered is None and time.perf_counter() - left < 3 * RECOVERY_SECONDS:
        seconds = answered_in(chosen.host)
        if seconds is not None and seconds < 2 * calm + 0.5:
            recovered = time.perf_counter() - left

    table = Table(title=f"{chosen.people} people, {chosen.seconds} s")
    for name in ("request", "number", "failed", "a second", "median ms", "p95 ms", "longest ms"):
        table.add_column(name, justify="left" if name == "request" else "right")
    for entry in environment.stats.entries.values():
        table.add_row(
            entry.name, str(entry.num_requests), str(entry.num_failures), f"{entry.total_rps:.1f}",
            str(entry.median_response_time), str(entry.get_response_time_percentile(0.95)),
            f"{entry.max_response_time:.0f}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    console.print(f"memory: {early:.0f} MiB after a tenth of the time, {late:.0f} MiB at the end")
    said = "not" if recovered is None else f"{recovered:.1f} s after the last person left"
    console.print(f"one question alone: {calm:.2f} s before; as quick again: {said}")
    for error in environment.stats.errors.values():
        console.print(f"{error.occurrences} × {error.name}: {error.error}", markup=False)
    well = recovered is not None and recovered <= RECOVERY_SECONDS
    return 0 if well and not environment.stats.total.num_failures else 1


if __name__ == "__main__":
    sys.exit(main())
