"""Pulumi's command, built from its Go module; no release is downloaded.

The language host of Python is in no Go module that can be built; `tests/cluster/pulumi/hosts` stands in for it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from harness.cache import cache_folder, made_once
from harness.toolchain import Say, UnobtainableError, find_go, run_go

PULUMI_MODULE: Final = Path(__file__).parent.parent / "pulumi"
"""The module that pins Pulumi, with the program that stands in for the language host; `go.sum` has the checksums."""

_COMMAND: Final = "github.com/pulumi/pulumi/pkg/v3"
_SDK: Final = "github.com/pulumi/pulumi/sdk/v3"
_EXEC: Final = "pulumi-language-python-exec"

HOST: Final = "pulumi-language-python"
"""The language host that a program of the tests stands in for."""


def pulumi_version() -> str:
    """The version that the module pins, such as v3.274.1."""
    found = re.search(rf"^require {re.escape(_COMMAND)} (\S+)", (PULUMI_MODULE / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{PULUMI_MODULE / 'go.mod'} requires no {_COMMAND}")
    return found[1]


def pulumi_folder() -> Path:
    """The directory with the command and its language host, whether it exists or not; depends on the whole module."""
    digest = hashlib.sha256()
    for file in sorted(path for path in PULUMI_MODULE.rglob("*") if path.is_file()):
        digest.update(file.relative_to(PULUMI_MODULE).as_posix().encode() + file.read_bytes())
    return cache_folder() / f"pulumi-{pulumi_version()}-{digest.hexdigest()[:12]}"


def build_pulumi(say: Say) -> Path:
    """Build the command and its language host, unless they exist; takes minutes on two cores.

    Raises:
        UnobtainableError: its modules cannot be downloaded.
        subprocess.CalledProcessError: the build failed; its output has been shown.
    """

    def make(folder: Path) -> None:
        say(f"building Pulumi {pulumi_version()}")
        packages = [f"{_COMMAND}/cmd/pulumi", "pulumi-probes/pulumi/hosts"]
        try:
            run_go(go, "list", "-deps", *packages, cwd=PULUMI_MODULE, stdout=subprocess.DEVNULL)
        except subprocess.CalledProcessError as failure:
            raise UnobtainableError("the modules of Pulumi cannot be downloaded") from failure
        flags = f"-s -w -X {_SDK}/go/common/version.Version={pulumi_version()}"
        run_go(go, "build", "-ldflags", flags, "-o", f"{folder}/", *packages, cwd=PULUMI_MODULE)
        # The engine looks for the host beside the command, and the host for the script that runs a program.
        (folder / "hosts").rename(folder / HOST)
        shutil.copy(_folder_of(go, _SDK) / "python" / "cmd" / _EXEC, folder)

    if not pulumi_folder().exists():
        go = find_go(say, PULUMI_MODULE)
        made_once(pulumi_folder(), make)
    return pulumi_folder()


def _folder_of(go: Path, dependency: str) -> Path:
    """The directory of a dependency in Go's cache of modules."""
    command = [str(go), "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", dependency]
    printed = subprocess.run(command, cwd=PULUMI_MODULE, check=True, capture_output=True, text=True).stdout
    return Path(printed.strip())
