"""The measured figures of the package, and the computation that is based on them."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from xml.etree import ElementTree as ET

import pytest

from pulumi_probes.cost._documentation import checks, diagrams, predicted
from pulumi_probes.cost.attempt import Mechanism
from pulumi_probes.cost.figures import measured_figures
from pulumi_probes.cost.format import format_cpu, format_milliseconds
from pulumi_probes.cost.measurement import NO_PROBE, load_measurement, read_measurement

FOLDER = Path(__file__).parents[2] / "docs" / "explanation"
PAGE = FOLDER / "cost.md"


def test_every_mechanism_was_measured_several_times() -> None:
    """As often as the pods without probes, with which they are compared."""
    conditions = load_measurement().conditions
    assert {NO_PROBE, *(mechanism.value for mechanism in Mechanism)} <= set(conditions)
    numbers = {len(condition.usage) for condition in conditions.values()}
    assert 1 == len(numbers)
    assert min(numbers) >= 3


def test_exec_costs_most() -> None:
    """As article 3 found: exec costs far more than all others, which hardly differ."""
    costs = {mechanism: measured_figures()[mechanism].whole for mechanism in Mechanism}
    others = [cost for mechanism, cost in costs.items() if mechanism is not Mechanism.EXEC]
    assert costs[Mechanism.EXEC] > 10 * max(others)
    assert min(others) > 0


@pytest.mark.parametrize("mechanism", Mechanism)
def test_only_exec_needs_the_runtime(mechanism: Mechanism) -> None:
    """All other probes are performed by the kubelet itself."""
    cost = measured_figures()[mechanism]
    assert (cost.runtime > 10 * cost.kubelet) == (mechanism is Mechanism.EXEC)
    assert min(cost.kubelet, cost.containers) > 0


@pytest.mark.parametrize("name", checks(load_measurement()))
def test_the_model_holds_where_it_was_not_made(name: str) -> None:
    """At another rate, and with two mechanisms, `probes cost` differs from the measurement by a fifth at most."""
    measurement = load_measurement()
    measured = median(cost.whole for cost in measurement.additional(name))
    assert pytest.approx(measured, rel=0.2) == predicted(measurement, name)


def test_a_measurement_can_be_written_and_read() -> None:
    """Nothing is lost on the way to the file and back."""
    measurement = load_measurement()
    assert measurement == read_measurement(measurement.as_dict())


@pytest.mark.parametrize("name", diagrams())
def test_the_picture_is_current(name: str) -> None:
    """The diagram on the page is current, and valid XML."""
    drawn = diagrams()[name]
    assert drawn == (FOLDER / name).read_text(encoding="utf-8")
    assert name in re.findall(r"!\[[^]]*\]\(([^)]*)\)", PAGE.read_text(encoding="utf-8"))
    root = ET.fromstring(drawn)  # noqa: S314 - made here
    words = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {mechanism.value for mechanism in Mechanism} <= words


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.004, "0"),
        (0.04, "0.04"),
        (0.33, "0.3"),
        (1, "1"),
        (1.25, "1.2"),
        (9.96, "10"),
        (18.4, "18"),
        (1204.0, "1204"),
    ],
)
def test_costs_in_words(number: float, text: str) -> None:
    """Two significant digits, since the figures are not more precise."""
    assert f"{text}m" == format_cpu(number)
    assert f"{text} ms" == format_milliseconds(number)
