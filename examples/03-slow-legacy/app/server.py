"""A legacy application that loads data for a long time before it listens.

Environment:
    PORT: where it listens, 8080 by default.
    START_SECONDS: how long it loads, 90 by default.
    ANSWER_SECONDS: how long a request takes, 0 by default.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER_SECONDS = float(os.environ.get("ANSWER_SECONDS", "0"))


class Handler(BaseHTTPRequestHandler):
    """Answers the two health checks at once, and everything else after ANSWER_SECONDS."""

    protocol_version = "HTTP/1.1"
    timeout = 5  # an idle connection must not keep the process from ending

    def do_GET(self) -> None:
        """Answer in the form that http.server asks for."""
        if self.path not in ("/livez", "/readyz"):
            time.sleep(ANSWER_SECONDS)
        body = b"ok\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing: probes would fill the log."""


class Server(ThreadingHTTPServer):
    """A server that completes the running requests before it stops."""

    daemon_threads = False
    block_on_close = True


def main() -> None:
    # As process 1 of a container, Python ignores SIGTERM unless told otherwise; from the first moment on, since a
    # rollout may be undone while this still loads.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    time.sleep(float(os.environ.get("START_SECONDS", "90")))

    with Server(("", int(os.environ.get("PORT", "8080"))), Handler) as server:
        # shutdown() waits for serve_forever(), which the handler interrupts: only another thread can wait.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"listening on {server.server_port}", flush=True)
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
