"""Layer 4: the command `probes`; each subcommand is a module that is imported when it is run.

Only click and the standard library are imported here, to keep `probes --help` fast.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import click

from pulumi_probes._docstrings import docstring
from pulumi_probes.model.suggestions import suggestion

COMMANDS: Final = {
    "preview": "Run a Pulumi program without engine or cluster; show and audit what it would deploy.",
    "audit": "Audit manifests from files, directories or standard input.",
    "fix": "Fix findings in manifests: print a diff, or change the files.",
    "explain": "Explain a rule, or what the probes of a manifest do, in seconds.",
    "timeline": "Draw what probes do when a pod starts, hangs, crashes or drains; compare two sets of probes.",
    "cost": "Show what probes cost in CPU time, and what alternatives would cost.",
    "presets": "List the presets with the numbers they compute.",
    "rules": "List the rules.",
}
"""The subcommands and their help texts; each is the function of that name in the module of that name."""

INTERRUPTED: Final = 130
"""The exit status after Ctrl-C, the same as that of a shell."""

_ALLOCATIONS_PER_COLLECTION: Final = 200_000
_FAILED: Final = 2
_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EIO, errno.EBADF})
_PATIENCE_SECONDS: Final = 0.2
_DEBUG_VARIABLE: Final = "PROBES_DEBUG"


class LazyGroup(click.Group):
    """A group that imports a subcommand when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the subcommands, in the order of `COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        command.help = docstring(command.callback)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a subcommand, or suggest the one that was probably meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            hint = suggestion(name, COMMANDS, otherwise=f"Available commands: {', '.join(COMMANDS)}.")
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="pulumi-probes", message="%(package)s %(version)s")
def probes() -> None:
    """Health probes as typed contracts for Pulumi Kubernetes programs.

    Run `probes COMMAND --help` for help on a command. Exit status: 0 if there are no findings at or above --fail-on,
    1 if there are, 2 for wrong usage or unreadable input.
    """


# click takes the help from the docstring, which does not exist under `python -OO`; the same goes for subcommands.
probes.help = docstring(probes.callback)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit the process."""
    # Objects of a report live until it is written, so looking for garbage among them finds none and takes a fifth of
    # the time of an audit.
    gc.set_threshold(_ALLOCATIONS_PER_COLLECTION)
    status = run(arguments)
    if _has_leftover_threads():
        # A normal exit waits for all threads, and those of a previewed program may never end.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the arguments after `probes`; those of the process if None.

    Returns:
        The exit status.
    """
    try:
        # In non-standalone mode, click returns the status given to ctx.exit(), or the return value of the subcommand.
        status = probes.main(list(arguments) if arguments is not None else None, "probes", standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        return _FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output, such as head, has exited.
        from pulumi_probes.cli._output import forget_standard_output  # imported late, --help does not need it

        forget_standard_output()
        return 0
    except Exception as error:  # noqa: BLE001 - a bug must not look like a mistake of the user
        # click writes help and version itself, so their output errors arrive here.
        if not isinstance(error, OSError) or error.errno not in _UNWRITABLE:
            status = _report_bug(error)
        else:
            status = _report_output(error)
    return status if isinstance(status, int) else 0


def _show(error: click.ClickException) -> None:
    """Show an error, whose message may contain any file name."""
    import io  # imported late, like the rest: most runs have no error

    from pulumi_probes.model.characters import without_commands

    text = io.StringIO()
    error.show(text)
    click.echo(without_commands(text.getvalue()), err=True, nl=False)


def _has_leftover_threads() -> bool:
    if "threading" not in sys.modules:
        return False
    import threading  # imported late, audits start no threads

    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(_PATIENCE_SECONDS)
            if thread.is_alive():
                return True
    return False


def _report_output(error: OSError) -> int:
    from pulumi_probes.cli._output import unwritable_output  # imported late, --help does not need it

    _show(unwritable_output(error))
    return _FAILED


def _report_bug(error: Exception) -> int:
    import traceback  # imported late, as few runs need it as possible

    if os.environ.get(_DEBUG_VARIABLE):
        traceback.print_exception(error)
        return _FAILED
    frame = traceback.extract_tb(error.__traceback__)[-1]
    # Without the text of the exception, which may contain a value of a manifest.
    click.echo(
        f"Internal error: {type(error).__name__} in {os.path.basename(frame.filename)}:{frame.lineno}. "  # noqa: PTH119
        f"This is a bug in pulumi-probes, please report it. Set {_DEBUG_VARIABLE}=1 to see the traceback.",
        err=True,
    )
    return _FAILED
