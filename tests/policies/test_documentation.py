"""Every claim of the page about the pack is tested."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2

from pulumi_probes.rules import PACK_SETTINGS, load_rules
from pulumi_probes_policies import make_analyzer, probe_policies
from pulumi_probes_policies.testing import analyze_request, running_pack

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "policy-pack.md").read_text(encoding="utf-8")

MISSPELT = """
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec:
  containers:
    - name: cart
      image: cart:latest
      ports: [{name: http, containerPort: 8080}]
      livenessProbe: {httpGet: {path: /livez, port: htpp}, failureThreshold: 6}
"""


def blocks(language: str) -> list[str]:
    """The code blocks of a language on the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def pod() -> dict[str, Any]:
    """A Pod with a probe on a port name that its container does not declare."""
    content: dict[str, Any] = yaml.safe_load(MISSPELT)
    return content


def test_the_message_is_the_real_one(pod: dict[str, Any]) -> None:
    """All lines below the line of Pulumi."""
    (shown,) = blocks("text")
    response = make_analyzer("probes", probe_policies(["PRB303"])).Analyze(analyze_request(pod), None)
    assert [line[2:] for line in shown.splitlines()[1:]] == response.diagnostics[0].message.splitlines()
    assert f"  {response.diagnostics[0].policyName}  " in shown


def test_the_configuration_is_right(
    configuration: Callable[[Mapping[str, Any]], analyzer_pb2.ConfigureAnalyzerRequest],
) -> None:
    """All of its policies and parameters exist."""
    (text,) = blocks("json")
    sections: dict[str, Any] = {}
    for name, section in json.loads(text).items():
        given = {"enforcementLevel": section} if isinstance(section, str) else dict(section)
        sections[name] = (given.pop("enforcementLevel", "advisory"), given)
    analyzer = make_analyzer("probes", probe_policies())
    analyzer.Configure(configuration(sections), None)
    stack = analyze_request({}, resource_type="pulumi:pulumi:Stack")
    assert [] == list(analyzer.Analyze(stack, None).diagnostics)


def test_the_table_names_every_policy_about_the_audit() -> None:
    """Each with its parameters."""
    for name, parameters in PACK_SETTINGS.items():
        (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
        assert all(f"`{parameter}" in row for parameter in parameters)


def test_a_pack_of_your_own_runs(tmp_path: Path, pod: dict[str, Any]) -> None:
    """Rules of this project, with a policy of your own."""
    beside, _, _ = blocks("python")
    (tmp_path / "__main__.py").write_text(beside, encoding="utf-8")
    with running_pack(tmp_path) as pack:
        said = {entry.policyName: entry.enforcementLevel for entry in pack.Analyze(analyze_request(pod)).diagnostics}
    assert said["no-latest"] == analyzer_pb2.ADVISORY
    assert said["readiness-missing"] == analyzer_pb2.MANDATORY
    assert "named-port-missing" not in said


def test_a_selection_of_rules_runs(tmp_path: Path, pod: dict[str, Any]) -> None:
    """All at once, without the directory of this project."""
    _, choice, _ = blocks("python")
    (tmp_path / "__main__.py").write_text(choice, encoding="utf-8")
    site = {"apiVersion": "acme.example/v1", "kind": "Site", "spec": {"template": {"spec": pod["spec"]}}}
    with running_pack(tmp_path) as pack:
        said = {entry.policyName: entry.enforcementLevel for entry in pack.Analyze(analyze_request(site)).diagnostics}
    assert said["named-port-missing"] == analyzer_pb2.MANDATORY


def test_the_test_of_a_pack_finds_what_is_wrong(
    tmp_path: Path, pod: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test on the page fails for a program with findings."""
    _, _, test = blocks("python")
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    source = f"import pulumi_kubernetes as k8s\n\nk8s.core.v1.Pod('cart', spec={pod['spec']!r})\n"
    (program / "__main__.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(test, names)  # noqa: S102 - the page's own block
    with pytest.raises(AssertionError, match="PRB303"):
        names["test_our_program_passes_our_pack"]()


def test_every_rule_is_a_policy() -> None:
    """As the first sentence says."""
    assert {rule.name for rule in load_rules()} < {policy.name for policy in probe_policies()}
