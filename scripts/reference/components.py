"""The pages about components: their arguments, the types of these, and the outputs."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_origin

from typing_extensions import NotRequired, is_typeddict

import pulumi_probes.components as api
from pulumi_probes._markdown import table
from pulumi_probes.components.arguments.limits import Between
from pulumi_probes.components.arguments.strict_types import fields, limits_of
from pulumi_probes.components.component import ProbedService
from pulumi_probes.model.letter_case import camel_case
from pulumi_probes.presets import Preset, find_preset

PRESETS: Final = {"WebService": "web", "GrpcService": "grpc", "SlowStartService": "slow_start", "TelcoService": "telco"}
"""Each component and the preset that computes its numbers."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Intents": (
        "starts_within",
        "detects_within",
        "restarts_after",
        "drains_within",
        "pre_stop_sleep_seconds",
        "min_ready_seconds",
    ),
    "Endpoints": (
        "liveness_path",
        "readiness_path",
        "startup_path",
        "scheme",
        "http_headers",
        "liveness_service",
        "readiness_service",
        "startup_service",
        "mode",
    ),
    "Probes, shutdown and rollout": (
        "startup_probe",
        "readiness_probe",
        "liveness_probe",
        "post_start",
        "pre_stop",
        "stop_signal",
        "termination_grace_period_seconds",
        "max_surge",
        "max_unavailable",
        "progress_deadline_seconds",
        "await_timeout_seconds",
        "pod_disruption_budget",
        "waivers",
    ),
    "Container": (
        "image",
        "image_pull_policy",
        "command",
        "args",
        "working_dir",
        "env",
        "env_value_from",
        "env_from",
        "resources",
        "cpus",
        "memory",
        "hugepages",
        "extended_resources",
        "volume_mounts",
        "security_context",
    ),
    "Service and ports": ("port", "ports", "service"),
    "Names and labels": ("name", "namespace", "labels", "annotations", "pod_labels", "pod_annotations"),
    "Pods": (
        "replicas",
        "sidecars",
        "init_containers",
        "volumes",
        "service_account_name",
        "automount_service_account_token",
        "image_pull_secrets",
        "node_selector",
        "tolerations",
        "affinity",
        "topology_spread_constraints",
        "priority_class_name",
        "runtime_class_name",
        "pod_security",
        "pod_security_context",
    ),
}
"""The groups of arguments on the page of a component; each argument belongs to exactly one."""

_SECONDS: Final = re.compile(r"(_seconds|_within|_after)\Z")
_CLAUSES: Final = (
    re.compile(r"; default ([^();.]+)(?: \([^)]*\))?(?=\.)"),
    re.compile(r"; by default ([^;.]+)(?=\.)"),
    re.compile(r"; ([^;,.]+) by default(?=\.)"),
)
"""Clauses with a default at the end of a text, which are moved to a separate column."""
_MENTIONS: Final = (
    re.compile(r"[;:,] ([^;,.]+) by default"),
    re.compile(r"(\w+) \((?:the )?default\)"),
    re.compile(r"default is (\w+)"),
    re.compile(r"by default ([^;.]+)"),
)
"""Mentions of a default within a sentence, which stay in the text."""
_INDEX: Final = """\
# Components

A component is a Deployment, a Service and, from two replicas on, a PodDisruptionBudget. Its probes and the settings for
shutdown and rollout are computed by a [preset](../presets.md) from intents in seconds; explicit numbers override them,
and the [rules](../rules/index.md) evaluate the result before anything is registered.

```python
WebService(name, args, opts=None, *, transform=None)
```

| parameter | description |
| --- | --- |
| `name` | the component's name in the program, and that of its objects unless `args` has a `name` |
| `args` | a dictionary with the arguments of the component; see its page |
| `opts` | the resource options of Pulumi; children inherit providers, protection, aliases and `custom_timeouts` |
| `transform` | a [function](../../how-to/transform.md) that changes the rendered objects before they are evaluated |

A single error, `InvalidArguments`, lists all problems, each with the path of the argument, what is wrong, the
consequence and the fix. In TypeScript, YAML and other languages, names are written in camelCase, such as
`startsWithin`."""
_INPUT: Final = """\
`Input[...]` accepts a value, a Pulumi `Output` of one, or an awaitable; all other values must be known before
deployment. [Types of arguments](types.md) describes the dictionaries in arguments."""
_TYPES: Final = """\
# Types of arguments

The dictionaries in arguments of components. `Input[...]` accepts a value, a Pulumi `Output` of one, or an awaitable;
all other values must be known before deployment, because they affect probes. `dict[str, Any]` is a Kubernetes object
with the field names of Kubernetes (camelCase), which is passed on unchanged."""


def pages() -> dict[str, str]:
    """The page of each component, the page of the types, and the page that lists the components."""
    components = {name: getattr(api, name) for name in PRESETS}
    return {
        "components/index.md": _index(components),
        **{f"components/{_slug(name)}.md": _component_page(name, component) for name, component in components.items()},
        "components/types.md": _types_page(components),
    }


def _index(components: Mapping[str, type]) -> str:
    rows = []
    for name, component in components.items():
        required = [key for key in fields(_arguments(name)) if key in _arguments(name).__required_keys__]
        wanted = ", ".join(f"`{key}`" for key in required)
        rows.append([f"[`{name}`]({_slug(name)}.md)", f"`{PRESETS[name]}`", wanted, _summary(component)])
    outputs = [
        [f"`{name}`", f"`{camel_case(name)}`", f"`{_cell(annotation.replace('pulumi.', ''))}`", text]
        for name, annotation, text in _documented(ProbedService)
    ]
    return _joined(
        [
            _INDEX,
            table(["component", "preset", "required", "description"], rows),
            "[Types of arguments](types.md) describes the dictionaries in arguments.",
            "## Outputs",
            "All components have the same outputs. In other languages, their names are written in camelCase.",
            table(["output", "in other languages", "type", "description"], outputs),
            "`manifests` contains the registered objects by kind, as they were evaluated by the rules.",
        ]
    )


def _component_page(name: str, component: type) -> str:
    arguments = _arguments(name)
    texts = _texts(arguments)
    missing = set(fields(arguments)) - {key for group in GROUPS.values() for key in group}
    if missing:
        raise ValueError(f"GROUPS lacks {', '.join(sorted(missing))}")
    preset = find_preset(PRESETS[name])
    parts = [f"# {name}", *_prose(component), _INPUT]
    for title, group in GROUPS.items():
        keys = [key for key in group if key in fields(arguments)]
        if keys:
            parts += [f"## {title}", _field_table(arguments, keys, texts, preset)]
    return _joined(parts)


def _types_page(components: Mapping[str, type]) -> str:
    found: dict[str, type] = {}
    for name in components:
        for below in _dictionaries(_arguments(name)):
            found.setdefault(below.__name__, below)
    parts = [_TYPES]
    for type_name in sorted(found):
        kind = found[type_name]
        parts += [f"## {type_name}", *_prose(kind), _field_table(kind, list(fields(kind)), _texts(kind), None)]
    return _joined(parts)


def _dictionaries(kind: Any) -> Iterator[type]:
    """All `TypedDict`s below a type."""
    for annotation in fields(kind).values():
        for part in _parts(annotation):
            if is_typeddict(part):
                yield part
                yield from _dictionaries(part)


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def _field_table(kind: type, keys: Sequence[str], texts: Mapping[str, str], preset: Preset | None) -> str:
    limits = limits_of(kind)
    required: frozenset[str] = kind.__required_keys__  # type: ignore[attr-defined] # of every TypedDict
    rows = []
    for key in keys:
        default, text = default_and_text(texts[key])
        if preset is not None and key in preset.defaults:
            default = _plain(preset.defaults[key]) or default
        if key in required:
            default = "required"
        unit = ", seconds" if _SECONDS.search(key) else ""
        limit = limits.get(key)
        if isinstance(limit, Between):
            allowed = f"At least {limit.least}" if limit.most is None else f"{limit.least} to {limit.most}"
            text += "" if allowed in text else f" {allowed}."
        # Adjacent code spans are merged.
        type_text = _type_text(fields(kind)[key]).replace("``", "")
        rows.append([f"`{key}`", f"{type_text}{unit}", default, _cell(text)])
    return table(["argument", "type", "default", "description"], rows)


def default_and_text(text: str) -> tuple[str, str]:
    """The default that a text mentions, and the rest of the text."""
    for clause in _CLAUSES:
        if (found := clause.search(text)) is not None:
            return _default(found[1]), text[: found.start()] + text[found.end() :]
    mentioned = next(filter(None, (mention.search(text) for mention in _MENTIONS)), None)
    return ("" if mentioned is None else _default(mentioned[1])), text


def _default(words: str) -> str:
    """Values as code, words as text."""
    is_value = re.fullmatch(r"[/\w]+", words) is not None and words not in {"computed", "empty", "all", "unset"}
    return f"`{words}`" if is_value else words


def _plain(value: object) -> str:
    if value is None or value == ():
        return ""
    return f"`{value}`"


def _type_text(annotation: Any) -> str:
    """A type as Python writes it, with links to the dictionaries: `list[Input[str]]`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is NotRequired:
        return _type_text(arguments[0])
    if any(get_origin(argument) is Awaitable for argument in arguments):
        return f"`Input[`{_type_text(arguments[0])}`]`"
    if origin is Sequence:
        below = _type_text(arguments[0])
        return f"list of {below}" if is_typeddict(arguments[0]) else f"`list[`{below}`]`"
    if origin is Mapping:
        below = _type_text(arguments[1])
        return f"dict of {below}" if is_typeddict(arguments[1]) else f"`dict[str, `{below}`]`"
    if is_typeddict(annotation):
        return f"[`{annotation.__name__}`](types.md#{annotation.__name__.lower()})"
    return "`Any`" if annotation is Any else f"`{annotation.__name__}`"


def _texts(kind: type) -> dict[str, str]:
    """The descriptions of the keys of a class."""
    return {name: text for name, _, text in _documented(kind)}


def _documented(kind: type) -> list[tuple[str, str, str]]:
    """The annotated names of a class, each with its annotation as written, and the description below it.

    Raises:
        LookupError: a name has no text.
    """
    (tree,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - the source of a class
    found = []
    for node, below in zip(tree.body, [*tree.body[1:], None], strict=True):
        if not isinstance(node, ast.AnnAssign):
            continue
        text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else None
        if text is None:
            raise LookupError(f"{kind.__name__}.{ast.unparse(node.target)} has no text")
        found.append((ast.unparse(node.target), ast.unparse(node.annotation), inspect.cleandoc(str(text))))
    return found


def _arguments(component: str) -> Any:
    return getattr(api, f"{component}Args")


def _summary(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0]


def _prose(kind: type) -> list[str]:
    """The paragraphs of a docstring, without its sections."""
    text = re.split(r"\n\n(?:Raises|Args|Attributes):\n", inspect.getdoc(kind) or "")[0]
    return [paragraph.replace("\n", " ").replace("``", "`") for paragraph in text.split("\n\n")]


def _slug(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _cell(text: str) -> str:
    """A text in a cell of a table, with dictionaries as code."""
    return re.sub(r"(?<!`)(\{.*\})(?!`)", r"`\1`", text.replace("\n", " ").replace("|", r"\|"))


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(parts) + "\n"
