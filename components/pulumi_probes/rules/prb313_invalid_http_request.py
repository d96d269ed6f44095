"""PRB313."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.names import is_header_name
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule


@rule("PRB313", severity=Severity.ERROR, since="0.1", is_refused=True)
def invalid_http_request(handled: Handled) -> Iterator[Violation]:
    """The scheme or a header's name of an HTTP probe or hook is one that the API server refuses.

    Why:
        The scheme is HTTP or HTTPS, in capitals. A header's name has letters, digits and hyphens, and nothing else: no
        underscore, no colon, no space.
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
        Write the scheme in capitals, and headers with hyphens.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    if handled.handler != "httpGet":
        return
    later = Deferral()
    with later:
        scheme = handled.body.text("scheme", "") or "HTTP"
        if scheme not in ("HTTP", "HTTPS"):
            capitals = scheme.upper() in ("HTTP", "HTTPS")
            yield handled.violation(
                field="httpGet.scheme",
                what="The scheme must be HTTP or HTTPS, in capitals.",
                consequence="The API server refuses the object.",
                fix=f"Write scheme: {scheme.upper()}." if capitals else "Write scheme: HTTP or scheme: HTTPS.",
            )
    for header in handled.body.items("httpHeaders"):
        with later:
            if not is_header_name(header.text("name", "")):
                yield handled.violation_at(
                    header.path / "name",
                    what="A header's name may have letters, digits and hyphens only, and must have one.",
                    consequence="The API server refuses the object.",
                    fix="Write hyphens for underscores, and no colon.",
                )
    later.settle()
