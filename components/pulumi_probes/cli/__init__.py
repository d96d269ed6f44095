"""Layer 4: the command `probes`, one file a verb, loaded when it is called.

Only click and the standard library are imported here, so that `probes --help` starts fast.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Final, NoReturn

import click

from pulumi_probes._docstrings import docstring

VERBS: Final = {
    "preview": "Run a Pulumi program without engine or cluster; show and audit what it would deploy.",
    "audit": "Audit manifests: files, folders, standard input.",
    "explain": "Explain a rule, or what the probes of a manifest do, in seconds.",
    "timeline": "Draw what probes do when a pod starts, hangs, crashes, drains; compare two sets of them.",
    "cost": "Say what probes cost in processor time, and what others would.",
    "presets": "List the presets with the numbers they compute.",
    "rules": "List the rules.",
}
"""Each verb and its line in `probes --help`; the command is the function of that name in the module of that name."""

INTERRUPTED: Final = 130
"""The exit status after Ctrl-C, as shells have it."""

_FAILED: Final = 2
_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EIO, errno.EBADF})
_PATIENCE_SECONDS: Final = 0.2
_DEBUG_VARIABLE: Final = "PROBES_DEBUG"


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the verbs, in the order of `VERBS`."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        command.help = docstring(command.callback)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that was typed, or say which one was meant."""
        name = args[0]
        if name not in VERBS and not name.startswith("-"):
            close = get_close_matches(name, VERBS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" There is {', '.join(VERBS)}."
            ctx.fail(f"There is no verb {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.command(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="VERB ...",
)
@click.version_option(package_name="pulumi-probes", message="%(package)s %(version)s")
def probes() -> None:
    """Health probes as typed contracts for Pulumi Kubernetes programs.

    `probes VERB --help` says what a verb does. Exit status: 0 nothing found at or above --fail-on, 1 findings, 2 wrong
    usage or unreadable input.
    """


# click takes the help from the docstring, which is not there under `python -OO`; the same goes for the verbs.
probes.help = docstring(probes.callback)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit."""
    status = run(arguments)
    if _has_leftover_threads():
        # Python waits for every thread, and the threads of a program that was run may never end.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: what stands after `probes`; those of the process when None.

    Returns:
        The exit status.
    """
    try:
        # Without standalone mode click returns the status given to ctx.exit(), or what the verb returned.
        status = probes.main(list(arguments) if arguments is not None else None, "probes", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return _FAILED
    except click.ClickException as error:
        error.show()
        return _FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        from pulumi_probes.cli._output import forget_standard_output  # loads more than `--help` needs

        forget_standard_output()
        return 0
    except Exception as error:  # noqa: BLE001 - a bug of ours must not look like the user's mistake
        # Help and version are written by click itself, not by a `Destination`.
        if not isinstance(error, OSError) or error.errno not in _UNWRITABLE:
            status = _report_bug(error)
        else:
            status = _report_output(error)
    return status if isinstance(status, int) else 0


def _has_leftover_threads() -> bool:
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(_PATIENCE_SECONDS)
            if thread.is_alive():
                return True
    return False


def _report_output(error: OSError) -> int:
    from pulumi_probes.cli._output import forget_standard_output  # loads more than `--help` needs

    forget_standard_output()
    click.echo(f"Error: Standard output cannot be written: {error.strerror or 'unknown'}.", err=True)
    return _FAILED


def _report_bug(error: Exception) -> int:
    if os.environ.get(_DEBUG_VARIABLE):
        traceback.print_exception(error)
        return _FAILED
    frame = traceback.extract_tb(error.__traceback__)[-1]
    # The exception's text is left out: it may hold a value of a manifest.
    click.echo(
        f"Internal error: {type(error).__name__} in {os.path.basename(frame.filename)}:{frame.lineno}. "  # noqa: PTH119
        f"This is a bug of pulumi-probes, please report it; {_DEBUG_VARIABLE}=1 shows the traceback.",
        err=True,
    )
    return _FAILED
