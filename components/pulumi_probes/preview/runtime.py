"""Pulumi's Python runtime, set up for one run and put back afterwards."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi.runtime
from google.protobuf import empty_pb2
from pulumi.runtime import rpc
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.settings import Settings, configure, set_root_resource

if TYPE_CHECKING:
    from pulumi_probes.preview.monitor import RecordingMonitor
    from pulumi_probes.preview.project import Project, StackSettings

_THREADS: Final = 16


class Console:
    """The engine's side of `pulumi.log`: what a program logs goes to standard error."""

    _NAMES: Final = {engine_pb2.INFO: "info", engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}

    def Log(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Print a message, unless it is for debugging."""
        name = self._NAMES.get(request.severity)
        if name is not None:
            print(f"{name}: {request.message}", file=sys.stderr)  # noqa: T201 - the program's own words
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """There is no engine whose version could be wrong."""
        return engine_pb2.RequirePulumiVersionResponse()


def configure_runtime(project: Project, stack: StackSettings, monitor: RecordingMonitor) -> None:
    """Connect the SDK to a monitor; holds for the current context only."""
    configure(
        Settings(
            monitor=monitor,
            engine=Console(),
            project=project.name,
            stack=stack.name,
            organization=stack.organization,
            root_directory=str(project.root),
            dry_run=True,
        )
    )
    set_root_resource(None)  # type: ignore[arg-type] # the SDK's own start, before the stack is there
    set_all_config(dict(stack.config), sorted(stack.secret_keys))


@contextmanager
def event_loop() -> Generator[asyncio.AbstractEventLoop, None, None]:
    """A loop of its own for one run; what is left in it at the end is thrown away."""
    loop = asyncio.new_event_loop()
    executor = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="probes-program")
    loop.set_default_executor(executor)
    # A program that fails leaves futures behind that nobody asks for; that is no news.
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        leftover = asyncio.all_tasks(loop)
        for task in leftover:
            task.cancel()
        if leftover:
            loop.run_until_complete(asyncio.wait(leftover, timeout=1))
        executor.shutdown(wait=False, cancel_futures=True)
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def quiet_asyncio() -> Generator[None, None, None]:
    """Hide what asyncio logs about unfinished futures, as Pulumi's own language host does."""
    logger = logging.getLogger("asyncio")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def undecrypted_secrets(stack: StackSettings) -> Generator[None, None, None]:
    """Let encrypted configuration values be secret outputs that are not known, whatever their type.

    Where a program asks for the bare value it gets the text that stands for an unknown value, which turns into one
    when it becomes a property of a resource.
    """
    names = [name for name in dir(pulumi.Config) if "_secret" in name and not name.startswith("_")]
    originals = {name: getattr(pulumi.Config, name) for name in names}

    def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
        def get(self: pulumi.Config, key: str, *arguments: Any, **keywords: Any) -> Any:
            if self.full_key(key) in stack.encrypted_keys:
                return unknown_secret()
            return original(self, key, *arguments, **keywords)

        return get

    try:
        for name, original in originals.items():
            setattr(pulumi.Config, name, wrapped(original))
        yield
    finally:
        for name, original in originals.items():
            setattr(pulumi.Config, name, original)


def unknown_secret() -> pulumi.Output[Any]:
    """An output whose value is secret and not known."""

    def resolved(value: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_event_loop().create_future()
        future.set_result(value)
        return future

    return pulumi.Output(resolved(set()), resolved(None), resolved(False), resolved(True))


@contextmanager
def empty_results(is_unanswered: Callable[[str], bool]) -> Generator[None, None, None]:
    """Let functions that nobody can answer here give an empty result instead of none at all.

    Generated code takes the result apart at once; with none at all the program would end there. The form that gives an
    Output needs no help: its result is not known.
    """
    original = pulumi.runtime.invoke

    def invoke(tok: str, props: Any, opts: Any = None, typ: Any = None, package_ref: Any = None) -> Any:
        result = original(tok, props, opts, typ, package_ref)
        if result.value is None and is_unanswered(tok):
            empty: dict[str, Any] = {}
            result.value = rpc.translate_output_properties(empty, lambda name: name, typ) if typ else empty
        return result

    pulumi.runtime.invoke = invoke
    try:
        yield
    finally:
        pulumi.runtime.invoke = original
