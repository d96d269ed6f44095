"""Writes Deployments with Services of varied shapes, for benchmarks that audit files."""

from __future__ import annotations

import random
from pathlib import Path

_HANDLERS = (
    "httpGet: {path: /healthz, port: http}",
    "httpGet: {path: /livez, port: 8080}",
    "tcpSocket: {port: http}",
    "exec: {command: [cat, /tmp/healthy]}",
    "grpc: {port: 9090}",
)
_NUMBERS = {
    "initialDelaySeconds": (0, 5, 30),
    "periodSeconds": (1, 5, 10, 30),
    "timeoutSeconds": (1, 2, 5, 10),
    "failureThreshold": (3, 5, 10),
}
_FREQUENCIES = {"readinessProbe": 0.8, "livenessProbe": 0.7, "startupProbe": 0.3}
_NAMESPACES = 20
_SIDECARS = 0.25
_NUMBERS_SET = 0.6


def write_manifests(folder: Path, count: int, files: int, seed: int = 7) -> None:
    """Write `count` Deployments, each with a Service, into `files` files of a new folder."""
    choices = random.Random(seed)  # noqa: S311 - the same files every time
    documents = [_documents(number, choices) for number in range(count)]
    folder.mkdir(parents=True)
    for number in range(files):
        share = documents[number * count // files : (number + 1) * count // files]
        (folder / f"{number:04}.yaml").write_text("---\n".join(share), encoding="utf-8")


def _documents(number: int, choices: random.Random) -> str:
    name, namespace = f"app-{number}", f"team-{number % _NAMESPACES}"
    containers = _container("main", name, choices) + (_sidecar(name) if choices.random() < _SIDECARS else "")
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: shop
spec:
  replicas: {choices.choice((1, 2, 3))}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      serviceAccountName: {name}
      terminationGracePeriodSeconds: {choices.choice((10, 30, 60))}
      containers:
{containers}---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
  - name: http
    port: 80
    targetPort: {choices.choice(("http", "8080"))}
"""


def _container(name: str, image: str, choices: random.Random) -> str:
    variables = "".join(
        f"        - name: VARIABLE_{number}\n          value: value-{choices.randrange(10**6)}\n"
        for number in range(choices.randrange(1, 12))
    )
    probes = "".join(_probe(kind, choices) for kind, frequency in _FREQUENCIES.items() if choices.random() < frequency)
    return f"""      - name: {name}
        image: registry.example.com/{image}:1.{choices.randrange(40)}.0
        ports:
        - name: http
          containerPort: 8080
        - name: grpc
          containerPort: 9090
        env:
{variables}        resources:
          requests:
            cpu: 100m
            memory: 128Mi
{probes}"""


def _sidecar(image: str) -> str:
    return f"      - name: proxy\n        image: registry.example.com/{image}-proxy:2.0.1\n"


def _probe(kind: str, choices: random.Random) -> str:
    numbers = "".join(
        f"          {name}: {choices.choice(values)}\n"
        for name, values in _NUMBERS.items()
        if choices.random() < _NUMBERS_SET
    )
    return f"        {kind}:\n          {choices.choice(_HANDLERS)}\n{numbers}"
