"""Read scenarios from files in YAML or JSON.

```yaml
name: warms up, hangs, recovers
horizon: 10m               # end of the simulation; by default shortly after the last event
delete-at: 8m              # for example by a rollout, a scale-down or a drain
containers:
  web:                     # its processes one after another; the last one describes all that follow
    - starts-in: 40s       # every probe fails until then
      hangs-at: 100s       # no probe gets a response from then on
      on-sigterm: ignored  # or the time until it exits; 0s by default
    - starts-in: 5s
  proxy:
    lives:
      - readiness: {0s: fails, 10s: passes in 200ms, 60s: hangs, 2m: errs}
        exits: {at: 5m, code: 137}
    pre-stop: 3s           # duration of the hook; by default that of its sleep in the manifest
during:                    # the pod's time, whichever process runs
  web:
    readiness: {2m: fails, 7m: as before}
    liveness: {0s: passes, 60s: fails, repeat: 90s}
```

A time is a number of seconds or text such as 250ms, 40s, 1h30m: a duration in Go's format, also with days (`2d`), `min`
and spaces. An answer is `passes`, `fails` or `errs`, each optionally followed by `in` and a time, or `hangs`; in
`during` also `as before`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.suggestions import suggestion
from pulumi_probes.timeline.model.duration import parse_duration
from pulumi_probes.timeline.model.kubelet import IDEAL, Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.model.scenario import (
    FAILS,
    HANGS,
    PASSES,
    Answer,
    AnswerKind,
    InvalidScenario,
    Life,
    Scenario,
    Script,
    Track,
)
from pulumi_probes.timeline.scenarios.named import finished_init_containers, fitted

_T = TypeVar("_T")
_KINDS: Final = {kind.word: kind for kind in ProbeKind}
_LIFE_KEYS: Final = ("starts-in", "hangs-at", *_KINDS, "exits", "on-sigterm", "refuses-after-sigterm")
_SCRIPT_KEYS: Final = ("lives", "pre-stop", "post-start")
_TOP_KEYS: Final = ("name", "horizon", "delete-at", "containers", "during")


def read_scenario(content: object, pod: Pod, kubelet: Kubelet = IDEAL) -> Scenario:
    """Read a scenario for a pod.

    Args:
        content: the parsed YAML or JSON.
        pod: the pod.
        kubelet: the kubelet's version, phases and latencies, to find the horizon if the file has none.

    Raises:
        InvalidScenario: the content is invalid or does not fit the pod; the message lists all problems by path.
    """
    reader = _Reader()
    scenario = reader.scenario(content, pod)
    if reader.problems:
        raise InvalidScenario(reader.problems)
    has_horizon = isinstance(content, Mapping) and content.get("horizon") is not None
    checked = scenario.checked([item.name for item in pod.all_containers])
    return checked if has_horizon else fitted(pod, checked, kubelet)


class _Reader:
    """Reads a scenario and collects its problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def scenario(self, content: object, pod: Pod) -> Scenario:
        top = self._object(content, "scenario", _TOP_KEYS)
        name = top.get("name", "scenario")
        if not isinstance(name, str):
            self.problems.append("name: must be text")
        scripts: dict[str, Script] = finished_init_containers(pod)
        for container, value in self._object(top.get("containers"), "containers").items():
            scripts[container] = self._script(value, f"containers.{container}")
        for container, value in self._object(top.get("during"), "during").items():
            overlays = self._tracks(value, f"during.{container}")
            scripts[container] = replace(scripts.get(container, Script()), overlays=overlays)
        deleted_at = self._optional(top, "delete-at", parse_duration)
        horizon = self._optional(top, "horizon", parse_duration)
        marks = [(deleted_at, "deleted")] if deleted_at is not None else []
        return Scenario(
            name=str(name),
            scripts=scripts,
            deleted_at=deleted_at,
            horizon=3_600_000 if horizon is None else horizon,
            marks=tuple(marks),
        )

    def _script(self, value: object, place: str) -> Script:
        if isinstance(value, Mapping) and any(key in value for key in _SCRIPT_KEYS):
            parts = self._object(value, place, _SCRIPT_KEYS)
            return Script(
                lives=self._lives(parts.get("lives", [{}]), f"{place}.lives"),
                pre_stop=self._optional(parts, "pre-stop", parse_duration, place),
                post_start=self._optional(parts, "post-start", parse_duration, place),
            )
        return Script(lives=self._lives(value, place))

    def _lives(self, value: object, place: str) -> tuple[Life, ...]:
        entries = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        return tuple(self._life(entry, f"{place}[{index}]") for index, entry in enumerate(entries))

    def _life(self, value: object, place: str) -> Life:
        parts = self._object(value, place, _LIFE_KEYS)
        starts_in = self._optional(parts, "starts-in", parse_duration, place) or 0
        hangs_at = self._optional(parts, "hangs-at", parse_duration, place)
        if hangs_at is not None and hangs_at <= starts_in:
            self.problems.append(f"{place}.hangs-at: must be later than starts-in")
            hangs_at = None
        segments: list[tuple[int, Answer | None]] = [(0, FAILS), (starts_in, PASSES)] if starts_in else [(0, PASSES)]
        if hangs_at is not None:
            segments.append((hangs_at, HANGS))
        usual = Track(tuple(segments))
        startup, readiness, liveness = (
            self._track(parts[word], f"{place}.{word}") if word in parts else usual
            for word in ("startup", "readiness", "liveness")
        )
        exits_at, code = self._exits(parts.get("exits"), f"{place}.exits")
        refuses = parts.get("refuses-after-sigterm", False)
        if not isinstance(refuses, bool):
            self.problems.append(f"{place}.refuses-after-sigterm: must be true or false")
        sigterm = parts.get("on-sigterm", 0)
        patience = None if sigterm == "ignored" else self._read(sigterm, parse_duration, f"{place}.on-sigterm", 0)
        return Life(
            startup=startup,
            readiness=readiness,
            liveness=liveness,
            exits_at=exits_at,
            exit_code=code,
            exits_after_sigterm=patience,
            refuses_after_sigterm=bool(refuses),
        )

    def _exits(self, value: object, place: str) -> tuple[int | None, int]:
        if value is None:
            return None, 1
        if not isinstance(value, Mapping):
            return self._read(value, parse_duration, place, 0), 1
        parts = self._object(value, place, ("at", "code"))
        code = parts.get("code", 1)
        if isinstance(code, bool) or not isinstance(code, int):
            self.problems.append(f"{place}.code: must be a whole number")
            code = 1
        if "at" not in parts:
            self.problems.append(f"{place}.at: is required")
        return self._optional(parts, "at", parse_duration, place), code

    def _tracks(self, value: object, place: str) -> dict[ProbeKind, Track]:
        parts = self._object(value, place, tuple(_KINDS))
        return {
            _KINDS[word]: self._track(track, f"{place}.{word}", may_defer=True)
            for word, track in parts.items()
            if word in _KINDS
        }

    def _track(self, value: object, place: str, *, may_defer: bool = False) -> Track:
        if isinstance(value, str):
            return Track(((0, self._answer(value, place, may_defer=may_defer)),))
        parts = dict(self._object(value, place))
        repeat = parts.pop("repeat", None)
        cycle = None if repeat is None else self._read(repeat, parse_duration, f"{place}.repeat", 1)
        segments = [
            (
                self._read(moment, parse_duration, f"{place}.{moment}", 0),
                self._answer(answer, f"{place}.{moment}", may_defer=may_defer),
            )
            for moment, answer in parts.items()
        ]
        track = Track(tuple(segments), cycle)
        self.problems += [f"{place}: {problem}" for problem in track.problems()]
        return track

    def _answer(self, value: object, place: str, *, may_defer: bool) -> Answer | None:
        words = value.split(maxsplit=2) if isinstance(value, str) else []
        if may_defer and words == ["as", "before"]:
            return None
        kinds = {kind.value: kind for kind in AnswerKind}
        if not words or words[0] not in kinds or words[1:2] not in ([], ["in"]) or len(words) == 2:  # noqa: PLR2004 - "in" alone
            self.problems.append(f"{place}: must be passes, fails, hangs or errs, such as 'passes in 200ms'")
            return PASSES
        after = self._read(words[2], parse_duration, place, 0) if words[2:] else 0
        return Answer(kinds[words[0]], after)

    def _object(self, value: object, place: str, keys: Sequence[str] | None = None) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.problems.append(f"{place}: must be an object, not {type(value).__name__}")
            return {}
        if keys is not None:
            for key in value:
                if key not in keys:
                    hint = suggestion(str(key), keys, otherwise=f"Available keys: {', '.join(keys)}.")
                    self.problems.append(f"{place}.{key}: is not known. {hint}")
        return value

    def _optional(self, parts: Mapping[str, Any], key: str, read: Callable[[Any], int], place: str = "") -> int | None:
        value = parts.get(key)
        return None if value is None else self._read(value, read, f"{place}.{key}".lstrip("."), 0)

    def _read(self, value: Any, read: Callable[[Any], _T], place: str, instead: _T) -> _T:
        try:
            return read(value)
        except ValueError as problem:
            self.problems.append(f"{place}: {problem}")
            return instead
