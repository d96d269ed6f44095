"""Renders charts and overlays to YAML with `helm` and `kustomize`, if they are installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

TIME_LIMIT_SECONDS: Final = 60
"""The time limit for a tool; a chart may have to be downloaded."""


class ToolFailed(Exception):  # noqa: N818 - named after the condition, as in LookupError
    """A tool is not installed, or has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The arguments of `helm template`.

    Attributes:
        name: a directory, an archive, a name in a repository, or an `oci://` address.
        release: the name of the release.
        repository: the address of the chart repository.
        version: the version of the chart; the newest if None.
        namespace: the namespace of the release.
        values: the values, without unknown ones; passed on standard input, since they may be secret.
        value_files: files with values, which `values` overrides.
        include_crds: whether custom resource definitions are rendered too.
        kubernetes_version: the Kubernetes version that the chart is rendered for.
        api_versions: the API versions that the chart is rendered for.
    """

    name: str
    release: str
    repository: str | None = None
    version: str | None = None
    namespace: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    value_files: Sequence[str] = ()
    include_crds: bool = True
    kubernetes_version: str | None = None
    api_versions: Sequence[str] = ()


def render_chart(chart: Chart) -> str:
    """Render a chart with `helm template`.

    Raises:
        ToolFailed: helm is not installed, or has failed.
    """
    command = ["template", "--values", "-"]
    for option, value in (
        ("--repo", chart.repository),
        ("--version", chart.version),
        ("--namespace", chart.namespace),
        ("--kube-version", chart.kubernetes_version),
    ):
        if value is not None:
            command += [option, str(value)]
    if chart.include_crds:
        command.append("--include-crds")
    for version in chart.api_versions:
        command += ["--api-versions", version]
    for file in chart.value_files:
        command[1:1] = ["--values", file]
    # After --, names that look like options are not taken for options.
    command += ["--", chart.release, chart.name]
    return _run("helm", command, json.dumps(chart.values))


def render_kustomization(folder: str) -> str:
    """Render a directory with `kustomize build`, or with kubectl, which includes kustomize.

    Raises:
        ToolFailed: neither is installed, or it has failed.
    """
    if shutil.which("kustomize") is not None:
        return _run("kustomize", ["build", "--", folder], "")
    return _run("kubectl", ["kustomize", "--", folder], "")


def _run(tool: str, arguments: Sequence[str], text: str) -> str:
    program = shutil.which(tool)
    if program is None:
        raise ToolFailed(f"{tool} is not installed; install it to audit the result.")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed tool, and a list of arguments
            [program, *arguments],
            input=text.encode(),
            capture_output=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
            env={**os.environ, "KUBECONFIG": os.devnull},
        )
    except subprocess.TimeoutExpired as error:
        raise ToolFailed(f"{tool} did not finish within {TIME_LIMIT_SECONDS} s.") from error
    except OSError as error:
        raise ToolFailed(f"{tool} could not be run: {error.strerror}.") from error
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ToolFailed(f"{tool} failed: {lines[-1] if lines else f'exit status {done.returncode}'}")
    return done.stdout.decode("utf-8", "replace")
