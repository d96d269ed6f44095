"""Runs a Pulumi Python program and records what it registers."""

from __future__ import annotations

import contextvars
import os
import runpy
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

import pulumi
import pulumi.runtime
from msgspec.structs import replace

from pulumi_probes.model.errors import ProbesError
from pulumi_probes.preview.derived import add_derived
from pulumi_probes.preview.environment import (
    DEFAULT_TIME_LIMIT_SECONDS,
    TimeLimit,
    TimeLimitReached,
    output_to_stderr,
    program_environment,
    without_sudden_end,
)
from pulumi_probes.preview.functions import ProviderFunctions
from pulumi_probes.preview.monitor import RecordingMonitor
from pulumi_probes.preview.project import ProgramFiles
from pulumi_probes.preview.recording import ProgramFailure, Recording
from pulumi_probes.preview.runtime import (
    configure_runtime,
    empty_results,
    event_loop,
    quiet_asyncio,
    undecrypted_secrets,
)

if TYPE_CHECKING:
    from pulumi_probes.preview.project import Project, StackSettings


def run_program(
    project: Project, stack: StackSettings, *, time_limit_seconds: float = DEFAULT_TIME_LIMIT_SECONDS
) -> Recording:
    """Run a program in this process, as in a preview.

    The output of the program goes to standard error. If the program fails, the failure and what was registered before
    are recorded, and no exception is raised. The time limit only works in the main thread.

    Args:
        project: the project of the program.
        stack: the configuration of the program.
        time_limit_seconds: the maximum run time.
    """
    recording = Recording(project.name, stack.name)
    for key in stack.missing:
        recording.diagnose(f"configuration {key}", "The project requires it, but the stack does not set it.")
    for name in stack.environments:
        recording.diagnose(f"environment {name}", "It is not opened; set its values with --config.")
    # In a copy of the context, because the SDK keeps its state in context variables.
    contextvars.copy_context().run(_run, project, stack, recording, time_limit_seconds)
    recording.sort()
    return recording


def _run(project: Project, stack: StackSettings, recording: Recording, time_limit_seconds: float) -> None:
    functions, files = ProviderFunctions(), ProgramFiles(project)
    monitor = RecordingMonitor(recording, functions, files)
    with (
        output_to_stderr(),
        program_environment(project),
        quiet_asyncio(),
        undecrypted_secrets(stack),
        empty_results(functions.is_unanswered),
    ):
        configure_runtime(project, stack, monitor)
        recording.failures += _execute(project, files, TimeLimit(time_limit_seconds))
        with suppress(OSError):  # the program may have removed it
            os.chdir(project.working_folder)
        add_derived(recording)


def _execute(project: Project, files: ProgramFiles, limit: TimeLimit) -> list[ProgramFailure]:
    """Run the program; the reasons why it ended early."""
    sudden: list[ProgramFailure] = []
    failure: ProgramFailure | None = None

    def end(function: str) -> None:
        sudden.append(_sudden_end(function, files))

    def program() -> None:
        runpy.run_path(str(project.program), run_name="__main__")

    try:
        with limit, without_sudden_end(end), event_loop() as loop:
            loop.run_until_complete(pulumi.runtime.run_in_stack(program))
    except SystemExit as error:
        if error.code not in (None, 0) and not sudden:
            failure = _failure(error, files, f"The program exited with exit({error.code!r}).")
    except (pulumi.RunError, ProbesError) as error:
        # The messages of these errors are written for users; a traceback would only hide them.
        failure = _failure(error, files, str(error), with_frames=False)
    except (Exception, TimeLimitReached) as error:  # noqa: BLE001 - a program can raise anything
        failure = _failure(error, files, _message(error))
    if limit.is_reached:
        # Whatever else failed, failed because it was interrupted.
        message = f"The program did not finish within {limit.seconds:g} s."
        failure = replace(failure or ProgramFailure(message=message), message=message, is_time_limit=True)
    return sudden if failure is None else [*sudden, failure]


def _sudden_end(function: str, files: ProgramFiles) -> ProgramFailure:
    """The failure for a call that would have ended the process, at the line of the call."""
    own = [frame for frame in traceback.extract_stack() if files.locate(frame.filename, frame.lineno)]
    return ProgramFailure(
        message=f"The program called os.{function}(), which ends it before all resources are registered.",
        frames=tuple(line.rstrip("\n") for line in traceback.format_list(own)),
        source=files.locate(own[-1].filename, own[-1].lineno) if own else None,
    )


def _message(error: BaseException) -> str:
    text = str(error).strip()
    name = type(error).__name__
    if isinstance(error, ModuleNotFoundError):
        return f"{text}. Install it in the environment of probes, or pulumi-probes in the environment of the program."
    return f"{name}: {text}" if text else name


def _failure(error: BaseException, files: ProgramFiles, message: str, *, with_frames: bool = True) -> ProgramFailure:
    """A failure with the frames that belong to the program."""
    if isinstance(error, SyntaxError) and (source := files.locate(error.filename, error.lineno)) is not None:
        return ProgramFailure(message=message, source=source)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if files.locate(frame.filename, frame.lineno)]
    source = files.locate(own[-1].filename, own[-1].lineno) if own else None
    frames = tuple(line.rstrip("\n") for line in traceback.format_list(own)) if with_frames else ()
    return ProgramFailure(message=message, frames=frames, source=source)
