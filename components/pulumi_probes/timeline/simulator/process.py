"""A process of a container: its behaviour, its signals and its end."""

from __future__ import annotations

from pulumi_probes.timeline.model.scenario import SIGKILL_EXIT_CODE, Life


class Process:
    """One process of a container.

    Attributes:
        number: its number in the container, counted from 1.
        life: its behaviour.
        started_at: when it started.
        exited_at: when it exited; None while it runs.
        exit_code: its exit code.
        ends_at: its currently expected end; None for never.
        sigterm_at: when it received SIGTERM; None for not yet.
        sigkill_at: when it will receive SIGKILL; None if that is not planned.
    """

    __slots__ = ("ends_at", "exit_code", "exited_at", "life", "number", "sigkill_at", "sigterm_at", "started_at")

    def __init__(self, number: int, life: Life, started_at: int) -> None:
        self.number = number
        self.life = life
        self.started_at = started_at
        self.exited_at: int | None = None
        self.exit_code = 0
        self.ends_at: int | None = None if life.exits_at is None else started_at + life.exits_at
        self.sigterm_at: int | None = None
        self.sigkill_at: int | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it is running."""
        return self.exited_at is None

    @property
    def answers(self) -> bool:
        """Whether it accepts connections."""
        return self.is_alive and (self.sigterm_at is None or not self.life.refuses_after_sigterm)

    def terminate(self, now: int, sigkill_at: int) -> bool:
        """Receive SIGTERM now, and SIGKILL at `sigkill_at` if it still runs then.

        Returns:
            Whether this is its first SIGTERM; a further one can only make SIGKILL come earlier.
        """
        is_first = self.sigterm_at is None
        if self.sigterm_at is None or self.sigkill_at is None:
            self.sigterm_at, self.sigkill_at = now, sigkill_at
        else:
            self.sigkill_at = min(sigkill_at, self.sigkill_at)
        ends = [self.sigkill_at]
        if self.life.exits_after_sigterm is not None:
            ends.append(self.sigterm_at + self.life.exits_after_sigterm)
        if self.ends_at is not None:
            ends.append(self.ends_at)
        self.ends_at = min(ends)
        return is_first

    def end(self, now: int) -> str:
        """Exit, and return the cause: ``exit``, ``crash``, ``SIGTERM`` or ``SIGKILL``."""
        life = self.life
        self.exited_at = now
        if life.exits_at is not None and self.started_at + life.exits_at == now:
            self.exit_code = life.exit_code
            return "exit" if life.exit_code == 0 else "crash"
        if self.sigterm_at is not None and life.exits_after_sigterm == now - self.sigterm_at:
            self.exit_code = life.sigterm_exit_code
            return "SIGTERM"
        self.exit_code = SIGKILL_EXIT_CODE
        return "SIGKILL"
