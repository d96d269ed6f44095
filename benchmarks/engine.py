"""Measures Pulumi's engine on a live node: the duration of commands, and how long it waits for pods that never start.

First, the reference stack for development is created, updated and destroyed; then, services that never become Ready are
deployed. `--write` updates docs/explanation/cluster.md. Needs the pulumi command with its Kubernetes plugin, root, and
everything that `scripts/cluster up --install` installs; if something is missing, it prints what and does nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "cluster"))

from harness import Level, missing_requirements, start_cluster  # noqa: E402 - found only now
from harness.engine import Outcome, engine_version, missing_engine  # noqa: E402
from harness.experiments import ANNOUNCED, Life, Trouble, live, never_ready  # noqa: E402
from harness.toolchain import kubernetes_version  # noqa: E402

from pulumi_probes._markdown import with_measured  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "cluster.md"

SERVICES = {
    "unready": "its readiness probe never succeeds; `await_timeout_seconds`",
    "impatient": "the same; `custom_timeouts`, which override it",
    "killed": "its startup probe never succeeds; `await_timeout_seconds`",
}
"""Why each service of tests/cluster/programs/never_ready.py fails, and what determines how long Pulumi waits."""


def measure() -> tuple[Life, Trouble]:
    """Run both experiments on a new cluster."""
    cluster = start_cluster(f"engine-{os.getpid()}", Level.NODE)
    try:
        with TemporaryDirectory() as folder:
            return live(cluster, Path(folder) / "life"), never_ready(cluster, Path(folder) / "trouble")
    finally:
        cluster.stop()


def lengths(life: Life) -> str:
    """The durations of the commands, as a Markdown table."""
    commands: Mapping[str, Outcome] = {
        "`pulumi up`: create all resources": life.created.up,
        "`pulumi preview`: no changes": life.created.preview,
        "`pulumi refresh`: no changes": life.created.refresh,
        "`pulumi up`: a new image of one service": life.updated.up,
        "`pulumi destroy`": life.destroy,
    }
    rows = [f"| {title} | {outcome.seconds:.0f} s |" for title, outcome in commands.items()]
    return "\n".join(["| command | duration |", "| --- | ---: |", *rows])


def awaits(trouble: Trouble) -> str:
    """The times that Pulumi waited, as a Markdown table."""
    rows = [
        f"| `{name}` | {what} | {ANNOUNCED[name]} s | {trouble.gave_up_after(name):.1f} s |"
        for name, what in SERVICES.items()
    ]
    rows.append(f"| | the whole command | | {trouble.ended_after:.1f} s |")
    return "\n".join(["| service | cause | await timeout | waited |", "| --- | --- | ---: | ---: |", *rows])


def message(trouble: Trouble) -> str:
    """The engine's final message about the service that is killed repeatedly."""
    resource = "kubernetes:apps/v1:Deployment (killed)"
    return f"```text\n{resource}:\n{trouble.up.diagnostics[resource].expandtabs(4)}```"


def setting() -> str:
    """The software and the machine."""
    return (
        f"Pulumi {engine_version()}, Kubernetes {kubernetes_version()}, Python {platform.python_version()}; one "
        f"{platform.machine()} machine with {os.cpu_count()} CPUs."
    )


def main() -> int:
    """Measure, print the figures, and return whether all commands ended as expected."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.relative_to(ROOT)}")
    arguments = parser.parse_args()
    missing = [*map(str, missing_requirements(Level.NODE)), *filter(None, [missing_engine()])]
    if missing:
        print("skipped, no cluster or no engine here; missing: " + ", ".join(missing))
        return 0
    life, trouble = measure()
    text = "\n\n".join([lengths(life), awaits(trouble), message(trouble), setting()])
    print(text)
    if arguments.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_measured(page, "benchmarks/engine.py", text), encoding="utf-8")
    good = (life.created.preview, life.created.refresh, life.updated.preview, life.updated.refresh, life.destroy)
    return int(any(outcome.status != 0 for outcome in good) or trouble.up.status == 0)


if __name__ == "__main__":
    sys.exit(main())
