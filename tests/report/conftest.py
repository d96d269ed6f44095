"""The schema of the JSON report."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files

import jsonschema
import pytest


@pytest.fixture
def schema_problems() -> Callable[[object], list[str]]:
    """Lists everything in a report that the schema does not allow."""
    schema = json.loads((files("pulumi_probes.report") / "schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    return lambda report: [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]
