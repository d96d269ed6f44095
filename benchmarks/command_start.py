"""Measures the start-up time of `probes --help` and of small subcommands, compared with a bare interpreter.

The target for `--help` is at most 1.5 times the time of `python -c "import json"`, and at most 150 ms.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROBES = str(Path(sys.executable).with_name("probes"))
BARE = (sys.executable, "-c", "import json")
COMMANDS = {
    "probes --help": (PROBES, "--help"),
    "probes rules": (PROBES, "rules"),
    "probes explain PRB204": (PROBES, "explain", "PRB204"),
    "probes audit, one manifest": (
        PROBES,
        "audit",
        str(ROOT / "examples/07-yaml-and-helm/manifests"),
        "--fail-on",
        "never",
    ),
    "probes preview, five lines": (PROBES, "preview", str(ROOT / "examples/01-minimal"), "--fail-on", "never"),
}
ROUNDS = 9
ALLOWANCE_MILLISECONDS = 150


def milliseconds(command: tuple[str, ...]) -> float:
    """The duration of one run."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1000


def main() -> int:
    """Print median, minimum and maximum for each command, run in turns with the bare interpreter."""
    bare: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            bare.append(milliseconds(BARE))
            times[name].append(milliseconds(command))
    for name, values in {"python -c 'import json'": bare, **times}.items():
        print(f"{name:<28}{statistics.median(values):7.0f} ms  ({min(values):.0f} to {max(values):.0f})")
    limit = 1.5 * statistics.median(bare) + ALLOWANCE_MILLISECONDS
    print(f"the target for --help: {limit:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
