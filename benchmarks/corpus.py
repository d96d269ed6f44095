"""Counts what `probes audit` finds in rendered Helm charts, rule by rule, and how much of it is worth reading.

The manifests are not part of the repository: render charts with `helm template` into files
OWNER+REPOSITORY/CHART@VERSION.yaml below one folder, by default `build/corpus`. Each file is audited by itself, as one
deployment. Without the folder this prints so and does nothing.

`--sample CODE` prints findings of a rule at random, to be compared with the workloads; the results are kept in
`benchmarks/corpus/samples.yaml`. `--write` writes the figures to `benchmarks/corpus/now.json` and the page
`docs/explanation/noise.md`; `--figures FILE` writes the figures only, for a comparison with another version.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from msgspec import Struct, field

from pulumi_probes._markdown import table, with_measured
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.report.files import audit_files
from pulumi_probes.report.policy import Policy

ROOT = Path(__file__).parents[1]
MANIFESTS = ROOT / "build" / "corpus"
DATA = ROOT / "benchmarks" / "corpus"
PAGE = ROOT / "docs" / "explanation" / "noise.md"
SAMPLE: Final = 20
SEED: Final = 13


class Chart(Struct, frozen=True):
    """A rendered chart."""

    repository: str
    name: str
    version: str
    file: Path


class Count(Struct):
    """The numbers of findings of a rule at one severity, and of workloads and charts that have any."""

    findings: int = 0
    workloads: int = 0
    charts: int = 0


class Figures(Struct):
    """The audited charts and the numbers of findings.

    Attributes:
        charts: the number of charts with workloads.
        workloads: the number of workloads.
        flagged: the number of workloads with an error or a warning.
        counts: what was found, by code, name and severity, joined by spaces.
        sources: the charts, by repository.
    """

    charts: int = 0
    workloads: int = 0
    flagged: int = 0
    counts: dict[str, Count] = field(default_factory=dict[str, Count])
    sources: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


class Sample(Struct, frozen=True):
    """A sample that was read.

    Attributes:
        right: the findings that state a fault that a maintainer would correct.
        wrong: those that are not true.
        waved: those that are true, but that a maintainer would not act on.
        reason: why, in a sentence.
    """

    right: int
    wrong: int
    waved: int
    reason: str = ""

    @property
    def noise(self) -> float:
        """The share of findings that are false or would be waved away."""
        return (self.wrong + self.waved) / (self.right + self.wrong + self.waved)


def charts_in(folder: Path) -> Iterator[Chart]:
    """The rendered charts below a folder."""
    for file in sorted(folder.glob("*/*@*.yaml")):
        name, _, version = file.stem.rpartition("@")
        yield Chart(file.parent.name.replace("+", "/", 1), name, version, file)


def findings_of(charts: Iterable[Chart], figures: Figures) -> Iterator[tuple[Chart, Finding]]:
    """The findings in charts; adds to the figures what was audited."""
    policy = Policy(crash_severity=Severity.ERROR)
    for chart in charts:
        report = audit_files([str(chart.file)], policy, processes=1)
        if not report.workloads:
            continue
        figures.charts += 1
        figures.workloads += report.workloads
        figures.sources.setdefault(chart.repository, []).append(f"{chart.name} {chart.version}")
        for finding in report.open_findings:
            if "internal error" in finding.what:
                raise SystemExit(f"{chart.file}: {finding}")
            yield chart, finding


def measure(folder: Path) -> Figures:
    """Audit all charts below a folder."""
    figures = Figures()
    workloads: defaultdict[str, set[tuple[object, ...]]] = defaultdict(set)
    flagged: set[tuple[object, ...]] = set()
    findings: Counter[str] = Counter()
    for chart, finding in findings_of(charts_in(folder), figures):
        key = f"{finding.code} {finding.rule} {finding.severity.name.lower()}"
        workload = (chart.file, finding.resource)
        findings[key] += 1
        workloads[key].add(workload)
        if finding.severity is not Severity.ADVICE:
            flagged.add(workload)
    figures.flagged = len(flagged)
    figures.counts = {
        key: Count(count, len(workloads[key]), len({file for file, _ in workloads[key]}))
        for key, count in sorted(findings.items())
    }
    return figures


def sample(folder: Path, code: str) -> list[str]:
    """Findings of a rule at random, the most severe first, each of them in another container image's probes."""
    found = [(chart, finding) for chart, finding in findings_of(charts_in(folder), Figures()) if finding.code == code]
    random.Random(SEED).shuffle(found)  # noqa: S311 - a sample is not a secret
    found.sort(key=lambda entry: entry[1].severity, reverse=True)
    seen: set[tuple[object, ...]] = set()
    lines: list[str] = []
    for chart, finding in found:
        # A subchart or a shared template gives the same finding in many charts.
        identity = (finding.severity, finding.container, finding.what)
        if identity in seen:
            continue
        seen.add(identity)
        where = f"{chart.repository} {chart.name}: {finding.resource.kind} {finding.resource.name}"
        lines.append(f"{finding.severity.name.lower()} {where}, {finding.source}: {finding.what} {finding.consequence}")
    return lines[:SAMPLE]


def page(now: Figures, before: Figures, samples: Mapping[str, Mapping[str, Sample]]) -> str:
    """The generated part of the page."""
    noisy_now, noisy_before = (noise_per_workload(figures, samples.get(key, {})) for figures, key in _both(now, before))
    rows: list[list[object]] = [
        ["charts with workloads", before.charts, now.charts],
        ["workloads", before.workloads, now.workloads],
        ["workloads with a warning or an error", _share(before.flagged, before), _share(now.flagged, now)],
        ["warnings and errors", _serious(before), _serious(now)],
        [
            "of these, false or waved away, by the samples",
            round(noisy_before * before.workloads),
            round(noisy_now * now.workloads),
        ],
        ["that is, in each ten workloads", f"{10 * noisy_before:.1f}", f"{10 * noisy_now:.1f}"],
    ]
    text = [
        table(["", "before", "now"], rows),
        "",
        "## By rule",
        "",
        table(
            ["rule", "level", "findings before", "findings", "workloads", "charts", "right", "false", "not acted on"],
            _rule_rows(now, before, samples.get("now", {})),
        ),
        "",
        "## Reasons",
        "",
        *(
            f"- {key.split()[0]}, {key.split()[-1]}: {sampled.reason}"
            for key, sampled in sorted(samples.get("now", {}).items())
            if sampled.reason
        ),
        "",
        "## Charts",
        "",
        *(f"- {repository}: {', '.join(charts)}" for repository, charts in sorted(now.sources.items())),
    ]
    return "\n".join(text)


def _both(now: Figures, before: Figures) -> Sequence[tuple[Figures, str]]:
    return [(now, "now"), (before, "before")]


def noise_per_workload(figures: Figures, samples: Mapping[str, Sample]) -> float:
    """The warnings and errors per workload that are false or would not be acted on, estimated from the samples.

    Raises:
        KeyError: findings at one of these severities were not samples.
    """
    noise = sum(
        count.findings * samples[_short(key)].noise
        for key, count in figures.counts.items()
        if not key.endswith(" advice")
    )
    return noise / figures.workloads


def _short(key: str) -> str:
    code, _, severity = key.split()
    return f"{code} {severity}"


def _serious(figures: Figures) -> int:
    return sum(count.findings for key, count in figures.counts.items() if not key.endswith(" advice"))


def _share(count: int, figures: Figures) -> str:
    return f"{count:,} ({count / figures.workloads:.0%})"


def _rule_rows(now: Figures, before: Figures, samples: Mapping[str, Sample]) -> Iterator[list[object]]:
    keys = sorted({*now.counts, *before.counts})
    for key in keys:
        code, name, severity = key.split()
        count = now.counts.get(key, Count())
        sampled = samples.get(_short(key))
        verdict: list[object] = ["", "", ""] if sampled is None else [sampled.right, sampled.wrong, sampled.waved]
        yield [
            f"[{code}](../reference/rules/{code}.md) {name}",
            severity,
            before.counts.get(key, Count()).findings,
            count.findings,
            f"{count.workloads} ({count.workloads / now.workloads:.1%})",
            count.charts,
            *verdict,
        ]


def _read_figures(file: Path) -> Figures:
    data = json.loads(file.read_text(encoding="utf-8"))
    return Figures(
        charts=data["charts"],
        workloads=data["workloads"],
        flagged=data["flagged"],
        counts={key: Count(*count) for key, count in data["counts"].items()},
    )


def _write_figures(figures: Figures, file: Path) -> None:
    data: dict[str, Any] = {
        "charts": figures.charts,
        "workloads": figures.workloads,
        "flagged": figures.flagged,
        "counts": {key: [count.findings, count.workloads, count.charts] for key, count in figures.counts.items()},
    }
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _read_samples() -> dict[str, dict[str, Sample]]:
    written = yaml.safe_load((DATA / "samples.yaml").read_text(encoding="utf-8"))
    return {when: {key: Sample(**entry) for key, entry in entries.items()} for when, entries in written.items()}


def main() -> int:
    """Print the figures, or a sample of one rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifests", type=Path, default=MANIFESTS, metavar="FOLDER", help="the rendered charts")
    parser.add_argument("--sample", metavar="CODE", help="print findings of one rule to read, and nothing else")
    parser.add_argument("--figures", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--write", action="store_true", help=f"update {PAGE.relative_to(ROOT)} and its data")
    options = parser.parse_args()
    if not any(charts_in(options.manifests)):
        print(f"left out: no rendered charts in {options.manifests}")
        return 0
    if options.sample:
        print("\n".join(sample(options.manifests, options.sample)))
        return 0
    figures = measure(options.manifests)
    for key, count in sorted(figures.counts.items(), key=lambda entry: -entry[1].findings):
        print(f"{key}: {count.findings} findings, {count.workloads} workloads, {count.charts} charts")
    print(f"{figures.charts} charts, {figures.workloads} workloads, {figures.flagged} with a warning or an error")
    if options.figures:
        _write_figures(figures, options.figures)
    if options.write:
        _write_figures(figures, DATA / "now.json")
        text = page(figures, _read_figures(DATA / "before.json"), _read_samples())
        PAGE.write_text(with_measured(PAGE.read_text(encoding="utf-8"), "benchmarks/corpus.py", text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
