"""Helpers for testing policy packs, this one and others: requests as the engine sends them, and a running pack.

They need neither the pulumi command nor a cluster. They do not do what the engine and the provider do between a program
and a pack: generate names, and fill in namespaces and defaults from the configuration.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from pulumi_probes.codec.pulumi_resource import PROVIDER_TYPE, type_token_of
from pulumi_probes.codec.pulumi_values import marked
from pulumi_probes.preview import Registration, load_project, load_stack, run_program

_START_SECONDS = 30


def analyze_request(
    content: Mapping[str, Any],
    *,
    resource_type: str | None = None,
    name: str = "example",
    create_timeout_seconds: float = 0,
    update_timeout_seconds: float = 0,
) -> analyzer_pb2.AnalyzeRequest:
    """The engine's request about one resource.

    Args:
        content: the inputs of the resource; leaves may be `UNKNOWN` or `Secret`.
        resource_type: its type; if None, the provider's type for the `apiVersion` and `kind` of the object.
        name: its name in the program.
        create_timeout_seconds: `custom_timeouts.create`; 0 if unset.
        update_timeout_seconds: `custom_timeouts.update`; 0 if unset.
    """
    token = resource_type if resource_type is not None else type_token_of(content["apiVersion"], content["kind"])
    request = analyzer_pb2.AnalyzeRequest(type=token, name=name, urn=f"urn:pulumi:dev::test::{token}::{name}")
    request.properties.update(marked(content))
    if token.startswith("kubernetes:"):
        request.provider.type, request.provider.name = PROVIDER_TYPE, "default"
        request.provider.urn = f"urn:pulumi:dev::test::{PROVIDER_TYPE}::default"
    if create_timeout_seconds or update_timeout_seconds:
        request.options.customTimeouts.create = create_timeout_seconds
        request.options.customTimeouts.update = update_timeout_seconds
    return request


def stack_request(requests: Iterable[analyzer_pb2.AnalyzeRequest]) -> analyzer_pb2.AnalyzeStackRequest:
    """The engine's request about the whole stack; outputs are assumed to equal the inputs, as before deployment."""
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                type=request.type,
                properties=request.properties,
                urn=request.urn,
                name=request.name,
                options=request.options,
                parent=request.options.parent,
            )
            for request in requests
        ]
    )


def record_requests(folder: Path, stack: str | None = None) -> list[analyzer_pb2.AnalyzeRequest]:
    """Run a Pulumi program in this process, and return the engine's requests about its resources in a preview.

    Args:
        folder: the directory of Pulumi.yaml.
        stack: the stack whose configuration is read; if None, the only one, or `dev`.

    Raises:
        UnreadableInput: the project or stack does not exist.
        RuntimeError: the program failed.
    """
    project = load_project(str(folder))
    recording = run_program(project, load_stack(project, stack))
    if recording.failures:
        raise RuntimeError("\n".join(failure.message for failure in recording.failures))
    # The engine does not pass resources that are only read to policies.
    return [_request_of(resource) for resource in recording.registrations if not resource.is_read]


@contextmanager
def running_pack(
    folder: Path, *, python: str = sys.executable, environment: Mapping[str, str] | None = None
) -> Generator[analyzer_pb2_grpc.AnalyzerStub, None, None]:
    """A policy pack in a process of its own, started in the same way as by Pulumi's language host.

    with running_pack(Path("policies")) as pack:
        pack.Analyze(analyze_request(deployment)).diagnostics

    Args:
        folder: the directory of the pack, which contains `__main__.py`.
        python: the interpreter.
        environment: additional environment variables.

    Raises:
        RuntimeError: the pack did not start.
    """
    command = [python, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(folder.resolve())]
    process = subprocess.Popen(  # noqa: S603 - the interpreter and the pack that the caller names
        command, cwd=folder, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout is None:
            raise RuntimeError("no pipe")
        port = process.stdout.readline().strip()
        if not port.isdigit():
            raise RuntimeError(f"the pack in {folder} did not start: it printed {port!r} instead of its port")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.terminate()
        process.wait(_START_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def _request_of(resource: Registration) -> analyzer_pb2.AnalyzeRequest:
    request = analyzer_pb2.AnalyzeRequest(
        type=resource.type_token, name=resource.name, urn=resource.urn, properties=resource.properties
    )
    request.options.parent = resource.parent or ""
    if resource.create_timeout_seconds is not None or resource.update_timeout_seconds is not None:
        request.options.customTimeouts.create = resource.create_timeout_seconds or 0
        request.options.customTimeouts.update = resource.update_timeout_seconds or 0
    return request
