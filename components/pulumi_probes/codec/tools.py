"""Renders charts and overlays to YAML with `helm` and `kustomize`, if they are installed."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from msgspec import Struct, field

TIME_LIMIT_SECONDS: Final = 60
"""The time limit for a tool; a chart may have to be downloaded."""

MAXIMUM_OUTPUT_BYTES: Final = 64 * 1024 * 1024
"""The maximum size of the output of a tool."""

_MAXIMUM_ERROR_BYTES: Final = 64 * 1024
_LONGEST_MESSAGE: Final = 500
# Kustomize quotes the content of a patch or a resource in brackets or braces, up to the end of the line.
_CONTENT: Final = r"(?s)(?:\[[^\]]*[:{=]|\{).*"
_NOWHERE: Final = "http://127.0.0.1:9"
_OFFLINE: Final = {
    # A proxy that does not exist, since helm follows references in schemas of values, and kustomize those to bases.
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), _NOWHERE),
    "NO_PROXY": "",
    "no_proxy": "",
    # Git accepts no protocol at all.
    "GIT_ALLOW_PROTOCOL": "none",
}


class ToolFailed(Exception):  # noqa: N818 - named after the condition, as in LookupError
    """A tool is not installed, or has failed."""


class Chart(Struct, frozen=True, kw_only=True):
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


def render_chart(chart: Chart, *, is_offline: bool = False) -> str:
    """Render a chart with `helm template`.

    Args:
        chart: the chart and its values.
        is_offline: whether helm must not use the network.

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
    return _run("helm", command, json.dumps(chart.values), is_offline=is_offline)


def render_kustomization(folder: str, *, is_offline: bool = False) -> str:
    """Render a directory with `kustomize build`, or with kubectl, which includes kustomize.

    Args:
        folder: the directory.
        is_offline: whether the tool must not use the network.

    Raises:
        ToolFailed: neither is installed, or it has failed.
    """
    if shutil.which("kustomize") is not None:
        return _run("kustomize", ["build", "--", folder], "", is_offline=is_offline)
    if shutil.which("kubectl") is not None:
        return _run("kubectl", ["kustomize", "--", folder], "", is_offline=is_offline)
    raise ToolFailed("neither kustomize nor kubectl is installed; install one of them to audit the result.")


def _run(tool: str, arguments: Sequence[str], text: str, *, is_offline: bool) -> str:
    program = shutil.which(tool)
    if program is None:
        raise ToolFailed(f"{tool} is not installed; install it to audit the result.")
    environment = {**os.environ, "KUBECONFIG": os.devnull, **(_OFFLINE if is_offline else {})}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
        given.write(text.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - a fixed tool, and a list of arguments
                [program, *arguments],
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolFailed(f"{tool} could not be run: {error.strerror}.") from error
        output = _output_of(process, tool)
        if process.returncode != 0:
            errors.seek(0)
            message = _message(errors.read(_MAXIMUM_ERROR_BYTES).decode("utf-8", "replace"))
            raise ToolFailed(f"{tool} failed: {message or f'exit status {process.returncode}'}")
    return output.decode("utf-8", "replace")


def _output_of(process: subprocess.Popen[bytes], tool: str) -> bytes:
    """The output of a process, which is ended if it exceeds a limit."""
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        _end(process)

    timer = threading.Timer(TIME_LIMIT_SECONDS, end)
    timer.start()
    try:
        with process.stdout or io.BytesIO() as stream:
            output = stream.read(MAXIMUM_OUTPUT_BYTES + 1)
        if len(output) > MAXIMUM_OUTPUT_BYTES:
            raise ToolFailed(f"{tool} printed more than {MAXIMUM_OUTPUT_BYTES // 1024**2} MiB.")
        process.wait()
    finally:
        timer.cancel()
        _end(process)
        process.wait()
    if is_late.is_set():
        raise ToolFailed(f"{tool} did not finish within {TIME_LIMIT_SECONDS} s.")
    return output


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, with those that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _message(text: str) -> str:
    """The error in the output of a tool, without values that may be secret."""
    lines = text.strip().splitlines()
    # Kustomize prints the patch that fails, on the lines after the first.
    line = next((line for line in lines if line.startswith("Error: ")), lines[-1] if lines else "")
    return _shortened(re.sub(_CONTENT, "[…]", line))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"
