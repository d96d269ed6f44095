"""Recognizes the node's own address in the probes of a pod on the host network."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from pulumi_probes.model.node import Node
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._deferral import if_known

_LOOPBACK: Final = r"localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|\[?::1?\]?"

_OWN: Final = r"advertise|bind|listen|addr|(?:node|host|pod)[-_]?ip|hostname"
_OTHERS: Final = r"server|remote|upstream|target|master|join|peers|cluster"
_OPTION: Final = r"--?[A-Za-z][\w.-]{0,80}"


def is_loopback(host: str) -> bool:
    """Whether the kubelet reaches a host on its own node."""
    return re.fullmatch(_LOOPBACK, host, re.IGNORECASE) is not None


def is_on_host_network(container: Container) -> bool:
    """Whether the pod of a container uses the network of its node.

    Raises:
        UnknownValue: it is not known before deployment.
    """
    return container.workload.pod_spec.boolean("hostNetwork", default=False)


def is_own_address(host: str, container: Container) -> bool:
    """Whether a host is the node of a pod on the host network, where its own application listens.

    An address is the node's if the pod is bound to a node of that name, or if the application is told to listen on it
    or to advertise it.

    Raises:
        UnknownValue: it is not known before deployment whether the pod is on the host network.
    """
    if not is_on_host_network(container):
        return False
    if is_loopback(host):
        return True
    if if_known(lambda: container.workload.pod_spec.optional_text("nodeName")) == host:
        return True
    address = re.compile(rf"(?<![\w.:-]){re.escape(host.strip('[]'))}(?![\w.-])", re.IGNORECASE)
    return any(address.search(value) for value in _own_values(container))


def _own_values(container: Container) -> list[str]:
    """The values of options and variables that say where the application listens."""
    found: list[str] = []
    for field in ("command", "args"):
        before = ""
        for word in if_known(partial(container.node.texts, field)) or ():
            option = re.match(_OPTION, word)
            if option is None:
                name, value, before = before, word, ""
            else:
                name, value = option[0], word[option.end() :]
                before = "" if value else name
            if _is_own_name(name):
                found.append(value)
    for variable in if_known(partial(_variables, container)) or ():
        name, value = (_text(variable, field) for field in ("name", "value"))
        if _is_own_name(name):
            found.append(value)
    return found


def _is_own_name(name: str) -> bool:
    return re.search(_OWN, name, re.IGNORECASE) is not None and re.search(_OTHERS, name, re.IGNORECASE) is None


def _text(variable: Node, field: str) -> str:
    """A field of an environment variable; empty if it is not known."""
    return if_known(lambda: variable.text(field, "")) or ""


def _variables(container: Container) -> list[Node]:
    return list(container.node.items("env"))
