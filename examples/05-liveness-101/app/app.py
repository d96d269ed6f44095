"""The application of the liveness workshop: its status changes at random, and /healthz responds accordingly.

Environment:
    CHANGE_EVERY_SECONDS: seconds between changes of the status, 30 by default; 0 for no changes.
"""

from __future__ import annotations

import os
import random
import threading
import time

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

CHANGE_EVERY_SECONDS = float(os.environ.get("CHANGE_EVERY_SECONDS", "30"))


class Status:
    """The status, UP or DOWN; chosen again when it is read and the last change is old enough."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._change("UP")

    def read(self) -> str:
        """The current status."""
        with self._lock:
            if CHANGE_EVERY_SECONDS and time.monotonic() - self._changed_at >= CHANGE_EVERY_SECONDS:
                self._change(random.choice(["UP", "DOWN"]))  # noqa: S311 - chance, not cryptography
            return self._value

    def switch(self, value: str) -> None:
        """Set the status by hand."""
        with self._lock:
            self._change(value)

    def _change(self, value: str) -> None:
        self._value, self._changed_at = value, time.monotonic()


app = Flask(__name__)
status = Status()


@app.get("/healthz")
def healthz() -> ResponseReturnValue:
    value = status.read()
    # The kubelet reads the status code, never the body: 200 with "DOWN" in it would be a success.
    return jsonify(status=value), 200 if value == "UP" else 503


@app.get("/readyz")
def readyz() -> ResponseReturnValue:
    value = status.read()
    return jsonify(ready=value == "UP"), 200 if value == "UP" else 503


@app.route("/make_up", methods=["GET", "POST"])
def make_up() -> ResponseReturnValue:
    status.switch("UP")
    return jsonify(status="UP")


@app.route("/make_down", methods=["GET", "POST"])
def make_down() -> ResponseReturnValue:
    status.switch("DOWN")
    return jsonify(status="DOWN")
