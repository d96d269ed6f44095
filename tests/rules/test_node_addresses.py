"""A pod on the host network may ask for the address of its own node."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.rules import Evaluation

EvaluateYaml = Callable[..., Evaluation]

KUBEADM = """
apiVersion: v1
kind: Pod
metadata: {{name: kube-apiserver, namespace: kube-system}}
spec:
  hostNetwork: {host_network}
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.34.0
    command: [kube-apiserver, --advertise-address=10.0.0.4, --secure-port=6443]
    livenessProbe: {{failureThreshold: 8, httpGet: {{host: 10.0.0.4, path: /livez, port: 6443, scheme: HTTPS}}}}
    readinessProbe: {{periodSeconds: 1, httpGet: {{host: 10.0.0.4, path: /readyz, port: 6443, scheme: HTTPS}}}}
    startupProbe: {{failureThreshold: 24, httpGet: {{host: 10.0.0.4, path: /livez, port: 6443, scheme: HTTPS}}}}
"""

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: agent}}
spec:
  hostNetwork: true
  {spec}
  containers:
  - name: agent
    image: agent:1
    {container}
    livenessProbe: {{{handler}}}
"""


def codes(result: Evaluation) -> set[str]:
    """The rules about other hosts that have findings."""
    assert [] == result.crashes
    return {finding.code for finding in result.findings} & {"PRB309", "PRB325"}


def pod(handler: str, container: str = "args: []", spec: str = "restartPolicy: Always") -> str:
    """A pod on the host network with one liveness probe."""
    return POD.format(handler=handler, container=container, spec=spec)


def test_the_api_server_of_kubeadm_is_asked_at_its_own_address(evaluate_yaml: EvaluateYaml) -> None:
    """A static pod listens on its node's address, which kubeadm writes into its probes too."""
    assert set() == codes(evaluate_yaml(KUBEADM.format(host_network="true")))


def test_without_the_host_network_it_is_another_host(evaluate_yaml: EvaluateYaml) -> None:
    """The pod has an address of its own then."""
    assert {"PRB309"} == codes(evaluate_yaml(KUBEADM.format(host_network="false")))


OWN = [
    "args: [--listen-address=10.0.0.4]",
    "args: [--bind-address, 10.0.0.4]",
    'args: ["--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.4:2379"]',
    'command: [agent, -bind=10.0.0.4, "-server=10.0.0.9"]',
    "env: [{name: NODE_IP, value: 10.0.0.4}]",
    "env: [{name: AGENT_LISTEN_ADDR, value: '10.0.0.4:9100'}]",
    "args: [--node-ip=10.0.0.4]",
]

OTHER = [
    "args: [--server-addr=10.0.0.4]",
    "args: [--join=10.0.0.4]",
    "args: [--listen-address=10.0.0.40]",
    "args: [--listen-address=110.0.0.4]",
    "args: [--bind-address, 0.0.0.0, --upstream, 10.0.0.4]",
    "args: [10.0.0.4]",
    "env: [{name: DATABASE_HOST, value: 10.0.0.4}]",
    "env: [{name: REMOTE_ADDR, value: 10.0.0.4}]",
]

HANDLERS = [
    ("httpGet: {host: 10.0.0.4, path: /livez, port: 9100}", "PRB309"),
    ("tcpSocket: {host: 10.0.0.4, port: 9100}", "PRB309"),
    ("exec: {command: [wget, -q, 'http://10.0.0.4:9100/livez']}", "PRB325"),
    ("exec: {command: [sh, -c, 'curl -f https://10.0.0.4:9100/livez']}", "PRB325"),
]


@pytest.mark.parametrize("container", OWN)
@pytest.mark.parametrize(("handler", "_code"), HANDLERS)
def test_an_address_on_which_the_application_listens_is_its_own(
    handler: str, _code: str, container: str, evaluate_yaml: EvaluateYaml
) -> None:
    """An option or a variable says so."""
    assert set() == codes(evaluate_yaml(pod(handler, container)))


@pytest.mark.parametrize("container", OTHER)
@pytest.mark.parametrize(("handler", "code"), HANDLERS)
def test_an_address_that_the_application_connects_to_is_another_host(
    handler: str, code: str, container: str, evaluate_yaml: EvaluateYaml
) -> None:
    """Nor is one that only begins or ends like its own."""
    assert {code} == codes(evaluate_yaml(pod(handler, container)))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "0.0.0.0", "127.0.0.53"])  # noqa: S104 - only compared
def test_loopback_is_the_node_itself(host: str, evaluate_yaml: EvaluateYaml) -> None:
    """The kubelet is on the same node."""
    assert set() == codes(evaluate_yaml(pod(f"httpGet: {{host: '{host}', path: /livez, port: 9100}}")))


def test_a_pod_that_is_bound_to_a_node_may_name_it(evaluate_yaml: EvaluateYaml) -> None:
    """`nodeName` says which node it is."""
    handler = "httpGet: {host: node-1, path: /livez, port: 9100}"
    assert set() == codes(evaluate_yaml(pod(handler, spec="nodeName: node-1")))
    assert {"PRB309"} == codes(evaluate_yaml(pod(handler, spec="nodeName: node-10")))


def test_an_address_in_version_6_is_recognized(evaluate_yaml: EvaluateYaml) -> None:
    """It is written in brackets in a URL, and without them in `host`."""
    handler = "httpGet: {host: 'fd00::4', path: /livez, port: 9100}"
    assert set() == codes(evaluate_yaml(pod(handler, "args: ['--listen=[fd00::4]:9100']")))
    assert {"PRB309"} == codes(evaluate_yaml(pod(handler, "args: ['--listen=[fd00::40]:9100']")))
