"""The component provider, for programs in other languages.

Five shortcomings of Pulumi's own provider host are corrected here: it reports invalid arguments as a traceback without
property paths, and quotes their values; it silently drops inputs that are not in the schema, and objects that are not
known before deployment; it omits the descriptions of inherited outputs; and it leads to types named `ProbeArgsArgs`,
because every language adds its own suffix.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import pulumi
from msgspec.structs import replace
from pulumi.provider import ConstructResult
from pulumi.provider import main as run_provider
from pulumi.provider.experimental.analyzer import ComponentDefinition, PropertyDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from pulumi_probes._docstrings import docstring
from pulumi_probes.components.arguments.problems import InvalidArguments, Problem
from pulumi_probes.components.arguments.schema_names import schema_path, schema_text
from pulumi_probes.components.component import ProbedService
from pulumi_probes.components.grpc_service import GrpcService, GrpcServiceArgs
from pulumi_probes.components.slow_start_service import SlowStartService, SlowStartServiceArgs
from pulumi_probes.components.telco_service import TelcoService, TelcoServiceArgs
from pulumi_probes.components.web_service import WebService, WebServiceArgs
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.letter_case import camel_case

PACKAGE: Final = "pulumi-probes"

_QUOTED_VALUE: Final = re.compile(
    r"\AInvalid value .* for (?P<type>\w+) (?:property )?'?(?P<name>[\w.\[\]]+)'?\Z", re.DOTALL
)

COMPONENTS: Final[Mapping[type[ProbedService], type]] = {
    WebService: WebServiceArgs,
    GrpcService: GrpcServiceArgs,
    SlowStartService: SlowStartServiceArgs,
    TelcoService: TelcoServiceArgs,
}
"""Every component and its arguments."""


class ProbesProvider(ComponentProvider):
    """Constructs the components for programs in other languages."""

    def __init__(self) -> None:
        super().__init__(list(COMPONENTS), PACKAGE, version=_version())
        schema = self._described(json.loads(self.schema or "{}"))
        # Sorted, so that the text does not depend on the order in which Pulumi finds things.
        self.schema = json.dumps(_renamed(schema), sort_keys=True)

    def map_inputs(self, inputs: pulumi.Inputs, component_def: ComponentDefinition) -> pulumi.Inputs:
        """The inputs under their Python names.

        Raises:
            InputPropertiesError: an input that must be known before deployment is not.
        """
        unknown = list(_outputs(inputs, component_def.inputs, "", self))
        if unknown:
            reason = "must be known before deployment, because the component is checked before it is deployed."
            raise pulumi.InputPropertiesError(
                "\n".join(f"{path}: {reason}" for path in unknown),
                [{"property_path": path, "reason": reason} for path in unknown],
            )
        return super().map_inputs(inputs, component_def)

    def map_input_properties(
        self,
        inputs: pulumi.Inputs,
        properties: dict[str, PropertyDefinition],
        mapping: dict[str, str],
        component_name: str,
        property_path: str,
    ) -> pulumi.Inputs:
        """The properties under their Python names; those that are not in the schema are kept, to be reported.

        Raises:
            InputPropertyError: a required property is missing, or a property has its Python name.
        """
        try:
            mapped = dict(super().map_input_properties(inputs, properties, mapping, component_name, property_path))
        except pulumi.InputPropertyError as error:
            raise _without_value(error) from None
        given: Any = inputs
        if not isinstance(given, Mapping):
            return mapped
        for name, expected in properties.items():
            value = given.get(name)
            # The SDK takes an empty object for anything else than an object.
            if expected.ref and value is not None and not isinstance(value, Mapping) and mapped[mapping[name]] == {}:
                mapped[mapping[name]] = value
        for name in given.keys() - properties.keys():
            known = camel_case(name)
            if mapping.get(known) == name:
                path = f"{property_path}.{name}" if property_path else name
                raise pulumi.InputPropertyError(path, f"{path} is not a property. The name in the schema is {known}.")
            mapped[name] = given[name]
        return mapped

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """A component and its outputs.

        Raises:
            InputPropertiesError: inputs are invalid; it lists every problem, with the names of the schema.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if not isinstance(error.inner, InvalidArguments):
                raise
            expected = {component.__name__: arguments for component, arguments in COMPONENTS.items()}[
                _name(resource_type)
            ]
            found = [_in_schema(expected, problem) for problem in error.inner.found]
            # The engine prints the value of every property that is reported; other values than numbers may be secret.
            shown = [problem for problem in found if isinstance(_at(inputs, problem.path), (int, float))]
            silent = [problem for problem in found if problem not in shown]
            raise pulumi.InputPropertiesError(
                "\n".join([f"{error.inner.component} is invalid.", *(f"  - {problem}" for problem in silent)]),
                [{"property_path": str(problem.path), "reason": problem.reason} for problem in shown],
            ) from None

    def _described(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with the descriptions that Pulumi omits: of inherited outputs, and all of them with `-OO`."""
        for token, definition in schema["types"].items():
            definition["description"] = docstring(self.analyzer.type_definitions[_name(token)].python_type)
        for token, resource in schema["resources"].items():
            resource["description"] = docstring(self._components[_name(token)])
            for output in ProbedService.__annotations__:
                resource["properties"][camel_case(output)]["description"] = self.analyzer.get_docstring(
                    ProbedService, output
                )
        return schema


def serve() -> None:
    """Serve the components until the engine ends the process; the engine passes its address as an argument."""
    run_provider(ProbesProvider(), sys.argv[1:])


def _in_schema(expected: type, problem: Problem) -> Problem:
    """A problem with the names of the schema in place of those of Python."""
    return replace(
        problem,
        path=schema_path(expected, problem.path),
        what=schema_text(expected, problem.what),
        consequence=schema_text(expected, problem.consequence),
        fix=schema_text(expected, problem.fix),
    )


def _at(inputs: Any, path: FieldPath) -> Any:
    for segment in path.segments:
        if isinstance(inputs, Mapping):
            inputs = inputs.get(segment)
        elif isinstance(inputs, list) and isinstance(segment, int) and segment < len(inputs):
            inputs = inputs[segment]
        else:
            return None
    return inputs


def _outputs(
    inputs: Mapping[str, Any], properties: Mapping[str, PropertyDefinition], where: str, provider: ComponentProvider
) -> Iterator[str]:
    """The paths of Outputs in places that need a plain value."""
    for name, expected in properties.items():
        value = inputs.get(name)
        path = f"{where}.{name}" if where else name
        if not expected.plain:
            continue
        if isinstance(value, pulumi.Output):
            yield path
            continue
        for below, entry, item in _entries(path, value, expected):
            definition = provider.get_type_definition(item) if item.ref else None
            if definition is not None and isinstance(entry, Mapping):
                yield from _outputs(entry, definition.properties, below, provider)
            elif definition is not None and isinstance(entry, pulumi.Output):
                yield below


def _entries(path: str, value: Any, expected: PropertyDefinition) -> Iterator[tuple[str, Any, PropertyDefinition]]:
    if expected.items is not None and isinstance(value, list):
        yield from ((f"{path}[{index}]", entry, expected.items) for index, entry in enumerate(value))
    elif expected.additional_properties is not None and isinstance(value, Mapping):
        yield from ((f"{path}.{key}", entry, expected.additional_properties) for key, entry in value.items())
    else:
        yield path, value, expected


def _without_value(error: pulumi.InputPropertyError) -> pulumi.InputPropertyError:
    """An error of the SDK about a value of the wrong type, without the value that it quotes."""
    quoted = _QUOTED_VALUE.search(error.reason)
    if quoted is None:
        return error
    # Without the path, because the engine prints the value of a property that is reported.
    return pulumi.InputPropertyError("", f"{quoted['name']}: the value is not of the type {quoted['type']}.")


def _name(token: str) -> str:
    """The name of a type or a component in the schema, without package and module."""
    return token.rpartition(":")[2]


def _renamed(schema: Any) -> Any:
    """The schema with `Probe` for the type `ProbeArgs`."""
    if isinstance(schema, dict):
        return {_without_suffix(key): _renamed(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_renamed(entry) for entry in schema]
    return _without_suffix(schema) if isinstance(schema, str) else schema


def _without_suffix(text: str) -> str:
    return text.removesuffix("Args") if f"{PACKAGE}:index:" in text else text


def _version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        # Served from a directory in which the package is not installed; the engine knows the version.
        return "0.0.0"
