"""How long Pulumi's engine takes on a live node, and when it gives up, beside what it was told.

One after another: the reference stack for development comes up, is updated and destroyed; services that never become
Ready come up. `--write` puts the figures into docs/explanation/cluster.md. Needs the pulumi command with its Kubernetes
plugin, root, and what `scripts/cluster up --install` gets; says so and does nothing where that is missing.
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
    "impatient": "the same; `custom_timeouts`, which win",
    "killed": "its startup probe never succeeds; `await_timeout_seconds`",
}
"""What is wrong with each service of tests/cluster/programs/never_ready.py, and what says how long Pulumi waits."""


def measure() -> tuple[Life, Trouble]:
    """Both experiments, on a cluster of their own."""
    cluster = start_cluster(f"engine-{os.getpid()}", Level.NODE)
    try:
        with TemporaryDirectory() as folder:
            return live(cluster, Path(folder) / "life"), never_ready(cluster, Path(folder) / "trouble")
    finally:
        cluster.stop()


def lengths(life: Life) -> str:
    """How long each command took, as a Markdown table."""
    commands: Mapping[str, Outcome] = {
        "`pulumi up`: everything is made": life.created.up,
        "`pulumi preview`: nothing differs": life.created.preview,
        "`pulumi refresh`: nothing differs": life.created.refresh,
        "`pulumi up`: a new image of one service": life.updated.up,
        "`pulumi destroy`": life.destroy,
    }
    rows = [f"| {title} | {outcome.seconds:.0f} s |" for title, outcome in commands.items()]
    return "\n".join(["| command | took |", "| --- | ---: |", *rows])


def awaits(trouble: Trouble) -> str:
    """When Pulumi gave up, as a Markdown table."""
    rows = [
        f"| `{name}` | {what} | {ANNOUNCED[name]} s | {trouble.gave_up_after(name):.1f} s |"
        for name, what in SERVICES.items()
    ]
    rows.append(f"| | the command itself | | {trouble.ended_after:.1f} s |")
    return "\n".join(["| service | | told to wait | gave up after |", "| --- | --- | ---: | ---: |", *rows])


def message(trouble: Trouble) -> str:
    """What the engine says at its end of the service that is killed again and again."""
    resource = "kubernetes:apps/v1:Deployment (killed)"
    return f"```text\n{resource}:\n{trouble.up.diagnostics[resource].expandtabs(4)}```"


def setting() -> str:
    """Where it was measured."""
    return (
        f"Pulumi {engine_version()}, Kubernetes {kubernetes_version()}, Python {platform.python_version()}; one "
        f"{platform.machine()} machine with {os.cpu_count()} CPUs."
    )


def main() -> int:
    """Measure, print the figures, and say whether every command ended as it should."""
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
