"""PRB513."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from pulumi_probes.codec.versions import FEATURES
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._registry import rule

_MODES = ("Plaintext", "TLS")


@rule("PRB513", severity=Severity.ERROR, since="0.1")
def protocol_or_mode_unsupported(handled: Handled, *, feature_gates: tuple[str, ...] = ()) -> Iterator[Violation]:
    """The protocol of an HTTP probe or hook, or the mode of a gRPC probe, is not one that Kubernetes accepts.

    Why:
        An API server whose feature gate is off drops both fields, so the mistake shows only when the gate is on: then
        the object is rejected. Findings are warnings unless the gate is in `featureGates`. `protocol` is HTTP1 or
        HTTP2, and HTTP2 is for requests without TLS to the pod itself only. `mode` is Plaintext or TLS.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080, protocol: http2}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8443, protocol: HTTP2, scheme: HTTPS}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {grpc: {port: 9090, mode: tls}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Fix:
        Write the value in the case of the API, and use HTTP2 without `scheme: HTTPS` and without `host`.

    References:
        https://github.com/kubernetes/enhancements/issues/5999
        https://github.com/kubernetes/enhancements/issues/4939
    """
    handler = handled.handler
    if handler == "httpGet" and handled.body.has("protocol"):
        violation, gate = _http(handled), FEATURES["http2"].gate
    elif handler == "grpc" and handled.body.has("mode"):
        violation, gate = _grpc(handled), FEATURES["grpc-tls"].gate
    else:
        return
    if violation is not None:
        yield violation if gate in feature_gates else replace(violation, severity=Severity.WARNING)


def _grpc(handled: Handled) -> Violation | None:
    if handled.body.word("mode", "") in _MODES:
        return None
    what = "`mode` of a gRPC probe must be `Plaintext` or `TLS`."
    return _rejected(handled, "grpc.mode", what, "grpc-tls", "Write `mode: TLS`, or remove it.")


def _http(handled: Handled) -> Violation | None:
    body = handled.body
    protocol = body.word("protocol", "")
    if protocol == "HTTP1":
        return None
    if protocol != "HTTP2":
        what = "`protocol` must be `HTTP1` or `HTTP2`."
        return _rejected(handled, "httpGet.protocol", what, "http2", "Write `protocol: HTTP2`, or remove it.")
    if body.word("scheme", "HTTP") != "HTTP":
        what = "`protocol: HTTP2` is for requests without TLS only."
        return _rejected(handled, "httpGet.protocol", what, "http2", "Remove `protocol`, or `scheme`.")
    if body.text("host", ""):
        what = "`protocol: HTTP2` is for requests to the pod itself only."
        return _rejected(handled, "httpGet.host", what, "http2", "Remove `host`.")
    return None


def _rejected(handled: Handled, field: str, what: str, feature: str, fix: str) -> Violation:
    return handled.violation(
        field=field,
        what=what,
        consequence=f"An API server with {FEATURES[feature].gate} enabled rejects the object; others drop the field.",
        fix=fix,
    )
