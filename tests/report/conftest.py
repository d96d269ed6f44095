"""The schema of the JSON report, and reports of many workloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files

import jsonschema
import pytest

from pulumi_probes.codec.documents import read_text
from pulumi_probes.report import Policy, Report, audit


@pytest.fixture
def schema_problems() -> Callable[[object], list[str]]:
    """Lists everything in a report that the schema does not allow."""
    schema = json.loads((files("pulumi_probes.report") / "schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    return lambda report: [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart-%(number)d, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: cart-%(number)d}}
  template:
    metadata: {labels: {app: cart-%(number)d}}
    spec:
      containers:
      - name: web
        image: cart:1
        ports: [{name: http, containerPort: 8080}]
        livenessProbe: {httpGet: {path: /livez, port: http}, periodSeconds: %(period)d, timeoutSeconds: 2}
        %(rest)s
"""
READY = "readinessProbe: {httpGet: {path: /readyz, port: http}}"
CALM = READY + "\n        lifecycle: {preStop: {sleep: {seconds: 5}}}"


@pytest.fixture(scope="session")
def many() -> Callable[[int], Report]:
    """The report of so many Deployments; every third has no readiness probe, and every fifth no finding."""

    def report(number: int) -> Report:
        text = "---\n".join(
            DEPLOYMENT % {"number": item, "period": 20, "rest": CALM}
            if item % 5 == 4
            else DEPLOYMENT % {"number": item, "period": 5, "rest": "" if item % 3 == 0 else READY}
            for item in range(number)
        )
        return audit(read_text(text, "shop.yaml").manifests, Policy(), keep_stack=True)

    return report
