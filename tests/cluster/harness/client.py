"""A small client of the Kubernetes API over the standard library.

It sends and receives dictionaries, keeps one connection per thread, and gets the paths of kinds from the server. The
official client has a model for every kind, which cannot represent invalid objects.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Object = dict[str, Any]


class ApiError(Exception):
    """The API server rejected a request.

    Attributes:
        code: the HTTP status.
        reason: such as `Invalid` or `NotFound`.
        causes: for an invalid object, each invalid field and the reason.
    """

    def __init__(self, code: int, content: Mapping[str, Any]) -> None:
        super().__init__(f"{code}: {content.get('message', content)}")
        self.code = code
        self.reason = str(content.get("reason", ""))
        details = content.get("details") or {}
        self.causes = tuple(
            (str(cause.get("field", "")), str(cause.get("message", ""))) for cause in details.get("causes") or ()
        )


@dataclass(frozen=True, slots=True)
class _Resource:
    plural: str
    is_namespaced: bool


class Client:
    """Sends requests to one API server.

    client.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"}})
    client.get("v1", "Pod", "web", "shop")
    for event in client.watch("v1", "Pod", "shop", seconds=60): ...
    """

    def __init__(self, url: str, token: str, certificate: Path, *, timeout_seconds: float = 30) -> None:
        self.url = url
        self._token = token
        self._context = ssl.create_default_context(cafile=str(certificate))
        # A self-signed certificate; the client only checks that it is this one.
        self._context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self._timeout = timeout_seconds
        self._local = threading.local()
        self._open: list[http.client.HTTPSConnection] = []
        self._resources: dict[tuple[str, str], _Resource] = {}

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Any:
        """Send a request; returns the JSON of the response, or its text if it is not JSON.

        Raises:
            ApiError: the server rejected the request.
            OSError: the server cannot be reached.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        payload = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", "Content-Type": content_type}
        try:
            status, text = self._exchange(method, target, payload, headers)
        except (http.client.HTTPException, OSError):
            # A server may close an idle connection at any time; once it is closed here too, it is opened again.
            self._connection().close()
            status, text = self._exchange(method, target, payload, headers)
        content = _parsed(text)
        if status >= http.client.BAD_REQUEST:
            raise ApiError(status, content if isinstance(content, dict) else {"message": content})
        return content

    def release(self) -> None:
        """Close the connection of this thread; other threads may still use theirs."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            del self._local.connection
            self._open.remove(connection)
            connection.close()

    def close(self) -> None:
        """Close the connections of all threads, when none of them sends requests; the next request opens a new one."""
        self._local = threading.local()
        while self._open:
            self._open.pop().close()

    def is_ready(self) -> bool:
        """Whether the server reports that it is ready."""
        try:
            return bool(self.request("GET", "/readyz") == "ok")
        except (ApiError, OSError, http.client.HTTPException):
            return False

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Object:
        """One object."""
        content: Object = self.request("GET", self.path(api_version, kind, namespace, name))
        return content

    def find(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """One object, or None if it does not exist."""
        try:
            return self.get(api_version, kind, name, namespace)
        except ApiError as refusal:
            if refusal.reason != "NotFound":
                raise
            return None

    def list(self, api_version: str, kind: str, namespace: str | None = None, **query: str) -> list[Object]:
        """All objects of a kind, or those selected by `labelSelector=` or `fieldSelector=`."""
        content = self.request("GET", self.path(api_version, kind, namespace), query=query)
        return list(content["items"])

    def create(self, manifest: Mapping[str, Any], **query: str) -> Object:
        """Create an object; with `dryRun="All"`, only check whether it could be created."""
        content: Object = self.request("POST", self._path_of(manifest, is_new=True), manifest, query=query)
        return content

    def apply(self, manifest: Mapping[str, Any], **query: str) -> Object:
        """Create or update an object, by server-side apply."""
        content: Object = self.request(
            "PATCH",
            self._path_of(manifest),
            manifest,
            query={"fieldManager": "tests", "force": "true", **query},
            content_type="application/apply-patch+yaml",
        )
        return content

    def merge(self, api_version: str, kind: str, name: str, namespace: str | None, patch: Mapping[str, Any]) -> Object:
        """Change some fields of an object, by merge patch."""
        content: Object = self.request(
            "PATCH",
            self.path(api_version, kind, namespace, name),
            patch,
            content_type="application/merge-patch+json",
        )
        return content

    def delete(self, api_version: str, kind: str, name: str, namespace: str | None = None, **options: Any) -> None:
        """Delete an object if it exists; options such as `gracePeriodSeconds=` are those of DeleteOptions."""
        try:
            self.request("DELETE", self.path(api_version, kind, namespace, name), options or None)
        except ApiError as refusal:
            if refusal.reason != "NotFound":
                raise

    def watch(
        self, api_version: str, kind: str, namespace: str | None = None, *, seconds: int, **query: str
    ) -> Iterator[tuple[str, Object]]:
        """Watch the objects of a kind for `seconds`: `ADDED`, `MODIFIED` or `DELETED`, and the object.

        It uses a separate connection, so that this thread can send other requests.
        """
        path = self.path(api_version, kind, namespace)
        target = f"{path}?{urlencode({'watch': 'true', 'timeoutSeconds': str(seconds), **query})}"
        connection = self._new_connection(seconds + self._timeout)
        try:
            connection.request("GET", target, headers={"Authorization": f"Bearer {self._token}"})
            response = connection.getresponse()
            if response.status >= http.client.BAD_REQUEST:
                raise ApiError(response.status, _parsed(response.read()))
            for line in response:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise ApiError(int(event["object"].get("code", 500)), event["object"])
                yield event["type"], event["object"]
        finally:
            connection.close()

    def path(self, api_version: str, kind: str, namespace: str | None = None, name: str | None = None) -> str:
        """The path of all objects of a kind, or of one of them."""
        resource = self._resource(api_version, kind)
        parts = [_root(api_version)]
        if resource.is_namespaced and namespace is not None:
            parts += ["namespaces", quote(namespace)]
        parts.append(resource.plural)
        if name is not None:
            parts.append(quote(name))
        return "/".join(parts)

    def _path_of(self, manifest: Mapping[str, Any], *, is_new: bool = False) -> str:
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace", "default")
        return self.path(manifest["apiVersion"], manifest["kind"], namespace, None if is_new else metadata["name"])

    def _resource(self, api_version: str, kind: str) -> _Resource:
        if (api_version, kind) not in self._resources:
            for entry in self.request("GET", _root(api_version))["resources"]:
                if "/" not in entry["name"]:
                    self._resources[api_version, entry["kind"]] = _Resource(entry["name"], entry["namespaced"])
        return self._resources[api_version, kind]

    def _exchange(
        self, method: str, target: str, payload: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        connection = self._connection()
        connection.request(method, target, payload, headers)
        response = connection.getresponse()
        return response.status, response.read()

    def _connection(self) -> http.client.HTTPSConnection:
        connection: http.client.HTTPSConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._new_connection(self._timeout)
            self._open.append(connection)
        return connection

    def _new_connection(self, timeout_seconds: float) -> http.client.HTTPSConnection:
        address = urlsplit(self.url)
        return http.client.HTTPSConnection(
            address.hostname or "", address.port, timeout=timeout_seconds, context=self._context
        )


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text.decode(errors="replace")
