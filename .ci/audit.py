"""Ask for known vulnerabilities of what is installed (pip-audit), and say what could not be asked.

Ends with 1 where there is one, and where pip-audit itself fails; with 0 where its data cannot be
reached, after saying so: that is no fault of what is checked.
"""

import json
import subprocess
import sys
from typing import Any

# What pip-audit says of a service that does not answer, or that answers for nothing.
UNREACHED = (
    "ConnectionError",
    "Connection refused",
    "Max retries",
    "timed out",
    "Could not connect",
)


def report(out: str, err: str) -> tuple[int, str]:
    """The exit status and what is said, of what pip-audit printed."""
    try:
        found: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (err.strip() or "no output").splitlines()[-1]
        if any(sign in err for sign in UNREACHED):
            return 0, f"AUDIT NOT DONE: its data cannot be reached from here ({last})."
        return 1, f"pip-audit failed: {last}"
    flaws = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version'}"
        for one in found
        for flaw in one.get("vulns", [])
    ]
    unasked = [one["name"] for one in found if "skip_reason" in one]
    asked = len(found) - len(unasked)
    said = [*flaws, f"{len(flaws)} known vulnerabilities in {asked} of {len(found)} packages."]
    if not asked:
        said = ["AUDIT NOT DONE: its data cannot be reached from here, for none of the packages."]
    elif unasked:
        said.append(f"NOT AUDITED, for there is no data about them: {', '.join(unasked)}.")
    return (1 if flaws else 0), "\n".join(said)


def main() -> int:
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--local", "--skip-editable", "--format", "json",
         "--progress-spinner", "off", "--timeout", "15"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    status, said = report(done.stdout, done.stderr)
    print(said)
    return status


if __name__ == "__main__":
    sys.exit(main())
