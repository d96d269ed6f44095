"""The application of the readiness workshop: / for liveness, /ready for readiness, and two switches.

Environment:
    READY_AT_START: "true" to start ready; by default it waits for /make_ready.
"""

from __future__ import annotations

import os
import threading

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

app = Flask(__name__)
ready = threading.Event()
if os.environ.get("READY_AT_START", "false").lower() == "true":
    ready.set()


@app.get("/")
def liveness() -> ResponseReturnValue:
    return jsonify(status="ok")


@app.get("/ready")
def readiness() -> ResponseReturnValue:
    if ready.is_set():
        return jsonify(status="ready")
    # The status code is next to the body: inside jsonify(...), it would be part of the body, and the status 200.
    return jsonify(status="not ready"), 503


@app.route("/make_ready", methods=["GET", "POST"])
def make_ready() -> ResponseReturnValue:
    ready.set()
    return jsonify(status="made ready")


@app.route("/make_not_ready", methods=["GET", "POST"])
def make_not_ready() -> ResponseReturnValue:
    ready.clear()
    return jsonify(status="made not ready")
