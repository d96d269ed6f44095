"""Provider functions that are evaluated without the provider: YAML is parsed here, charts are rendered by tools.

`kubernetes.yaml.ConfigFile`, `kubernetes.helm.v3.Chart` and `kubernetes.kustomize.Directory` call them, and create the
objects in the results as ordinary resources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pulumi_probes.codec.documents import read_text
from pulumi_probes.codec.tools import Chart, ToolFailed, render_chart, render_kustomization
from pulumi_probes.model.values import UNKNOWN

_DECODE: Final = "kubernetes:yaml:decode"
_TEMPLATE: Final = "kubernetes:helm:template"
_DIRECTORY: Final = "kubernetes:kustomize:directory"

RENDERING: Final = frozenset({_DECODE, _TEMPLATE, _DIRECTORY})
"""The functions whose results are objects that the program deploys."""


class FunctionFailed(Exception):  # noqa: N818 - named after the condition, as in LookupError
    """A function cannot be evaluated.

    Attributes:
        fallback: the result that the program gets instead; None for an unknown result.
    """

    def __init__(self, message: str, fallback: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.fallback = fallback


class ProviderFunctions:
    """Evaluates provider functions."""

    def __init__(self) -> None:
        self._unanswered: set[str] = set()

    def is_unanswered(self, token: str) -> bool:
        """Whether a function was called that cannot be evaluated here."""
        return token in self._unanswered

    def call(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The result of a function.

        Raises:
            FunctionFailed: the function cannot be evaluated.
        """
        if UNKNOWN in arguments.values():
            raise FunctionFailed("One of its arguments is unknown, so the result is unknown too.")
        if token == _DECODE:
            return {"result": _objects(str(arguments.get("text", "")))}
        if token == _TEMPLATE:
            return {"result": _rendered_chart(arguments)}
        if token == _DIRECTORY:
            return {"result": _rendered_folder(str(arguments.get("directory", "")))}
        self._unanswered.add(token)
        raise FunctionFailed(
            "It needs its provider. Its result is unknown if the program uses it as an Output; otherwise every part of "
            "the result is None."
        )


def _objects(text: str) -> list[Any]:
    documents = read_text(text, "YAML")
    if documents.errors:
        raise FunctionFailed(f"{documents.errors[0]}", {"result": []})
    return [manifest.content for manifest in documents.manifests]


def _rendered_chart(arguments: Mapping[str, Any]) -> list[Any]:
    try:
        chart = _legacy_chart(json.loads(str(arguments.get("jsonOpts", "{}"))))
    except ValueError as error:
        raise FunctionFailed("Its options are not JSON.", {"result": []}) from error
    try:
        return _objects(render_chart(chart))
    except ToolFailed as error:
        raise FunctionFailed(f"The chart {chart.name} could not be rendered: {error}", {"result": []}) from error


def _rendered_folder(directory: str) -> list[Any]:
    try:
        return _objects(render_kustomization(directory))
    except ToolFailed as error:
        raise FunctionFailed(f"{directory} could not be built: {error}", {"result": []}) from error


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
