"""`helm` and `kustomize`, where they are installed: charts and overlays -> YAML."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

TIME_LIMIT_SECONDS: Final = 60
"""How long a tool may take; a chart may have to be downloaded."""


class ToolFailed(Exception):  # noqa: N818 - says what is the case
    """A tool is not installed, or did not do what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What `helm template` is asked for.

    Attributes:
        name: a folder, an archive, a name in a repository, or an `oci://` address.
        release: the release's name.
        repository: the address of a repository.
        version: the chart's version, the newest when None.
        namespace: the release's namespace.
        values: the values, without unknown ones; handed over on standard input, since they may be secret.
        value_files: files with values, which `values` win over.
        include_crds: whether custom resource definitions are rendered too.
        kubernetes_version: what the chart is told about the cluster.
        api_versions: likewise.
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
    """What `helm template` makes of a chart.

    Raises:
        ToolFailed: helm is not installed, or failed; says what to do.
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
    # Names that look like options stay names.
    command += ["--", chart.release, chart.name]
    return _run("helm", command, json.dumps(chart.values))


def render_kustomization(folder: str) -> str:
    """What `kustomize build` makes of a folder; kubectl has it built in.

    Raises:
        ToolFailed: neither is installed, or it failed.
    """
    if shutil.which("kustomize") is not None:
        return _run("kustomize", ["build", "--", folder], "")
    return _run("kubectl", ["kustomize", "--", folder], "")


def _run(tool: str, arguments: Sequence[str], text: str) -> str:
    program = shutil.which(tool)
    if program is None:
        raise ToolFailed(f"{tool} is not installed; install it to have its output audited.")
    try:
        done = subprocess.run(  # noqa: S603 - the tool's name is ours, the arguments are a list
            [program, *arguments],
            input=text.encode(),
            capture_output=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
            env={**os.environ, "KUBECONFIG": os.devnull},
        )
    except subprocess.TimeoutExpired as error:
        raise ToolFailed(f"{tool} took longer than {TIME_LIMIT_SECONDS} s.") from error
    except OSError as error:
        raise ToolFailed(f"{tool} cannot be run: {error.strerror}.") from error
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ToolFailed(f"{tool} says: {lines[-1] if lines else f'exit status {done.returncode}'}")
    return done.stdout.decode("utf-8", "replace")
