"""Regenerates all generated files that are committed, or checks that they are current."""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from pkgutil import resolve_name

from inherited_keys import marked_modules, with_inherited_keys
from pages import PageError, with_outputs

from pulumi_probes._markdown import with_blocks

ROOT = Path(__file__).parents[1]

FILES: Mapping[str, tuple[str, ...]] = {
    "docs": ("articles:pages",),
    "docs/explanation": (
        "pulumi_probes.timeline._documentation:diagrams",
        "pulumi_probes.cost._documentation:diagrams",
    ),
    "docs/reference": (
        "pulumi_probes.presets._documentation:pages",
        "pulumi_probes.rules._documentation:pages",
        "reference.command_line:pages",
        "reference.components:pages",
        "reference.configuration:pages",
        "reference.project_file:pages",
        "reference.report:pages",
    ),
}
"""Directories with generated files, and the functions that generate these: paths below the directory, and texts."""

BLOCKS: Mapping[str, tuple[str, ...]] = {
    "docs/explanation/cluster.md": ("harness.versions:blocks",),
    "docs/explanation/cost.md": ("pulumi_probes.cost._documentation:blocks",),
    "docs/explanation/timeline.md": ("pulumi_probes.timeline._documentation:blocks",),
}
"""Pages of which only parts are generated, and the functions that generate these: names and texts."""

FOLLOWED = ("docs/tutorial", "docs/how-to")
"""The directories with pages whose commands are run; see `scripts/pages.py`."""

sys.path.insert(0, str(ROOT / "tests" / "cluster"))

_QUOTE = re.compile(r"(<!-- quote (\S+) -->\n```\w*\n).*?(^```$)", flags=re.MULTILINE | re.DOTALL)


def documents(wanted: Sequence[Path] = ()) -> dict[Path, Callable[[], str]]:
    """The generated files and the functions that generate them; quoted files come before those that quote them.

    Args:
        wanted: these files, and those in these directories; all if empty.
    """
    # The files of a directory are generated together, which takes seconds.
    folders = [
        folder
        for folder in FILES
        if not wanted or any(_is_in(path, ROOT / folder) or _is_in(ROOT / folder, path) for path in wanted)
    ]
    made: dict[Path, Callable[[], str]] = {
        ROOT / folder / name: partial(str, text)
        for folder in folders
        for function in FILES[folder]
        for name, text in resolve_name(function)().items()
    }
    for name, functions in BLOCKS.items():
        made[ROOT / name] = partial(blocks, ROOT / name, functions)
    for module in marked_modules():
        made[module] = partial(with_inherited_keys, module)
    for project in sorted((ROOT / "examples").glob("**/Pulumi.yaml")):
        made[project.parent / "expected.txt"] = partial(preview, project.parent)
    for folder in FOLLOWED:
        for path in sorted((ROOT / folder).glob("*.md")):
            made[path] = partial(followed, path)
    for path in sorted([ROOT / "README.md", *ROOT.glob("examples/*/README.md"), *ROOT.glob("docs/**/*.md")]):
        if path not in made and "<!-- quote " in path.read_text(encoding="utf-8"):
            made[path] = partial(with_quotes, path)
    return {path: make for path, make in made.items() if not wanted or any(_is_in(path, entry) for entry in wanted)}


def _is_in(path: Path, folder: Path) -> bool:
    """Whether a path is the directory itself or inside it."""
    return path == folder or folder in path.parents


def blocks(path: Path, functions: tuple[str, ...]) -> str:
    """The text of a page with its generated parts replaced."""
    made = {name: text for function in functions for name, text in resolve_name(function)().items()}
    return with_blocks(path.read_text(encoding="utf-8"), made)


def preview(project: Path) -> str:
    """The output of `probes preview` for a project, on a machine without helm and without a terminal."""
    programs = Path(sys.executable).parent
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "PROBES_"))}
    finished = subprocess.run(
        [programs / "probes", "preview", "--fail-on", "never"],
        cwd=project,
        env={**environment, "PATH": str(programs), "COLUMNS": "100", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    # Without helm, an example with a chart is an incomplete preview, which has a status of its own.
    if finished.returncode and "helm is not installed" not in " ".join(finished.stdout.split()):
        raise SystemExit(f"probes preview {project} exits {finished.returncode}:\n{finished.stderr}")
    return finished.stdout


def with_quotes(page: Path) -> str:
    """A page with the block after each `<!-- quote FILE -->` replaced by that file; FILE is relative to the page."""

    def quoted(match: re.Match[str]) -> str:
        text = (page.parent / match[2]).read_text(encoding="utf-8")
        return f"{match[1]}{text.rstrip()}\n{match[3]}"

    return _QUOTE.sub(quoted, page.read_text(encoding="utf-8"))


def followed(path: Path) -> str:
    """The text of a page with its quoted files and the output of its commands replaced."""
    try:
        return with_outputs(with_quotes(path))
    except PageError as error:
        raise SystemExit(f"{path.relative_to(ROOT)}, {error}") from error


def main() -> int:
    """Write the generated files, or compare them with the existing ones."""
    parser = argparse.ArgumentParser(prog="scripts/docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare, and fail if a file is stale")
    parser.add_argument("--list", action="store_true", help="print the paths of the generated files")
    parser.add_argument("paths", nargs="*", help="only process these files and directories")
    arguments = parser.parse_args()

    wanted = [ROOT / path for path in arguments.paths]
    made = documents(wanted)
    if unknown := [path for path in arguments.paths if not any(_is_in(file, ROOT / path) for file in made)]:
        parser.error(f"not generated: {', '.join(unknown)}")
    stale = False
    for path, make in made.items():
        name = str(path.relative_to(ROOT))
        if arguments.list:
            print(name)
            continue
        before, after = path.read_text(encoding="utf-8") if path.exists() else "", make()
        if before == after:
            continue
        stale = True
        if arguments.check:
            print(
                *difflib.unified_diff(before.splitlines(), after.splitlines(), name, "generated", lineterm=""), sep="\n"
            )
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(after, encoding="utf-8")
            print(f"wrote {name}")
    if arguments.check and stale:
        print("Run scripts/docs to regenerate them.", file=sys.stderr)
    return int(arguments.check and stale)


if __name__ == "__main__":
    sys.exit(main())
