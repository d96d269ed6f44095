"""The state machines of the three kinds of probes.

A test simulates every transition.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from pulumi_probes.model.probe_kind import ProbeKind


class State(Struct, frozen=True):
    """One state of a worker.

    Attributes:
        name: its name.
        note: its meaning for the container.
        tone: the style of its box.
        column: its column, counted from the left.
        row: 0, or 1 for the second row.
    """

    name: str
    note: str
    tone: str
    column: int
    row: int = 0


class Transition(Struct, frozen=True):
    """One transition, from a state to another or to itself.

    Attributes:
        origin: the state before.
        target: the state after.
        cause: its condition.
        effect: the action of the kubelet; empty if there is none.
    """

    origin: str
    target: str
    cause: str
    effect: str = ""


class Machine(Struct, frozen=True):
    """The state machine of one kind of probe.

    Attributes:
        kind: the kind of the probe.
        states: the states from left to right.
        transitions: the transitions.
    """

    kind: ProbeKind
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]


_WAITING: Final = "waiting"
_NEW: Final = "a new process"

MACHINES: Final = {
    machine.kind: machine
    for machine in (
        Machine(
            ProbeKind.STARTUP,
            (
                State(_WAITING, "nothing is probed", "back-off", 0),
                State("starting", "the other probes wait", "starting", 1),
                State("started", "the other probes run", "traffic", 2),
                State("failed", "on hold, being killed", "stopping", 1, row=1),
            ),
            (
                Transition(_WAITING, "starting", "seen running, delay over"),
                Transition("starting", "starting", "a failure below F, or an error"),
                Transition("starting", "started", "1 success", "readiness runs at once"),
                Transition("starting", "failed", "F failures in a row", "kill and restart"),
                Transition("started", _WAITING, _NEW),
                Transition("failed", _WAITING, _NEW),
            ),
        ),
        Machine(
            ProbeKind.LIVENESS,
            (
                State(_WAITING, "counts as alive", "back-off", 0),
                State("alive", "probed every period", "traffic", 1),
                State("failed", "on hold, being killed", "stopping", 2),
            ),
            (
                Transition(_WAITING, "alive", "started, delay over"),
                Transition("alive", "alive", "a success, a failure below F, or an error"),
                Transition("alive", "failed", "F failures in a row", "kill and restart"),
                Transition("failed", _WAITING, _NEW),
            ),
        ),
        Machine(
            ProbeKind.READINESS,
            (
                State(_WAITING, "no traffic", "back-off", 0),
                State("not ready", "no traffic, extra runs", "starting", 1),
                State("ready", "in the endpoints", "traffic", 2),
            ),
            (
                Transition(_WAITING, "not ready", "started, delay over"),
                Transition("not ready", "ready", "S successes in a row", "traffic"),
                Transition("ready", "not ready", "F failures in a row", "no traffic"),
                Transition("ready", _WAITING, _NEW, "no traffic"),
            ),
        ),
    )
}
"""The state machine of each kind of probe."""
