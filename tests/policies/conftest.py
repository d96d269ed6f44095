"""Objects to audit, and the SDK's own analyzer to compare with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer

from pulumi_probes.rules import load_rules

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1
          ports: [{name: http, containerPort: 8080}]
          livenessProbe: {httpGet: {path: /livez, port: http}, periodSeconds: 5, failureThreshold: 3}
          readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 10, failureThreshold: 3}
"""


@pytest.fixture
def deployment() -> dict[str, Any]:
    """A Deployment for which PRB204 has a finding, but no mandatory rule."""
    content: dict[str, Any] = yaml.safe_load(DEPLOYMENT)
    return content


@pytest.fixture(scope="session")
def examples() -> list[Mapping[str, Any]]:
    """All objects in the examples of the rules."""
    texts = [text for rule in load_rules() for text in (*rule.documentation.bad, *rule.documentation.good)]
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


@pytest.fixture(scope="session")
def sdk_analyzer() -> Callable[[Sequence[Policy]], Any]:
    """Creates the SDK's own analyzer."""
    return lambda policies: _PolicyAnalyzerServicer("probes", "0.0.1", list(policies), EnforcementLevel.ADVISORY)


@pytest.fixture(scope="session")
def configuration() -> Callable[..., analyzer_pb2.ConfigureAnalyzerRequest]:
    """Creates a configuration as the engine sends it: a level, or a level and parameters, by policy."""

    def make(sections: Mapping[str, Any]) -> analyzer_pb2.ConfigureAnalyzerRequest:
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, section in sections.items():
            level, properties = section if isinstance(section, tuple) else (section, {})
            entry = request.policyConfig[name]
            entry.enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level.upper())
            entry.properties.update(properties)
        return request

    return make
