"""`scripts/engine [--install] ARGUMENTS`: the pulumi command in an environment without account and network."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from harness.engine import ROOT, engine_description, engine_environment, missing_command


def main(arguments: Sequence[str]) -> None:
    """Replace this process with the command; without arguments, only say which one it is."""
    if arguments[:1] == ["--install"]:
        os.environ["PULUMI_PROBES_INSTALL"] = "1"
        arguments = arguments[1:]
    if (reason := missing_command()) is not None:
        sys.exit(reason)
    sys.stderr.write(f"{engine_description()}\n")
    if arguments:
        state = ROOT / "build" / "engine"
        state.mkdir(parents=True, exist_ok=True)
        environment = engine_environment(state)
        os.execvpe("pulumi", ["pulumi", *arguments], environment)  # noqa: S606 - a command for users


if __name__ == "__main__":
    main(sys.argv[1:])
