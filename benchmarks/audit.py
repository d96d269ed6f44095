"""Times `probes audit`, side by side with kube-score and checkov, on the same files.

The programs run in turns, so that whatever else the machine does affects all of them. They are installed into
`build/peers` the first time: kube-score needs go, and both need their registries; a program that cannot be installed
is left out, with the reason. `--write` puts the table into docs/explanation/design.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from _manifests import write_manifests

from pulumi_probes._markdown import with_measured

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explanation" / "design.md"
PEERS = ROOT / "build" / "peers"
KUBE_SCORE: Final = "v1.20.0"
CHECKOV: Final = "3.3.30"
NAMES: Final = ("probes", "kube-score", "checkov")


@dataclass(frozen=True)
class Work:
    """The files to audit.

    Attributes:
        workloads: the number of Deployments, each with a Service.
        files: the number of files.
        rounds: how often each program runs.
        names: the programs; those that would take hours are left out.
    """

    workloads: int
    files: int
    rounds: int
    names: tuple[str, ...] = NAMES

    def __str__(self) -> str:
        if self.workloads == 1:
            return "a Deployment and its Service"
        return f"{self.workloads:,} Deployments and Services in {self.files:,} files"


@dataclass(frozen=True)
class Run:
    """One run: seconds on the clock and of processor time, and the memory of its largest process in MiB."""

    wall: float
    cpu: float
    memory: float


WORKS: Final = (Work(1, 1, 7), Work(1000, 100, 5), Work(10_000, 1000, 1, ("probes", "kube-score")))


def commands() -> dict[str, list[str]]:
    """The programs that are installed, each without the files."""
    found = {"probes": [str(Path(sys.executable).with_name("probes")), "audit", "--format", "json"]}
    score, checkov = PEERS / "kube-score", PEERS / "checkov" / "bin" / "checkov"
    package = f"github.com/zegl/kube-score/cmd/kube-score@{KUBE_SCORE}"
    if score.exists() or _installed("kube-score", {"GOBIN": str(PEERS)}, ["go", "install", package]):
        found["kube-score"] = [str(score), "score", "--output-format", "json"]
    venv = [sys.executable, "-m", "venv", str(PEERS / "checkov")]
    install = [str(checkov.with_name("pip")), "install", "--quiet", f"checkov=={CHECKOV}"]
    if checkov.exists() or _installed("checkov", {}, venv, install):
        options = ["--framework", "kubernetes", "--quiet", "--output", "json", "--skip-download", "--soft-fail"]
        found["checkov"] = [str(checkov), *options]
    return found


def _installed(name: str, environment: Mapping[str, str], *steps: list[str]) -> bool:
    PEERS.mkdir(parents=True, exist_ok=True)
    for step in steps:
        try:
            subprocess.run(step, check=True, capture_output=True, env={**os.environ, **environment})
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} is left out: {error}")
            return False
    return True


def arguments(name: str, folder: Path) -> list[str]:
    """The arguments with which a program reads a directory."""
    if name == "checkov":
        return ["--directory", str(folder)]
    return [str(folder)] if name == "probes" else [str(file) for file in sorted(folder.iterdir())]


def measure(command: list[str]) -> Run:
    """Run a program; findings may make it fail."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return Run(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def row(work: Work, programs: Mapping[str, list[str]]) -> str:
    """A row of the table: medians of each program."""
    runs: dict[str, list[Run]] = {name: [] for name in work.names if name in programs}
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "manifests"
        write_manifests(folder, work.workloads, work.files)
        for _ in range(work.rounds):
            for name, measured in runs.items():
                measured.append(measure([*programs[name], *arguments(name, folder)]))
    own = statistics.median(run.wall for run in runs["probes"])
    cells = [str(work)]
    for name in NAMES:
        if name not in runs:
            cells.append("not measured")
            continue
        wall, cpu, memory = (
            statistics.median(getattr(run, figure) for run in runs[name]) for figure in ("wall", "cpu", "memory")
        )
        ratio = "" if name == "probes" else f", factor {own / wall:.2g}"
        cells.append(f"{wall:.2f} s ({cpu:.2f} s CPU), {memory:.0f} MiB{ratio}")
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    write = parser.parse_args().write
    programs = commands()
    lines = [f"| work | `probes audit` | kube-score {KUBE_SCORE} | checkov {CHECKOV} |", "| --- | --- | --- | --- |"]
    print("\n".join(lines))
    for work in WORKS:
        lines.append(row(work, programs))
        print(lines[-1], flush=True)
    setting = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors"
    text = "\n".join([*lines, "", f"Medians of runs in turns; {setting}. The factors are times of `probes audit`."])
    if write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_measured(page, "benchmarks/audit.py", text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
