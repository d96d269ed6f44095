"""Provider functions that can be answered without the provider: YAML is read here, charts by installed tools.

They stand behind `kubernetes.yaml.ConfigFile`, `kubernetes.helm.v3.Chart` and `kubernetes.kustomize.Directory`, which
create what the answer holds as ordinary resources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi_probes.codec.documents import read_text
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.preview.tools import Chart, ToolFailed, render_chart, render_kustomization


class FunctionFailed(Exception):  # noqa: N818 - says what is the case
    """A function cannot be answered.

    Attributes:
        fallback: what the program gets instead; None for a result that is not known.
    """

    def __init__(self, message: str, fallback: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.fallback = fallback


class ProviderFunctions:
    """Answers the functions of providers."""

    def __init__(self) -> None:
        self._unanswered: set[str] = set()

    def is_unanswered(self, token: str) -> bool:
        """Whether a function was called that nobody can answer here."""
        return token in self._unanswered

    def call(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The result of a function.

        Raises:
            FunctionFailed: it cannot be answered here.
        """
        if UNKNOWN in arguments.values():
            raise FunctionFailed("An argument is not known, so its result is not known either.")
        match token:
            case "kubernetes:yaml:decode":
                return {"result": _objects(str(arguments.get("text", "")))}
            case "kubernetes:helm:template":
                return {"result": _rendered_chart(arguments)}
            case "kubernetes:kustomize:directory":
                return {"result": _rendered_folder(str(arguments.get("directory", "")))}
            case _:
                self._unanswered.add(token)
                raise FunctionFailed(
                    "Its provider is needed to call it. Where the program takes an Output the result is not known, "
                    "where it waits for the result every part of it is None."
                )


def _objects(text: str) -> list[Any]:
    documents = read_text(text, "YAML")
    if documents.errors:
        raise FunctionFailed(f"{documents.errors[0]}", {"result": []})
    return [manifest.content for manifest in documents.manifests]


def _rendered_chart(arguments: Mapping[str, Any]) -> list[Any]:
    try:
        options = json.loads(str(arguments.get("jsonOpts", "{}")))
        return _objects(render_chart(_legacy_chart(options)))
    except (ToolFailed, ValueError) as error:
        raise FunctionFailed(f"The chart was not rendered: {error}", {"result": []}) from error


def _rendered_folder(directory: str) -> list[Any]:
    try:
        return _objects(render_kustomization(directory))
    except ToolFailed as error:
        raise FunctionFailed(f"{directory} was not built: {error}", {"result": []}) from error


def _legacy_chart(options: Mapping[str, Any]) -> Chart:
    """The options of `helm.v3.Chart`."""
    fetch = options.get("fetch_opts") or {}
    name = str(options.get("chart") or "")
    path = options.get("path")
    repository = fetch.get("repo")
    prefix = options.get("repo")
    if path:
        name = f"{path}/{name}" if name else str(path)
    elif prefix and not repository and not name.startswith((f"{prefix}/", "oci://")):
        name = f"{prefix}/{name}"
    return Chart(
        name=name,
        release=str(options.get("release_name") or name.rpartition("/")[2]),
        repository=repository,
        version=options.get("version") or fetch.get("version"),
        namespace=options.get("namespace"),
        values=options.get("values") or {},
        include_crds=not options.get("skip_crd_rendering"),
        kubernetes_version=options.get("kube_version"),
        api_versions=tuple(options.get("api_versions") or ()),
    )
