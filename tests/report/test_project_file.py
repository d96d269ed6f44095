"""The content of the project file: its keys, their mistakes with lines, and the policies for folders."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.waivers import read_waivers
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Severity
from pulumi_probes.report import Policy, Report, audit, audit_files, files, processes, render, shares
from pulumi_probes.report.folders import FolderPolicies
from pulumi_probes.report.project_file import InvalidProjectFile, ProjectFile, read_project_file
from pulumi_probes.report.project_keys import FAIL_ON, FOLDER_KEYS, KEYS, KUBERNETES_VERSIONS
from pulumi_probes.rules import PACK_SETTINGS, find_rule, load_rules

SCHEMA: Final = json.loads(
    (Path(__file__).parents[2] / "docs/reference/project-file.schema.json").read_text(encoding="utf-8")
)

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME, annotations: {pulumi-probes/ignore: "PRB204=known"}}
spec:
  containers:
    - name: main
      image: main:1
      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, timeoutSeconds: 30}
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def project(text: str, name: str = ".probes.yaml") -> ProjectFile:
    """Read a project file with this text."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")
    return read_project_file(name)


def mistakes(text: str, name: str = ".probes.yaml") -> list[str]:
    """The mistakes in a project file with this text."""
    with pytest.raises(InvalidProjectFile) as raised:
        project(text, name)
    return list(raised.value.mistakes)


def audited(policy: Policy, *files: str) -> Report:
    """The report about pods that are named after their files."""
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(POD.replace("NAME", Path(file).stem), encoding="utf-8")
    return audit(read_paths(files).manifests, policy)


class TestSchema:
    """An editor with the published schema accepts exactly what the commands accept."""

    LEAVES: Final = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-1, 5),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["", "PRB2", "prb2", "PRB9", "PRB204", "readiness-missing", "advisory", "x", "1.30", "1.3"]),
        st.sampled_from([*FAIL_ON, "warn", "!x", " ", "*.yaml", " \n!"]),
        st.sampled_from(KUBERNETES_VERSIONS),
    )
    LISTS: Final = st.lists(LEAVES, max_size=2)
    PARAMETERS: Final = st.dictionaries(
        st.sampled_from(["enforcementLevel", "minimumSeconds", "scrapePorts", "exclude", "strict", "unknown"]),
        st.one_of(LEAVES, LISTS),
        max_size=2,
    )
    RULES: Final = st.dictionaries(
        st.sampled_from(["all", "exec-period-too-short", "readiness-missing", "PRB204", "typo", *PACK_SETTINGS]),
        st.one_of(LEAVES, LISTS, PARAMETERS),
        max_size=2,
    )
    VALUES: Final = st.one_of(LEAVES, LISTS, RULES)
    SECTIONS: Final = st.one_of(
        LEAVES, st.dictionaries(st.sampled_from([*(key.name for key in FOLDER_KEYS), "fail-on"]), VALUES, max_size=2)
    )
    FILES: Final = st.dictionaries(
        st.sampled_from([*(key.name for key in KEYS), "ignor"]),
        st.one_of(VALUES, st.dictionaries(st.sampled_from(["a", "b/c", ""]), SECTIONS, max_size=2)),
        max_size=3,
    )

    # Each example overwrites the file of the last one.
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(FILES)
    @example({})
    @example({"select": []})
    @example({"include": ["!deploy"]})
    @example({"include": ["deploy"], "exclude": ["#1", "a\nb"]})
    @example({"select": ["PRB2", "readiness-missing"], "ignore": []})
    @example({"rules": {"exec-period-too-short": {"minimumSeconds": 5.0}}})
    @example({"rules": {"exec-period-too-short": {"enforcementLevel": None}}})
    @example({"rules": {"probe-waived": {"allowed": False}}})
    @example({"folders": {"a": {"rules": {"probe-waived": {"allowed": False}}}}})
    @example({"folders": {"a": {"rules": {"all": "advisory"}, "select": ["PRB"]}, "b/c": {}}})
    def test_it_accepts_what_is_read(self, content: dict[str, Any]) -> None:
        """For generated files, valid ones and invalid ones."""
        try:
            project(json.dumps(content))
            is_read = True
        except InvalidProjectFile:
            is_read = False
        assert is_read == jsonschema.Draft202012Validator(SCHEMA).is_valid(content), content

    @pytest.mark.parametrize("value", KUBERNETES_VERSIONS)
    def test_every_version_is_accepted(self, value: str) -> None:
        """A version is a string from the list of supported ones."""
        assert value == project(json.dumps({"kubernetes-version": value})).kubernetes_version


class TestMistakes:
    """All of them at once, each with its line and a suggestion."""

    TEXT = """\
select:
  - PRB2
  - PRB1O3
fail-on: warnings
kubernetes-version: 1.30
rules:
  readiness-mising: mandatory
  exec-period-too-short:
    enforcementLevel: advisory
    minimumSeconds: soon
folders:
  deploy/legacy:
    ignored: [PRB2]
    rules:
      probe-waived: {allowed: false}
baselines: old.json
"""

    def test_in_yaml(self) -> None:
        """The line is that of the value."""
        versions, folder = ", ".join(KUBERNETES_VERSIONS), 'folders["deploy/legacy"]'
        assert [
            "3: `select[1]` must be the code, the prefix of a code or the name of a rule. Did you mean 'PRB103'?",
            "4: `fail-on` must be one of error, warning, advice, never. Did you mean 'warning'?",
            f"5: `kubernetes-version` must be one of {versions}. It is a number; write it in quotes.",
            "7: `rules`: 'readiness-mising' is not a policy. Did you mean 'readiness-missing'?",
            "10: `rules`: 'exec-period-too-short': `minimumSeconds` must be a whole number, not a string.",
            f"13: `{folder}.ignored` is not a key. Did you mean 'ignore'?",
            f"15: `{folder}.rules.probe-waived` applies to the whole audit; set it in the `rules` of the file.",
            "16: `baselines` is not a key. Did you mean 'baseline'?",
        ] == [mistake.removeprefix(".probes.yaml:") for mistake in mistakes(self.TEXT)]

    def test_in_toml(self) -> None:
        """The line is that of the statement, whose first line it may have."""
        text = """\
[project]
description = \"\"\"
[tool.probes]
\"\"\"

[tool.probes]
select = [
  "PRB2",
  "PRB1O3",
]
fail-on = 3
rules = {all = "sometimes"}
[tool.probes.folders."deploy/legacy"]
# a comment
ignored = ["PRB2"]
"""
        found = mistakes(text, "pyproject.toml")
        assert [7, 11, 12, 15] == [int(mistake.split(":")[1]) for mistake in found]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("[]", "1: The file must be an object with keys such as `select`, not a list."),
            ("rules: [a]", "1: `rules` must be an object with the names of rules, not a list."),
            ("folders: a", "1: `folders` must be an object with the names of folders, not a string."),
            ("folders: {a: }", "1: `folders.a` must be an object with keys such as `select`, not null."),
            ("baseline: ''", "1: `baseline` must be a string, not an empty one."),
            ("exclude: ['!a']", "1: `exclude[0]` must be a pattern that is not empty and does not begin with '!'."),
            ("exclude: [1]", "1: `exclude[0]` must be a string, not a number."),
            ("waivers: a.yaml", "1: `waivers` must be a list of strings, not a string."),
            ("select: []", "1: `select` must have at least one entry; remove it to evaluate every rule."),
            ("fail-on: true", "1: `fail-on` must be one of error, warning, advice, never. It is a boolean."),
            ("1: a", f'1: `["1"]` is not a key. Known keys: {", ".join(key.name for key in KEYS)}.'),
            ("rules: {1: advisory}", "1: `rules`: '1' is not a policy."),
            (
                r'"\e[2J\n": a',
                r'1: `["\x1b[2J "]` is not a key. Known keys: ' + ", ".join(key.name for key in KEYS) + ".",
            ),
            ("folders: {a: {}, ./a/: {}}", "1: `folders[\"./a/\"]` is the same folder as 'a'."),
        ],
    )
    def test_wrong_types(self, text: str, message: str) -> None:
        """The message names the place and the type, and what is expected instead."""
        assert [f".probes.yaml:{message}"] == mistakes(text)

    @pytest.mark.parametrize("key", [key.name for key in KEYS if key.name != "baseline"])
    def test_no_value_is_in_a_message(self, key: str) -> None:
        """A value in the wrong place may be a secret."""
        for value in ("CANARY-1234", ["CANARY-1234", 1], {"all": "CANARY-1234"}):
            assert not any("CANARY-1234" in mistake for mistake in mistakes(json.dumps({key: value})))

    @pytest.mark.parametrize("text", ['token = "CANARY-1234', '[tool.probes]\na = "CANARY-1234"\na = 1'])
    def test_no_value_of_broken_toml_is_in_a_message(self, text: str) -> None:
        """Only the line is reported."""
        with pytest.raises(UnreadableInput) as raised:
            project(text, "pyproject.toml")
        assert "pyproject.toml" in str(raised.value)
        assert "not valid TOML" in str(raised.value)
        assert "CANARY" not in str(raised.value)


def test_an_empty_file_changes_nothing() -> None:
    """A file that has only comments is one without values."""
    assert Policy() == project("# nothing yet\n").policy(None, None, None)


def test_paths_are_relative_to_the_file() -> None:
    """Wherever the command is run."""
    read = project("{baseline: old.json, waivers: [../w.yaml], folders: {deploy: {}}}", "sub/.probes.yaml")
    assert ("sub/old.json", ("w.yaml",)) == (read.baseline, read.waivers)
    assert [os.path.realpath("sub/deploy")] == list(read.folders)


def test_the_version_is_a_parameter_of_a_rule() -> None:
    """The parameter itself takes precedence, and a level without parameters keeps its meaning."""
    rule = find_rule("PRB503")
    assert rule is not None

    def version(text: str) -> tuple[Any, Any]:
        policy = project(text).policy(None, None, None)
        return policy.parameters[rule.name].get("kubernetes_version"), policy.levels.get(rule.name)

    assert ("1.30", None) == version("kubernetes-version: '1.30'")
    assert ("1.30", "advisory") == version(f"{{kubernetes-version: '1.30', rules: {{{rule.name}: advisory}}}}")
    assert ("1.29", None) == version(
        f"{{kubernetes-version: '1.30', rules: {{{rule.name}: {{kubernetesVersion: '1.29'}}}}}}"
    )


def test_the_version_and_the_gates_are_parameters_of_all_rules_that_have_them() -> None:
    """A gate that does not exist is a mistake, since it would have no effect."""
    policy = project("{kubernetes-version: '1.36', feature-gates: [H2CContainerProbe]}").policy(None, None, None)
    having = [rule for rule in load_rules() if "feature_gates" in rule.parameters]
    assert {"PRB503", "PRB512", "PRB513"} <= {rule.code for rule in having}
    assert {("H2CContainerProbe",)} == {tuple(policy.parameters[rule.name]["feature_gates"]) for rule in having}
    assert {"1.36"} == {
        policy.parameters[rule.name]["kubernetes_version"]
        for rule in load_rules()
        if "kubernetes_version" in rule.parameters
    }
    assert "Did you mean 'H2CContainerProbe'?" in mistakes("feature-gates: [H2CContainerProbes]")[0]


class TestFolders:
    """Workloads are audited with the values of the folder of their file."""

    TEXT = """\
select: [PRB204, PRB211, PRB592]
rules: {timeout-longer-than-period: mandatory}
folders:
  deploy/legacy/kept: {select: [PRB204, PRB211, PRB304]}
  deploy/legacy: {ignore: [PRB204], rules: {all: advisory, timeout-longer-than-period: advisory}}
"""

    def test_values(self) -> None:
        """A folder starts from the values of the file, one inside another from those of the outer one."""
        report = audited(project(self.TEXT).policy(None, None, None), "deploy/a.yaml", "deploy/legacy/kept/b.yaml")
        assert [
            ("PRB211", "a", Severity.ERROR),
            ("PRB211", "b", Severity.WARNING),
            ("PRB304", "b", Severity.ADVICE),
        ] == [
            (finding.code, finding.resource.name, finding.severity) for finding in report.findings if not finding.waiver
        ]

    def test_the_order_is_that_of_the_workloads(self) -> None:
        """Not that of the folders."""
        files = ("z.yaml", "deploy/legacy/b.yaml", "a.yaml", "deploy/legacy/a2.yaml")
        report = audited(project(self.TEXT).policy(["PRB211"], None, None), *files)
        assert ["z", "b", "a", "a2"] == [finding.resource.name for finding in report.findings]
        assert 4 == report.resources

    def test_options_replace_values_of_folders(self) -> None:
        """Options apply everywhere."""
        policy = project(self.TEXT).policy(["PRB204"], [], {})
        assert [["PRB204"]] * 3 == [[rule.code for rule in item.rules] for item in (policy, *policy.folders.values())]
        assert {} == policy.levels
        assert all(not item.levels for item in policy.folders.values())

    def test_waivers_of_rules_that_do_not_run(self) -> None:
        """They are not reported as unused in the folders whose rules are others."""
        text = "{select: [PRB211, PRB204, PRB595], folders: {off: {ignore: [PRB204]}}}"
        policy = project(text).policy(None, None, None)
        fixed = POD.replace("periodSeconds: 5", "periodSeconds: 50")
        for file in ("on/a.yaml", "off/b.yaml"):
            Path(file).parent.mkdir()
            Path(file).write_text(fixed.replace("NAME", Path(file).stem), encoding="utf-8")
        report = audit(read_paths(["on", "off"]).manifests, policy)
        assert [("PRB595", "a")] == [(finding.code, finding.resource.name) for finding in report.findings]

    @pytest.mark.parametrize(("ignored", "codes"), [("PRB211", ["PRB595"]), ("PRB204", [])])
    def test_waivers_in_files(self, ignored: str, codes: list[str]) -> None:
        """They may match workloads in every folder, so their rule must run in all of them to be unused."""
        policy = project(f"{{select: [PRB204, PRB595], folders: {{off: {{ignore: [{ignored}]}}}}}}")
        waivers = read_waivers([{"code": "PRB204", "reason": "known", "match": {"name": "no"}}], "waivers.yaml")
        report = audit([], policy.policy(None, None, None), waivers=waivers)
        assert codes == [finding.code for finding in report.findings]

    def test_a_link_to_a_folder(self) -> None:
        """The real folder counts, whatever it is called."""
        policy = project("folders: {real: {ignore: [PRB2]}}").policy(None, None, None)
        Path("real").mkdir()
        Path("link").symlink_to("real")
        assert list(policy.folders.values()) == [FolderPolicies(policy).of_file("link/a.yaml")]
        assert policy is FolderPolicies(policy).of_file("realm/a.yaml")
        assert policy is FolderPolicies(policy).of_file(None)

    def test_several_processes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each has the values of all folders, and audits its own files only."""
        read: list[str] = []

        class LocalShare(shares.Share):
            def read(self, progress: Callable[[str], None] | None = None) -> list[shares.AuditedFile]:
                read.extend(file for _, file in self.files)
                return super().read(progress)

        monkeypatch.setattr(processes, "can_fork", lambda: False)
        monkeypatch.setattr(files, "Share", LocalShare)
        policy = project(self.TEXT).policy(None, None, None)
        audited(policy, "z.yaml", "deploy/legacy/b.yaml", "deploy/legacy/kept/c.yaml", "deploy/a.yaml")
        alone = render(audit_files(["."], policy, processes=1), "json")
        assert "PRB304" in alone
        assert alone == render(audit_files(["."], policy, processes=2), "json")
        assert 2 == len([file for file in read if not file.endswith("/.probes.yaml")])

    def test_it_can_be_sent_to_another_process(self) -> None:
        """Rules are sent as their codes."""
        policy = project(self.TEXT).policy(None, None, None)
        assert policy == pickle.loads(pickle.dumps(policy))  # noqa: S301 - pickled here
