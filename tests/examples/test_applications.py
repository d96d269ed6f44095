"""The example applications, started as in their Dockerfiles, on the loopback interface."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import flask
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

ROOT = Path(__file__).parents[2]
APPLICATIONS = sorted((ROOT / "examples").glob("*/app"))
EACH = pytest.mark.parametrize("folder", APPLICATIONS, ids=lambda folder: folder.parent.name)

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Application:
    """An example application in a separate process."""

    def __init__(self, folder: Path, **environment: str) -> None:
        command = json.loads(dockerfile(folder)["CMD"][-1])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [shutil.which(command[0], path=str(Path(sys.executable).parent)) or command[0], *command[1:]],
            cwd=folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PORT": str(self.port), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_it_listens(self, seconds: float = 20) -> None:
        """Return as soon as the port is open."""
        end = time.monotonic() + seconds
        while not self.is_listening():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, "does not listen"
            time.sleep(0.02)

    def wait_until_it_answers(self) -> None:
        """Return as soon as it responds to a request, in any protocol.

        A server that forks listens before it has a worker, and a worker that is being created misses a SIGTERM.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            # To the end: closing a connection with bytes unread resets it, which the server would report.
            while connection.recv(4096):
                pass

    def is_listening(self) -> bool:
        """Whether a connection can be opened, as by a tcpSocket probe."""
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a GET."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def status(self, path: str) -> int:
        """The status of a GET, which is all that the kubelet checks."""
        return self.get(path)[0]

    def terminate(self) -> str:
        """Send SIGTERM, and return the output until it has exited; it must exit cleanly and soon."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=10)
        assert 0 == self.process.returncode, output
        return output


@contextlib.contextmanager
def running(example: str, **environment: str) -> Iterator[Application]:
    """A running application, which is stopped afterwards."""
    application = Application(ROOT / "examples" / example / "app", **environment)
    try:
        application.wait_until_it_listens()
        yield application
    finally:
        application.process.kill()
        application.process.communicate()


def dockerfile(folder: Path) -> dict[str, list[str]]:
    """The instructions of its Dockerfile, each with its arguments in order."""
    instructions: dict[str, list[str]] = {}
    for line in (folder / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, arguments = line.partition(" ")
            instructions.setdefault(name, []).append(arguments)
    return instructions


def article_on_liveness() -> flask.Flask:
    """The application as printed in the liveness article, with status DOWN."""
    application = flask.Flask("article")

    @application.get("/healthz")
    def healthz() -> flask.Response:
        return flask.jsonify({"status": "DOWN"})

    return application


def article_on_readiness() -> flask.Flask:
    """The application as printed in the readiness article, before /make_ready."""
    application = flask.Flask("article")

    @application.get("/ready")
    def ready() -> flask.Response:
        return flask.jsonify({"status": "not ready"}, 503)

    return application


def test_as_the_liveness_article_prints_it_no_probe_can_fail() -> None:
    """The body says DOWN, but the status is 200, which is all that the kubelet checks."""
    response = article_on_liveness().test_client().get("/healthz")
    assert (200, {"status": "DOWN"}) == (response.status_code, response.json)


def test_ours_fails_the_probe_when_it_is_down() -> None:
    """DOWN is 503 on both endpoints, until the status is UP again."""
    with running("05-liveness-101", CHANGE_EVERY_SECONDS="0") as application:
        assert (200, {"status": "UP"}) == _json(application.get("/healthz"))
        assert 200 == application.status("/readyz")
        assert 200 == application.status("/make_down")
        assert (503, {"status": "DOWN"}) == _json(application.get("/healthz"))
        assert 503 == application.status("/readyz")
        assert 200 == application.status("/make_up")
        assert 200 == application.status("/healthz")


def test_the_status_changes_by_itself_as_in_the_article() -> None:
    """After each interval, it is UP or DOWN at random, and the status code matches."""
    with running("05-liveness-101", CHANGE_EVERY_SECONDS="0.001") as application:
        seen = set()
        for _ in range(200):
            status, body = application.get("/healthz")
            seen.add((status, json.loads(body)["status"]))
        assert {(200, "UP"), (503, "DOWN")} == seen


def test_as_the_readiness_article_prints_it_no_probe_can_fail() -> None:
    """The 503 inside jsonify(...) is part of the body; the status is 200."""
    response = article_on_readiness().test_client().get("/ready")
    assert (200, [{"status": "not ready"}, 503]) == (response.status_code, response.json)


def test_ours_is_ready_only_between_the_two_switches() -> None:
    """/ready follows the switches; / always succeeds."""
    with running("06-readiness") as application:
        assert (503, {"status": "not ready"}) == _json(application.get("/ready"))
        assert 200 == application.status("/")
        assert (200, {"status": "made ready"}) == _json(application.get("/make_ready"))
        assert (200, {"status": "ready"}) == _json(application.get("/ready"))
        assert (200, {"status": "made not ready"}) == _json(application.get("/make_not_ready"))
        assert 503 == application.status("/ready")
        assert 200 == application.status("/")


def test_it_can_start_ready() -> None:
    """A rollout needs pods that become Ready without manual steps."""
    with running("06-readiness", READY_AT_START="true") as application:
        assert 200 == application.status("/ready")


def test_the_grpc_server_answers_liveness_and_readiness_apart() -> None:
    """The switch only affects readiness; an unknown name is an error, as for any health service."""
    with running("02-grpc") as application, grpc.insecure_channel(f"127.0.0.1:{application.port}") as channel:
        checks = health_pb2_grpc.HealthStub(channel)

        def ask(service: str) -> int:
            return int(checks.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status)

        def call(method: str, request: bytes = b"") -> bytes:
            multi_callable: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
            return multi_callable(request, timeout=5)

        assert (SERVING, SERVING) == (ask("liveness"), ask("readiness"))
        call("/example.Switch/MakeNotReady")
        assert (SERVING, NOT_SERVING) == (ask("liveness"), ask("readiness"))
        call("/example.Switch/MakeReady")
        assert SERVING == ask("readiness")
        assert b"hello" == call("/example.Echo/Say", b"hello")
        with pytest.raises(grpc.RpcError) as unknown:
            ask("readines")
        assert grpc.StatusCode.NOT_FOUND == unknown.value.code()


def test_the_legacy_application_does_not_listen_before_it_has_started() -> None:
    """Only a startup probe can distinguish a long start from a crash."""
    application = Application(ROOT / "examples/03-slow-legacy/app", START_SECONDS="1")
    began = time.monotonic()
    try:
        assert not application.is_listening()
        application.wait_until_it_listens()
        assert time.monotonic() - began >= 1
        assert (200, "ok\n") == application.get("/livez")
    finally:
        application.process.kill()
        application.process.communicate()


def test_the_legacy_application_can_be_stopped_while_it_starts() -> None:
    """A rollout that is undone does not wait for the grace period."""
    application = Application(ROOT / "examples/03-slow-legacy/app", START_SECONDS="3600")
    time.sleep(0.5)  # long enough for Python to have installed its signal handler
    assert "" == application.terminate()


def test_the_legacy_application_completes_running_requests() -> None:
    """A request that is running at SIGTERM gets its response."""
    with running("03-slow-legacy", START_SECONDS="0", ANSWER_SECONDS="1") as application:
        answers: list[int] = []
        client = threading.Thread(target=lambda: answers.append(application.status("/")))
        client.start()
        time.sleep(0.3)
        application.terminate()
        client.join()
        assert [200] == answers


def test_the_telco_application_answers_over_a_connection_that_stays_open() -> None:
    """Requests that arrive in one segment, or in pieces, are answered one by one, without delay."""
    with running("04-telco") as application:
        with socket.create_connection(("127.0.0.1", application.port), timeout=5) as connection:
            request = b"GET /livez HTTP/1.1\r\nHost: pod\r\n\r\n"
            connection.sendall(request + request + request[:10])
            time.sleep(0.05)
            connection.sendall(request[10:])
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
            assert 3 * answer == _read(connection, 3 * len(answer))
        began = time.perf_counter()
        for _ in range(20):
            assert 200 == application.status("/readyz")
        assert (time.perf_counter() - began) / 20 < 1


@EACH
def test_it_ends_by_itself_after_sigterm(folder: Path) -> None:
    """Python as process 1 ignores SIGTERM unless it installs a handler; rollouts would wait for SIGKILL."""
    with running(folder.parent.name, START_SECONDS="0") as application:
        application.wait_until_it_answers()
        assert "Traceback" not in application.terminate()


@EACH
def test_it_writes_nothing_beside_its_own_files(folder: Path) -> None:
    """Pod Security `restricted` and a read-only root file system only leave /tmp."""
    before = sorted(folder.rglob("*"))
    with running(folder.parent.name, START_SECONDS="0") as application:
        application.wait_until_it_answers()
        application.terminate()
    assert before == sorted(folder.rglob("*"))


@EACH
def test_its_image_runs_without_root(folder: Path) -> None:
    """The user is a number other than 0, which Kubernetes can compare with runAsNonRoot."""
    instructions = dockerfile(folder)
    assert int(instructions["USER"][-1]) > 0
    assert f"PORT={instructions['EXPOSE'][-1]}" in " ".join(instructions["ENV"]).split()
    assert json.loads(instructions["CMD"][-1])[0] != "sh"


@EACH
def test_what_is_copied_is_there(folder: Path) -> None:
    """The image is built from the directory alone."""
    for arguments in dockerfile(folder)["COPY"]:
        for name in arguments.split()[:-1]:
            assert (folder / name).is_file(), name


@pytest.mark.parametrize("requirements", sorted((ROOT / "examples").glob("*/app/requirements.txt")), ids=str)
def test_an_image_installs_what_is_tested_here(requirements: Path) -> None:
    """Every pinned version is that of the project's lock file, so the images run the tested versions."""
    locked = set(re.findall(r"^[\w.-]+==[^\s;]+", (ROOT / "requirements/dev.txt").read_text(), flags=re.MULTILINE))
    pinned = set(requirements.read_text(encoding="utf-8").split())
    assert pinned
    assert set() == pinned - locked


def _json(answer: tuple[int, str]) -> tuple[int, object]:
    status, body = answer
    return status, json.loads(body)


def _read(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        received += connection.recv(size - len(received))
    return received
