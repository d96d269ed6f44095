"""PRB320."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, Handled
from pulumi_probes.rules._commands import names_run_by_substitutions, program, unwrapped_words, uses_shell
from pulumi_probes.rules._registry import rule

# `$$` is an escaped dollar sign, so `$$(NAME)` is not a reference.
_REFERENCE = r"\$\$|\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)|\$\{([A-Za-z_]\w*)[^}]*\}|\$([A-Za-z_]\w*)"
_OTHER_LANGUAGES = (
    r"[gm]?awk|sed|perl|php[\d.]*|ruby|node|nodejs|deno|bun|python[\d.]*|jq|yq|psql|mysql|mongo|mongosh|tclsh|lua|envsubst"
    r"|e?grep|find|expr|groovy|curl|java|dotnet|npm|npx"
)


class _Environment(Struct, frozen=True):
    """The environment variables of a container.

    Attributes:
        literal: the names of those with a literal value.
        other: the names of those with a value from elsewhere.
        is_whole: whether these are all.
    """

    literal: frozenset[str]
    other: frozenset[str]
    is_whole: bool


@rule("PRB320", severity=Severity.WARNING, since="0.1")
def variable_not_expanded(handled: Handled) -> Iterator[Violation]:
    """A command or a request refers to an environment variable that nothing expands.

    Why:
        In the command of a probe or hook, the kubelet expands `$(NAME)` only if `env` gives NAME a literal value. A
        reference to a value from a Secret, a ConfigMap, a field or `envFrom` is passed on literally, and in a shell,
        `$(NAME)` runs a program of this name. Only a shell expands `$NAME` and `${NAME}`. In the path, host, headers,
        port and service of a request, the kubelet expands nothing at all.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              env: [{name: PORT, valueFrom: {configMapKeyRef: {name: cart, key: port}}}]
              livenessProbe: {exec: {command: [/bin/check, "--port=$(PORT)"]}, timeoutSeconds: 2}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              env: [{name: PORT, value: "8080"}]
              livenessProbe: {exec: {command: [/bin/check, "--port=$PORT"]}, timeoutSeconds: 2}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              env: [{name: BASE, value: /shop}]
              livenessProbe: {httpGet: {path: $(BASE)/livez, port: 8080}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              env: [{name: PORT, value: "8080"}]
              livenessProbe: {exec: {command: [/bin/check, "--port=$(PORT)"]}, timeoutSeconds: 2}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              env: [{name: PORT, valueFrom: {configMapKeyRef: {name: cart, key: port}}}]
              livenessProbe: {exec: {command: [sh, -c, "/bin/check --port=$PORT"]}, timeoutSeconds: 2}
    Fix:
        Read the variable in a shell, `[sh, -c, "/bin/check --port=$PORT"]`, or give it a literal value and write
        `$(PORT)`. Write paths, hosts, headers and ports as they are.

    References:
        https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
    """
    if handled.handler == "exec":
        yield from _command(handled)
    elif handled.handler in ("httpGet", "tcpSocket", "grpc"):
        yield from _request(handled)


def _command(handled: Handled) -> Iterator[Violation]:
    command = handled.command
    if not any("$" in word for word in command):
        return
    if uses_shell(command):
        yield from _substitution(handled)
        return
    found = [match for word in command for match in re.finditer(_REFERENCE, word)]
    kubelet = {match[1] for match in found if match[1]}
    # A program in another language has a meaning of its own for dollar signs.
    name = program(unwrapped_words(command))
    shell = set() if re.fullmatch(_OTHER_LANGUAGES, name) else {match[2] or match[3] for match in found} - {None}
    environment = _environment(handled.container)
    if kubelet and handled.container.workload.is_complete and not kubelet <= environment.literal:
        yield handled.violation(
            field="exec.command",
            what="The command refers to an environment variable that has no literal value in `env`.",
            consequence="The kubelet does not expand it; the program receives the reference literally.",
            fix="Read the variable in a shell (`[sh, -c, ...]`), or give it a literal value.",
        )
    elif shell:
        violation = handled.violation(
            field="exec.command",
            what="The command refers to an environment variable as in a shell, but no shell expands it.",
            consequence="The program receives the reference literally, not the value.",
            fix="Read the variable in a shell (`[sh, -c, ...]`), or write `$(NAME)` if it has a literal value.",
        )
        known = not environment.is_whole or shell & (environment.literal | environment.other)
        yield violation if known else _unless_template(violation)


def _substitution(handled: Handled) -> Iterator[Violation]:
    """`$(NAME)` in a script, where NAME has no literal value."""
    names = names_run_by_substitutions(handled.command)
    if names and names & _environment(handled.container).other:
        yield handled.violation(
            field="exec.command",
            what="The script contains `$(NAME)` for an environment variable that has no literal value in `env`.",
            consequence="The kubelet does not expand it, and the shell tries to run a program of this name.",
            fix="Write `$NAME`, which the shell expands.",
        )


def _request(handled: Handled) -> Iterator[Violation]:
    environment: _Environment | None = None
    for path, text in _texts(handled):
        if "$" not in text:
            continue
        if environment is None:
            environment = _environment(handled.container)
        names = environment.literal | environment.other
        references = [match for match in re.finditer(_REFERENCE, text) if match.lastindex is not None]
        # A dollar sign is valid in a path: `/odata/$metadata`.
        certain = [match for match in references if match[1] or (match[2] or match[3]) in names]
        if not certain and not any(match[2] for match in references):
            continue
        violation = handled.violation_at(
            path,
            what="The text refers to an environment variable, which the kubelet does not expand here.",
            consequence="The request contains the reference literally, not the value.",
            fix="Write the value, or send the request in a shell with `exec`.",
        )
        yield violation if certain else _unless_template(violation)


def _unless_template(violation: Violation) -> Violation:
    """A violation that a tool may prevent which replaces `${NAME}` before the object is deployed."""
    return replace(
        violation,
        severity=Severity.ADVICE,
        consequence=f"{violation.consequence.removesuffix('.')}, unless a template tool replaces it before.",
    )


def _texts(handled: Handled) -> Iterator[tuple[FieldPath, str]]:
    """The texts of a request."""
    body = handled.body
    for key in ("path", "host", "service"):
        if body.has(key):
            yield body.path / key, body.text(key, "")
    port = handled.port
    if isinstance(port, str):
        yield body.path / "port", port
    for header in body.items("httpHeaders") if handled.handler == "httpGet" else ():
        yield header.path / "value", header.text("value", "")


def _environment(container: Container) -> _Environment:
    entries = [(entry.text("name", ""), entry.has("valueFrom")) for entry in container.node.items("env")]
    return _Environment(
        literal=frozenset(name for name, is_reference in entries if not is_reference),
        other=frozenset(name for name, is_reference in entries if is_reference),
        is_whole=container.workload.is_complete and not container.node.has("envFrom"),
    )
