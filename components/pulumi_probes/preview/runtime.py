"""Sets up Pulumi's Python runtime for one run, and restores it afterwards."""

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
    """The engine's side of `pulumi.log`: messages of the program go to standard error."""

    _NAMES: Final = {engine_pb2.INFO: "info", engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}

    def Log(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Print a message, except debug messages."""
        name = self._NAMES.get(request.severity)
        if name is not None:
            print(f"{name}: {request.message}", file=sys.stderr)  # noqa: T201 - output of the program
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """Accept any required version, since there is no engine."""
        return engine_pb2.RequirePulumiVersionResponse()


def configure_runtime(project: Project, stack: StackSettings, monitor: RecordingMonitor) -> None:
    """Connect the SDK to a monitor, in the current context only."""
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
    set_root_resource(None)  # type: ignore[arg-type] # the SDK's own initial value
    set_all_config(dict(stack.config), sorted(stack.secret_keys))


@contextmanager
def event_loop() -> Generator[asyncio.AbstractEventLoop, None, None]:
    """An event loop for one run; whatever remains in it at the end is discarded."""
    loop = asyncio.new_event_loop()
    executor = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="probes-program")
    loop.set_default_executor(executor)
    # A program that fails leaves futures behind that are never awaited, which is not worth a message.
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
    """Suppress what asyncio logs about unfinished futures, as Pulumi's own language host does."""
    logger = logging.getLogger("asyncio")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def undecrypted_secrets(stack: StackSettings) -> Generator[None, None, None]:
    """Make encrypted configuration values unknown secret outputs, whatever their type.

    A program that asks for the plain value gets the text that represents an unknown value, which becomes one when it is
    used as a property of a resource.
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
    """An output with an unknown secret value."""

    def resolved(value: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_event_loop().create_future()
        future.set_result(value)
        return future

    return pulumi.Output(resolved(set()), resolved(None), resolved(False), resolved(True))


@contextmanager
def empty_results(is_unanswered: Callable[[str], bool]) -> Generator[None, None, None]:
    """Give functions that cannot be evaluated here an empty result instead of none.

    Generated code accesses the fields of the result immediately; without a result, the program would fail there. Calls
    that return an Output are not affected: their result is unknown.
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
