"""Applying waivers to findings; the waivers themselves are evaluated too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import accumulate
from operator import itemgetter

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec.waivers import read_annotation
from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, RuleCrash
from pulumi_probes.model.node import Node
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.waiver import WaiverUse, WrittenWaiver, is_pattern
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._evaluation import Evaluation
from pulumi_probes.rules._registry import Rule, Scope, find_rule, load_rules


def apply_waivers(
    evaluation: Evaluation,
    stack: Stack,
    waivers: Iterable[WrittenWaiver] = (),
    *,
    today: date,
    rules: Iterable[Rule] | None = None,
    annotations: bool = True,
) -> Evaluation:
    """Mark waived findings, and evaluate the rules about waivers.

    A waiver is valid if it names a rule and a reason and has not expired. A finding that it matches is kept and gets
    `waiver` set; every other waiver is itself a finding. Findings about waivers cannot be waived.

    Args:
        evaluation: the results of the rules; not modified.
        stack: the evaluated objects, for the annotations of its workloads and Services.
        waivers: those from files, see `pulumi_probes.codec.waivers.read_waivers`.
        today: the date that decides which waivers have expired.
        rules: the rules that were evaluated, including those about waivers; all if None. A waiver of any other rule is
            not reported as unused.
        annotations: whether waivers in annotations are applied.
    """
    waiving = Waiving(waivers, today=today, rules=rules, annotations=annotations)
    result = waiving.apply(evaluation, [*stack.workloads, *stack.services])
    return waiving.finish(result)


class WaivedEvaluation(Struct):
    """The results of rules for some workloads, with their waivers applied.

    Attributes:
        evaluation: the results, in which waived findings are marked.
        about_waivers: the findings about the waivers in the annotations of these workloads.
        unknown_waivers: the rules about waivers that could not be evaluated.
        used: the positions of the waivers from files that match a finding.
    """

    evaluation: Evaluation = field(default_factory=Evaluation)
    about_waivers: list[Finding] = field(default_factory=list[Finding])
    unknown_waivers: list[NotEvaluated] = field(default_factory=list[NotEvaluated])
    used: set[int] = field(default_factory=set[int])

    def extend(self, other: WaivedEvaluation) -> None:
        """Append the results for other workloads."""
        self.evaluation.extend(other.evaluation)
        self.about_waivers += other.about_waivers
        self.unknown_waivers += other.unknown_waivers
        self.used |= other.used


class Waiving:
    """Applies waivers to the results of rules, for some workloads at a time; further arguments as for `apply_waivers`.

    Args:
        skipped: the codes of rules that are not evaluated for some of the workloads.
    """

    def __init__(
        self,
        waivers: Iterable[WrittenWaiver] = (),
        *,
        today: date,
        rules: Iterable[Rule] | None = None,
        skipped: Collection[str] = (),
        annotations: bool,
    ) -> None:
        self._today = today
        self._annotations = annotations
        self._in_files = [_in_file(written, today) for written in waivers]
        self._files = _Files(self._in_files)
        self._rules = tuple(load_rules() if rules is None else rules)
        self._skipped = skipped

    def apply(
        self, evaluation: Evaluation, workloads: Iterable[Workload | Service], rules: Iterable[Rule] | None = None
    ) -> WaivedEvaluation:
        """Mark the waived findings of some workloads, and evaluate the rules about waivers in their annotations.

        Args:
            evaluation: the results of the rules for these workloads; not modified.
            workloads: all workloads of their objects, or Services.
            rules: the rules that were evaluated for them, if that differs from workload to workload.
        """
        own = _Annotations(workloads if self._annotations else (), self._today)
        result = WaivedEvaluation(
            Evaluation(not_evaluated=list(evaluation.not_evaluated), crashes=list(evaluation.crashes))
        )
        if not (self._in_files or own.uses or own.unknown):
            result.evaluation.findings += evaluation.findings
            return result
        ran = self._rules if rules is None else tuple(rules)
        unfinished = _Unfinished([*evaluation.not_evaluated, *evaluation.crashes])
        for finding in evaluation.findings:
            in_files = self._files.fitting(finding)
            result.used.update(number for number, _ in in_files)
            own_fitting = own.fitting(finding)
            for use in own_fitting:
                use.is_used = True
            fitting = [*(use for _, use in in_files), *own_fitting]
            waiver = next((use.waiver for use in fitting if use.counts), None)
            result.evaluation.findings.append(finding if waiver is None else replace(finding, waiver=waiver))
        for use in own.uses:
            result.about_waivers += _findings_about(use, unfinished, ran)
        for workload, problem in own.unknown:
            result.unknown_waivers += [
                NotEvaluated(
                    code=rule.code,
                    rule=rule.name,
                    resource=workload.reference,
                    path=problem.path,
                    reason=problem.reason,
                )
                for rule in _about_waivers(ran)
            ]
        return result

    def finish(self, whole: WaivedEvaluation) -> Evaluation:
        """The results for all workloads, with the findings about waivers.

        Args:
            whole: the joined results of `apply`; not modified.
        """
        evaluation = whole.evaluation
        unfinished = _Unfinished([*evaluation.not_evaluated, *evaluation.crashes])
        findings = list(evaluation.findings)
        for number, use in enumerate(self._in_files):
            use.is_used = number in whole.used
            findings += _findings_about(use, unfinished, self._rules, self._skipped)
        return Evaluation(
            findings + whole.about_waivers,
            evaluation.not_evaluated + whole.unknown_waivers,
            list(evaluation.crashes),
        )


class _Object(Struct):
    """The waivers of one object.

    Attributes:
        templates: the paths of its pod templates.
        uses: its waivers, each with the path of the template that carries it, or None for the object itself.
    """

    templates: set[FieldPath] = field(default_factory=set[FieldPath])
    uses: list[tuple[FieldPath | None, WaiverUse]] = field(default_factory=list[tuple[FieldPath | None, WaiverUse]])

    def fitting(self, finding: Finding) -> list[WaiverUse]:
        """The waivers that match a finding; a waiver in one pod template does not apply to another."""
        owner = self._template_of(finding.path)
        return [
            use
            for template, use in self.uses
            if (template is None or owner is None or template == owner) and use.fits(finding)
        ]

    def _template_of(self, path: FieldPath) -> FieldPath | None:
        """The pod template that contains a path."""
        above = accumulate(path.segments, FieldPath.__truediv__, initial=FieldPath())
        return next((prefix for prefix in above if prefix in self.templates), None)


class _Files:
    """The waivers from files, indexed by the code and the object name that they match."""

    def __init__(self, uses: Iterable[WaiverUse]) -> None:
        self._filed: dict[tuple[str | None, str | None], list[tuple[int, WaiverUse]]] = {}
        for number, use in enumerate(uses):
            name = use.waiver.name
            filed_name = None if name is None or is_pattern(name) else name
            self._filed.setdefault((use.code, filed_name), []).append((number, use))

    def fitting(self, finding: Finding) -> list[tuple[int, WaiverUse]]:
        """The waivers that match a finding, with their positions, in the order of the files."""
        names = {None, finding.resource.name}
        filed = sorted(
            (entry for name in names for entry in self._filed.get((finding.code, name), ())), key=itemgetter(0)
        )
        return [(number, use) for number, use in filed if use.fits(finding)]


class _Unfinished:
    """The rules that were not evaluated completely, and on which objects."""

    def __init__(self, entries: Collection[NotEvaluated | RuleCrash]) -> None:
        self._codes = {entry.code for entry in entries}
        # By identity: findings hold the very reference of their object, and references without a name are equal.
        self._objects = {(entry.code, id(entry.resource)) for entry in entries}

    def includes(self, use: WaiverUse) -> bool:
        """Whether the waiver's rule was not evaluated for some object that the waiver might match."""
        if use.resource.kind == "WaiverFile":
            return use.code in self._codes
        return (use.code, id(use.resource)) in self._objects


class _Annotations:
    """The waivers in the annotations of workloads and Services."""

    def __init__(self, workloads: Iterable[Workload | Service], today: date) -> None:
        # By identity: findings hold the very reference of their object, and references without a name are equal.
        self._objects: dict[int, _Object] = {}
        self.unknown: list[tuple[Workload | Service, UnknownValue]] = []
        for workload in workloads:
            metadata = workload.top["metadata"]
            template = workload.template_path if isinstance(workload, Workload) else FieldPath()
            if id(workload.reference) not in self._objects:
                self._objects[id(workload.reference)] = _Object()
                self._read(metadata, None, workload, today)
            if isinstance(workload, Workload) and template.segments:
                self._objects[id(workload.reference)].templates.add(template)
                self._read(workload.pod_metadata, template, workload, today)

    @property
    def uses(self) -> list[WaiverUse]:
        """All of them."""
        return [use for item in self._objects.values() for _, use in item.uses]

    def fitting(self, finding: Finding) -> list[WaiverUse]:
        """The waivers of the finding's object that match it."""
        item = self._objects.get(id(finding.resource))
        return [] if item is None else item.fitting(finding)

    def _read(self, metadata: Node, template: FieldPath | None, workload: Workload | Service, today: date) -> None:
        try:
            written = read_annotation(metadata)
        except UnknownValue as problem:
            self.unknown.append((workload, problem))
            return
        except MalformedValue:
            return
        lines = workload.manifest.source
        for waiver in written:
            located = waiver if lines is None else replace(waiver, source=lines.locate(waiver.path))
            use = WaiverUse(located, workload.reference, _code_of(located), today)
            self._objects[id(workload.reference)].uses.append((template, use))


def _code_of(written: WrittenWaiver) -> str | None:
    rule = find_rule(written.waiver.code)
    return None if rule is None else rule.code


def _in_file(written: WrittenWaiver, today: date) -> WaiverUse:
    file = ResourceReference(kind="WaiverFile", api_version="", name=written.waiver.origin)
    return WaiverUse(written, file, _code_of(written), today)


def _about_waivers(rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.scope is Scope.WAIVER]


def _findings_about(
    use: WaiverUse, unfinished: _Unfinished, ran: Iterable[Rule], skipped: Collection[str] = ()
) -> Iterator[Finding]:
    is_evaluated = use.code not in skipped and any(rule.code == use.code for rule in ran)
    use.is_evaluated = is_evaluated and not unfinished.includes(use)
    for rule in _about_waivers(ran):
        yield from _evaluate(rule, use)


def _evaluate(rule: Rule, use: WaiverUse) -> Iterator[Finding]:
    for violation in rule.check(use):
        yield Finding(
            code=rule.code,
            rule=rule.name,
            severity=rule.severity,
            resource=use.resource,
            path=violation.path,
            what=violation.what,
            consequence=violation.consequence,
            fix=violation.fix,
            container=use.waiver.container,
            source=use.written.source,
        )
