"""An error about a value that cannot be read is postponed until everything else has been checked."""

from __future__ import annotations

import pytest

from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.rules._deferral import Deferral, if_known

FIRST_UNKNOWN = UnknownValue(FieldPath(("spec", "first")))
UNKNOWN = UnknownValue(FieldPath(("spec", "second")))
FIRST_MALFORMED = MalformedValue(FieldPath(("spec", "third")), "must be a string")
MALFORMED = MalformedValue(FieldPath(("spec", "fourth")), "must be a string")


@pytest.mark.parametrize(
    ("problems", "raised"),
    [
        ([UNKNOWN], UNKNOWN),
        ([MALFORMED], MALFORMED),
        ([FIRST_UNKNOWN, UNKNOWN], FIRST_UNKNOWN),
        ([FIRST_MALFORMED, MALFORMED], FIRST_MALFORMED),
        ([MALFORMED, UNKNOWN], UNKNOWN),
        ([UNKNOWN, MALFORMED], UNKNOWN),
    ],
    ids=["unknown", "malformed", "two unknown", "two malformed", "unknown last", "unknown first"],
)
def test_the_first_error_is_raised_at_the_end_and_an_unknown_value_wins(
    problems: list[ValueNotAvailable], raised: ValueNotAvailable
) -> None:
    """An unknown value makes the rule "not evaluated"; a malformed one is already reported by a rule of its own."""
    later = Deferral()
    for problem in problems:
        with later:
            raise problem
    with pytest.raises(ValueNotAvailable) as settled:
        later.settle()
    assert raised is settled.value


def test_nothing_is_raised_if_everything_can_be_read() -> None:
    """A deferral that nothing was postponed in settles silently."""
    later = Deferral()
    with later:
        pass
    later.settle()


def test_other_exceptions_are_not_postponed() -> None:
    """A bug of a rule is raised where it occurs."""
    later = Deferral()
    with pytest.raises(KeyError), later:
        raise KeyError


def test_an_optional_detail_that_cannot_be_read_is_left_out() -> None:
    """A message is given without it."""

    def read() -> int:
        raise UNKNOWN

    assert if_known(read) is None
    assert 5 == if_known(lambda: 5)
