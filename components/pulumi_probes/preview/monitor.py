"""The engine's side of the protocol with a program: records registrations, and responds as in a preview.

Methods and messages are those of the engine's gRPC service. The SDK calls them in this process, from several threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, provider_pb2, resource_pb2

from pulumi_probes.codec.pulumi_resource import identify, read_custom_timeout
from pulumi_probes.codec.pulumi_values import UNKNOWN_TEXT, marked
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.preview.functions import RENDERING, FunctionFailed, ProviderFunctions
from pulumi_probes.preview.namespace import namespace_of
from pulumi_probes.preview.recording import STACK_TYPE, Recording, Registration, resource_urn
from pulumi_probes.preview.server_fields import add_server_fields
from pulumi_probes.preview.wire import read_properties

if TYPE_CHECKING:
    from pulumi_probes.preview.project import ProgramFiles

STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
"""The type of a reference to the outputs of another stack."""

_FEATURES: Final = (
    "SECRETS",
    "RESOURCE_REFERENCES",
    "ALIAS_SPECS",
    "REPLACEMENT_TRIGGER",
    "DELETED_WITH",
    "REPLACE_WITH",
    "TRANSFORMS",
    "INVOKE_TRANSFORMS",
    "PARAMETERIZATION",
    "RESOURCE_HOOKS",
    "ERROR_HOOKS",
    "STATE_MIGRATIONS",
)
_LEGACY_FEATURES: Final = frozenset(
    {"secrets", "resourceReferences", "aliasSpecs", "deletedWith", "transforms", "invokeTransforms", "parameterization"}
)
_CALLBACK_SECONDS: Final = 30
_PROVIDER_PREFIX: Final = "pulumi:providers:"


class RecordingMonitor:
    """Records registrations; outputs are the inputs, and everything else is unknown."""

    def __init__(self, recording: Recording, functions: ProviderFunctions, files: ProgramFiles) -> None:
        self._recording = recording
        self._functions = functions
        self._files = files
        self._stack_transforms: list[callback_pb2.Callback] = []
        self._transforms: dict[str, list[callback_pb2.Callback]] = {}
        self._parents: dict[str, str] = {}
        self._providers: dict[str, dict[str, str]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Record a resource."""
        urn = resource_urn(
            self._recording.stack, self._recording.project, request.parent or None, request.type, request.name
        )
        self._parents[urn] = request.parent
        if request.transforms:
            self._transforms[urn] = list(request.transforms)
        if request.type != STACK_TYPE:
            self._transform(urn, request)
            self._inherit_providers(urn, request)
        self._recording.add(self._registration(urn, request))
        if request.remote:
            # Only its provider knows the outputs; missing ones are unknown during a preview.
            return resource_pb2.RegisterResourceResponse(urn=urn)
        return resource_pb2.RegisterResourceResponse(urn=urn, object=self._outputs(request))

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Record a resource that exists; only its inputs are known."""
        stack, project = self._recording.stack, self._recording.project
        urn = resource_urn(stack, project, request.parent or None, request.type, request.name)
        self._recording.add(
            Registration(
                urn=urn,
                type_token=request.type,
                name=request.name,
                parent=request.parent or None,
                properties=request.properties,
                inputs=read_properties(request.properties),
                is_read=True,
                dependencies=tuple(request.dependencies),
                lines=self._lines(request),
            )
        )
        properties = struct_pb2.Struct()
        properties.CopyFrom(request.properties)
        if request.type == STACK_REFERENCE:
            properties.update({"outputs": UNKNOWN_TEXT})
            subject = f"stack reference {request.name}"
            self._recording.diagnose(subject, "The other stack is not read, so its outputs are unknown.")
        return resource_pb2.ReadResourceResponse(urn=urn, properties=properties)

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Evaluate a provider function, if that is possible without the provider."""
        try:
            result = self._functions.call(request.tok, read_properties(request.args))
        except FunctionFailed as error:
            self._recording.diagnose(
                f"function {request.tok}",
                str(error),
                unaudited_type=request.tok if request.tok in RENDERING else None,
                source=next(reversed(self._lines(request)), None),
            )
            result = error.fallback
        if result is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        answer = resource_pb2.ResourceInvokeResponse()
        # The field has the name of a Python keyword.
        getattr(answer, "return").update(result)
        return answer

    def Call(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Record a method call on a remote component; only its provider can run it."""
        self._recording.diagnose(f"method {request.tok}", "It needs its provider, so its result is unknown.")
        return provider_pb2.CallResponse()

    def RegisterResourceOutputs(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """Ignore the outputs of components, which nothing here depends on."""
        return empty_pb2.Empty()

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Register a transform of all resources."""
        self._stack_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """Report that transforms of function calls are not applied."""
        self._recording.diagnose(
            "invoke transform", "It is not applied; provider functions receive the arguments of the program."
        )
        return empty_pb2.Empty()

    def RegisterResourceHook(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """Ignore hooks, which a preview does not run."""
        return empty_pb2.Empty()

    def RegisterErrorHook(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """Ignore hooks, which a preview does not run."""
        return empty_pb2.Empty()

    def RegisterPackage(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Return a reference to a package."""
        return resource_pb2.RegisterPackageResponse(ref=f"{request.name}@{request.version}")

    def ExistsResource(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """Report that a resource outside the program does not exist, since nothing is known about it."""
        return resource_pb2.ExistsResourceResponse(exists=False)

    def SupportsFeature(self, request: Any) -> Any:  # noqa: N802 - the name of the service
        """Whether the engine has a feature; older SDKs ask for each one."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _LEGACY_FEATURES)

    def GetDeploymentInfo(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """The features of the engine, for newer SDKs."""
        names = (f"RESOURCE_MONITOR_FEATURE_{name}" for name in _FEATURES)
        found = [getattr(resource_pb2, name) for name in names if hasattr(resource_pb2, name)]
        return resource_pb2.DeploymentInfo(supportedFeatures=found)

    def SignalAndWaitForShutdown(self, _request: Any) -> Any:  # noqa: N802 - the name of the service
        """Return at once, since there is nothing to wait for."""
        return empty_pb2.Empty()

    def _registration(self, urn: str, request: Any) -> Registration:
        timeouts = request.customTimeouts
        # The reference consists of the provider's URN and its ID.
        provider = request.provider.rpartition("::")[0] or None
        return Registration(
            urn=urn,
            type_token=request.type,
            name=request.name,
            parent=request.parent or None,
            properties=request.object,
            inputs=read_properties(request.object),
            is_custom=request.custom,
            is_remote=request.remote,
            provider=provider,
            dependencies=tuple(request.dependencies),
            create_timeout_seconds=self._seconds(request, timeouts.create),
            update_timeout_seconds=self._seconds(request, timeouts.update),
            lines=self._lines(request),
        )

    def _seconds(self, request: Any, duration: str) -> float | None:
        try:
            return read_custom_timeout(duration)
        except ValueError as error:
            self._recording.diagnose(f"{request.type} {request.name}", f"Its custom timeout {error}.")
            return None

    def _lines(self, request: Any) -> tuple[SourceLocation, ...]:
        """The lines of the program that led to a registration, outermost first."""
        found = [self._own_line(frame.pc) for frame in reversed(request.stackTrace.frames)]
        return tuple(line for line in found or [self._own_line(request.sourcePosition)] if line is not None)

    def _own_line(self, position: Any) -> SourceLocation | None:
        return self._files.locate(unquote(urlsplit(position.uri).path), position.line)

    def _transform(self, urn: str, request: Any) -> None:
        """Apply the transforms of a resource, of its parents and of the stack, in the engine's order."""
        for callback in self._callbacks_for(urn):
            message = resource_pb2.TransformRequest(
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                properties=request.object,
                options=resource_pb2.TransformResourceOptions(
                    depends_on=request.dependencies,
                    provider=request.provider,
                    providers=request.providers,
                    custom_timeouts=request.customTimeouts,
                    ignore_changes=request.ignoreChanges,
                ),
            )
            try:
                answer = resource_pb2.TransformResponse.FromString(_call_back(callback, message.SerializeToString()))
            except grpc.RpcError as error:
                self._recording.diagnose(
                    f"{request.type} {request.name}",
                    f"One of its transforms failed, so it is audited without: {_details(error)}",
                    unaudited_type=request.type,
                    source=next(reversed(self._lines(request)), None),
                )
                continue
            request.object.CopyFrom(answer.properties)
            if answer.HasField("options"):
                options = answer.options
                request.customTimeouts.CopyFrom(options.custom_timeouts)
                request.provider = options.provider
                request.providers.clear()
                request.providers.update(options.providers)
                request.dependencies[:] = options.depends_on

    def _inherit_providers(self, urn: str, request: Any) -> None:
        """Use the providers of the parent component, which a transform may have set, where a resource has none."""
        inherited = self._providers.get(request.parent, {})
        if not request.custom:
            self._providers[urn] = {**inherited, **request.providers}
        elif not request.provider and not request.type.startswith(_PROVIDER_PREFIX):
            request.provider = inherited.get(request.type.partition(":")[0], "")

    def _outputs(self, request: Any) -> struct_pb2.Struct:
        """The inputs as outputs; what only the provider or the server can fill in is unknown."""
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.object)
        inputs = read_properties(request.object)
        if identify(request.type, inputs.get("apiVersion"), inputs.get("kind")) is not None:
            provider = self._recording.find(request.provider.rpartition("::")[0])
            add_server_fields(outputs, inputs, namespace=marked(namespace_of(provider)))
        return outputs

    def _callbacks_for(self, urn: str) -> Iterable[Any]:
        current = urn
        while current:
            yield from self._transforms.get(current, ())
            current = self._parents.get(current, "")
        yield from self._stack_transforms


def _call_back(callback: Any, request: bytes) -> bytes:
    """Call a transform, which the program serves over gRPC."""
    with grpc.insecure_channel(callback.target) as channel:
        answer = callback_pb2_grpc.CallbacksStub(channel).Invoke(
            callback_pb2.CallbackInvokeRequest(token=callback.token, request=request), timeout=_CALLBACK_SECONDS
        )
    response: bytes = answer.response
    return response


def _details(error: grpc.RpcError) -> str:
    """The first line of the program's error, without its token."""
    text: str | None = getattr(error, "details", lambda: None)()
    return (text or "").partition("\n")[0].partition(" error: ")[2] or "no response"
