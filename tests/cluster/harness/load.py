"""A client that sends requests to a Service at a constant rate, to the addresses in its EndpointSlices.

Every request uses a new connection. A removed address is used for another moment, because proxies and load balancers
are updated with a delay, for which preStop pauses exist.
"""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from harness.client import ApiError, Client
from harness.process import wait_until

PROPAGATION_SECONDS: Final = 1.0
"""The time that a removed address is still used: kube-proxy writes its rules at most once a second."""

_WATCH_SECONDS: Final = 3

_PATIENCE_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        at: the time at which it was sent, in seconds since the epoch.
        address: the address of the last try; None if there was none.
        problem: the reason of the failure; None for a success.
        tries: the number of tries.
    """

    at: float
    address: str | None
    problem: str | None
    tries: int


@dataclass(slots=True)
class Report:
    """All requests of one load, in the order in which they were completed."""

    requests: list[Request] = field(default_factory=list)

    @property
    def failed(self) -> list[Request]:
        """The failed requests."""
        return [request for request in self.requests if request.problem is not None]

    @property
    def problems(self) -> Counter[str]:
        """The reasons of failures, with their numbers."""
        return Counter(request.problem or "" for request in self.failed)


Ask = Callable[[str, int, float], None]
"""Sends one request to an address and a port, with a timeout in seconds; raises an exception if it fails."""


def get(path: str) -> Ask:
    """A GET of a path; a status below 400 is a success."""

    def ask(address: str, port: int, timeout: float) -> None:
        connection = http.client.HTTPConnection(address, port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            response = connection.getresponse()
            response.read()
            if response.status >= http.client.BAD_REQUEST:
                raise http.client.HTTPException(f"status {response.status}")
        finally:
            connection.close()

    return ask


def call(method: str) -> Ask:
    """A unary gRPC call with a small message; the status OK is a success."""
    # The gRPC library is only needed for gRPC.
    import grpc

    def ask(address: str, port: int, timeout: float) -> None:
        # Otherwise, channels to the same address share a connection, and the back-off of a broken one.
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"{address}:{port}", options=options) as channel:
            say: Callable[..., bytes] = channel.unary_unary(method)
            try:
                say(b"hello", timeout=timeout)
            except grpc.RpcError as fault:
                raise OSError(f"gRPC {getattr(fault, 'code', str)()}") from fault

    return ask


class Load:
    """Sends requests at a constant rate from `start` to `stop`.

    Args:
        client: the client of the cluster.
        namespace: the namespace of the Service.
        service: the name of the Service.
        ask: sends one request.
        per_second: the number of requests per second.
        timeout_seconds: the timeout of one try.
        retries: the number of retries at other addresses, as by an ingress for idempotent requests.
    """

    def __init__(
        self,
        client: Client,
        namespace: str,
        service: str,
        ask: Ask,
        *,
        per_second: int = 40,
        timeout_seconds: float = 5,
        retries: int = 0,
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._service = service
        self._ask = ask
        self._interval = 1 / per_second
        self._timeout = timeout_seconds
        self._tries = retries + 1
        self._endpoints: dict[str, int] = {}
        self._dropped: dict[str, float] = {}
        self._turn = itertools.count()
        self._is_over = threading.Event()
        self._senders: list[threading.Thread] = []
        self._threads = [threading.Thread(target=self._follow), threading.Thread(target=self._pace)]
        self.report = Report()

    def start(self) -> None:
        """Start to send requests, once there is an endpoint.

        Raises:
            TimeoutError: the Service has no ready endpoint.
        """
        follower, pacer = self._threads
        follower.start()
        if not wait_until(lambda: self._endpoints, _PATIENCE_SECONDS):
            self._is_over.set()
            raise TimeoutError(f"{self._service} has no ready endpoint")
        pacer.start()

    def stop(self) -> Report:
        """Stop, wait for running requests, and return the report."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        for sender in self._senders:
            sender.join()
        return self.report

    def _follow(self) -> None:
        """Follow the endpoints of the Service."""
        selector = {"labelSelector": f"kubernetes.io/service-name={self._service}"}
        while not self._is_over.is_set():
            slices: dict[str, dict[str, int]] = {}
            try:
                for item in self._client.list("discovery.k8s.io/v1", "EndpointSlice", self._namespace, **selector):
                    slices[item["metadata"]["name"]] = _ready(item)
                self._update(slices)
                for kind, item in self._client.watch(
                    "discovery.k8s.io/v1", "EndpointSlice", self._namespace, seconds=_WATCH_SECONDS, **selector
                ):
                    slices[item["metadata"]["name"]] = {} if kind == "DELETED" else _ready(item)
                    self._update(slices)
            except ApiError:
                time.sleep(0.1)
        self._client.release()

    def _update(self, slices: dict[str, dict[str, int]]) -> None:
        ready = {address: port for ports in slices.values() for address, port in ports.items()}
        now = time.time()
        for address in self._endpoints:
            if address in ready:
                self._dropped.pop(address, None)
            else:
                self._dropped.setdefault(address, now)
        gone = {address for address, since in self._dropped.items() if now - since > PROPAGATION_SECONDS}
        kept = {address: port for address, port in self._endpoints.items() if address not in gone}
        self._dropped = {address: since for address, since in self._dropped.items() if address not in gone}
        self._endpoints = {**kept, **ready}

    def _usable(self) -> list[tuple[str, int]]:
        now = time.time()
        dropped = dict(self._dropped)
        return [
            (address, port)
            for address, port in self._endpoints.items()
            if now - dropped.get(address, now) <= PROPAGATION_SECONDS
        ]

    def _pace(self) -> None:
        due = time.monotonic()
        while not self._is_over.is_set():
            sender = threading.Thread(target=self._send)
            sender.start()
            self._senders = [thread for thread in self._senders if thread.is_alive()]
            self._senders.append(sender)
            due += self._interval
            time.sleep(max(0.0, due - time.monotonic()))

    def _send(self) -> None:
        began = time.time()
        usable = self._usable()
        turn = next(self._turn)
        problem: str | None = "no endpoint"
        address: str | None = None
        tries = 0
        for tries in range(1, min(self._tries, len(usable)) + 1):
            address, port = usable[(turn + tries) % len(usable)]
            try:
                self._ask(address, port, self._timeout)
            except (OSError, http.client.HTTPException) as fault:
                problem = f"{type(fault).__name__}: {fault}"
            else:
                problem = None
                break
        self.report.requests.append(Request(began, address, problem, tries))


def _ready(item: dict[str, object]) -> dict[str, int]:
    """The ready addresses of an EndpointSlice with the first port."""
    ports = item.get("ports")
    endpoints = item.get("endpoints")
    if not isinstance(ports, list) or not isinstance(endpoints, list) or not ports:
        return {}
    return {endpoint["addresses"][0]: ports[0]["port"] for endpoint in endpoints if endpoint["conditions"].get("ready")}
