"""Findings grouped: by object, and by text where many objects have the same mistake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from pulumi_probes.model.finding import Finding, ResourceReference, Waiver

REPEATED_FROM: Final = 3
"""The number of findings with the same text from which they are explained once."""


class Repetition(Struct, frozen=True):
    """Findings of one rule that differ in their places only.

    Attributes:
        findings: at least one, in the order of the report.
    """

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The first one, which has the same texts as all others."""
        return self.findings[0]

    @property
    def common_place(self) -> str | None:
        """The path of all of them, with `*` for the name of the container; None if they have different paths."""
        places = {_any_container(finding) for finding in self.findings}
        return places.pop() if len(places) == 1 else None


class Grouping(Struct, frozen=True):
    """The findings of a report, each in one of the groups.

    Attributes:
        objects: those with a text of their own, by object.
        repetitions: those whose text is that of others, by text.
    """

    objects: tuple[tuple[ResourceReference, tuple[Finding, ...]], ...]
    repetitions: tuple[Repetition, ...]


def group(findings: Iterable[Finding], *, repeated_from: int = REPEATED_FROM) -> Grouping:
    """Group findings; every order is that of the first finding of a group.

    Args:
        findings: the findings.
        repeated_from: the number of findings with the same text from which they are a repetition.
    """
    findings = tuple(findings)
    repetitions = [item for item in repetitions_of(findings) if len(item.findings) >= repeated_from]
    repeated = {id(finding) for item in repetitions for finding in item.findings}
    return Grouping(
        objects=by_object(finding for finding in findings if id(finding) not in repeated),
        repetitions=tuple(repetitions),
    )


def repetitions_of(findings: Iterable[Finding]) -> tuple[Repetition, ...]:
    """All findings, grouped by rule, severity, text and waiver."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = (
            finding.code,
            finding.severity,
            finding.what,
            finding.consequence,
            finding.fix,
            _decision(finding.waiver),
        )
        found.setdefault(key, []).append(finding)
    return tuple(Repetition(tuple(same)) for same in found.values())


def by_object(findings: Iterable[Finding]) -> tuple[tuple[ResourceReference, tuple[Finding, ...]], ...]:
    """The findings of each object."""
    groups: dict[tuple[str | None, ResourceReference], list[Finding]] = {}
    for finding in findings:
        # Different files may contain objects of the same name.
        file = finding.source.file if finding.source is not None else None
        groups.setdefault((file, finding.resource), []).append(finding)
    return tuple((resource, tuple(found)) for (_, resource), found in groups.items())


def by_severity(repetitions: Iterable[Repetition]) -> Sequence[Repetition]:
    """The gravest and then the most frequent ones first."""
    return sorted(repetitions, key=lambda item: (-item.first.severity.rank, -len(item.findings), item.first.code))


def _decision(waiver: Waiver | None) -> object:
    return None if waiver is None else (waiver.reason, waiver.until, waiver.origin)


def _any_container(finding: Finding) -> str:
    if finding.container is None:
        return finding.where
    return finding.where.replace(f"[{finding.container}]", "[*]")
