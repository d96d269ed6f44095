"""Images without Docker, from the Dockerfiles that users get."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import IO

import pytest
from harness.dockerfile import UnknownInstructionError, build_image

REFERENCE = "docker.io/pulumi-probes/tried:test"

DOCKERFILE = """
# a comment
FROM python:3.13-slim
WORKDIR /app
COPY main.py .
COPY static /srv/static
ENV GREETING="good day" \\
    PORT=8080
USER 10001
EXPOSE 8080
CMD ["python", "main.py"]
"""


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a program, in which a test writes its Dockerfile, and an empty cache."""
    monkeypatch.setenv("PULUMI_PROBES_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "context"
    (folder / "static").mkdir(parents=True)
    (folder / "main.py").write_text("print('hello')\n")
    (folder / "static" / "page.html").write_text("<p>hello</p>\n")
    return folder


def test_a_dockerfile_becomes_an_image(context: Path) -> None:
    """Files, environment, user, working directory and command are those of the Dockerfile."""
    (context / "Dockerfile").write_text(DOCKERFILE)
    with tarfile.open(build_image(context / "Dockerfile", REFERENCE)) as archive:
        (manifest,) = json.load(_member(archive, "manifest.json"))
        config = json.load(_member(archive, manifest["Config"]))["config"]
        files: set[str] = set()
        for name in manifest["Layers"]:
            with tarfile.open(fileobj=_member(archive, name)) as layer:
                files |= set(layer.getnames())
    assert [REFERENCE] == manifest["RepoTags"]
    assert {"app/main.py", "srv/static/page.html", "usr/local/bin/python3"} <= files
    assert ["python", "main.py"] == config["Cmd"]
    assert "/app" == config["WorkingDir"]
    assert "10001" == config["User"]
    assert {"GREETING=good day", "PORT=8080"} <= set(config["Env"])


def test_the_same_files_are_built_once(context: Path) -> None:
    """A second build of the same files returns the first one; changed files are built again."""
    (context / "Dockerfile").write_text(DOCKERFILE)
    first = build_image(context / "Dockerfile", REFERENCE)
    written = first.stat().st_mtime_ns
    assert first == build_image(context / "Dockerfile", REFERENCE)
    assert written == first.stat().st_mtime_ns
    (context / "main.py").write_text("print('changed')\n")
    assert first != build_image(context / "Dockerfile", REFERENCE)


@pytest.mark.parametrize(
    "line", ["RUN apt-get install curl", "COPY --from=build /app .", "HEALTHCHECK CMD true", "FROM scratch"]
)
def test_an_unsupported_instruction_is_an_error(context: Path, line: str) -> None:
    """The error names the instruction and its line, and no image is created."""
    (context / "Dockerfile").write_text(f"FROM python:3.13-slim\n{line}\n")
    with pytest.raises(UnknownInstructionError, match=r"Dockerfile:2: cannot do"):
        build_image(context / "Dockerfile", REFERENCE)
    assert not list((context.parent / "cache").rglob("image.tar"))


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    assert file is not None
    return file
