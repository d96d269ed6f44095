"""A small network function: a single event loop handles traffic and health checks, and starts no processes.

Environment:
    PORT: where it listens, 8080 by default.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
BAD = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
LONGEST_HEAD = 65536


class Traffic(asyncio.Protocol):
    """HTTP/1.1 in its smallest form: every GET is answered as soon as its head is there."""

    def __init__(self, connections: set[asyncio.Transport]) -> None:
        self._connections = connections
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection, to close it at the end."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name in asyncio
        """Forget it."""
        self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request whose head is complete."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            if not head.startswith(b"GET "):
                self._transport.write(BAD)
                self._transport.close()
                return
            self._transport.write(OK)
        if len(self._received) > LONGEST_HEAD:
            self._transport.abort()


async def main() -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    connections: set[asyncio.Transport] = set()
    server = await loop.create_server(
        lambda: Traffic(connections), host="", port=int(os.environ.get("PORT", "8080")), backlog=1024
    )
    # What lives until the end need not be walked by the collector, whose pauses are latency.
    gc.freeze()
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)

    await stop.wait()
    server.close()
    for connection in connections:
        connection.close()  # after what is still to be written


if __name__ == "__main__":
    asyncio.run(main())
