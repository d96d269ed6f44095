"""PRB313."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.names import is_header_name
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule


@rule("PRB313", severity=Severity.ERROR, since="0.1", is_rejected=True)
def invalid_http_request(handled: Handled) -> Iterator[Violation]:
    """An HTTP probe or hook has an invalid scheme or header name.

    Why:
        The scheme is `HTTP` or `HTTPS`, in capitals. A header name consists of letters, digits and hyphens: no
        underscores, colons or spaces.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8443, scheme: https}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080, httpHeaders: [{name: X_Probe, value: "1"}]}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe:
                httpGet: {path: /livez, port: 8443, scheme: HTTPS, httpHeaders: [{name: X-Probe, value: "1"}]}
    Fix:
        Write the scheme in capitals, and use hyphens in header names.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    if handled.handler != "httpGet":
        return
    later = Deferral()
    with later:
        scheme = handled.body.word("scheme", "HTTP")
        if scheme not in ("HTTP", "HTTPS"):
            capitals = scheme.upper() in ("HTTP", "HTTPS")
            yield handled.violation(
                field="httpGet.scheme",
                what="`scheme` must be `HTTP` or `HTTPS`, in capitals.",
                consequence="The API server rejects the object.",
                fix=f"Write `scheme: {scheme.upper()}`." if capitals else "Write `scheme: HTTP` or `scheme: HTTPS`.",
                edits=(SetField(handled.body.path / "scheme", scheme.upper()),) if capitals else (),
            )
    for header in handled.body.items("httpHeaders"):
        with later:
            if not is_header_name(header.text("name", "")):
                yield handled.violation_at(
                    header.path / "name",
                    what="A header name must consist of letters, digits and hyphens, and must not be empty.",
                    consequence="The API server rejects the object.",
                    fix="Use hyphens instead of underscores, and leave out colons and spaces.",
                )
    later.settle()
