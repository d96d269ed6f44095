"""What a pack's author says about all of its policies in Python, and what a configuration file says about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_probes.codec.kinds import Kinds, PodPath
from pulumi_probes.rules import EXCLUDE, read_configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Choices that hold for every policy of a pack.

    Attributes:
        exclude: patterns of resources that no policy looks at, see `pulumi_probes.rules.is_excluded`.
        allow_waivers: whether an annotation on a workload can waive a finding.
        strict: whether a fault inside a rule fails the deployment instead of being reported.
        kinds: where custom resources that no table knows hold pod specifications.
    """

    exclude: tuple[str, ...] = ()
    allow_waivers: bool = True
    strict: bool = False
    kinds: Kinds = field(default_factory=dict[tuple[str, str], tuple[PodPath, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration of one policy, read.

    Attributes:
        values: its parameters, without `exclude`; what is not configured is absent.
        exclude: patterns of resources that it leaves alone.
        mistakes: what is wrong with the configuration, a sentence each.
    """

    values: Mapping[str, Any]
    exclude: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()


def read_settings(parameters: Mapping[str, Any], given: Mapping[str, Any]) -> Settings:
    """Read the configuration of one policy.

    Args:
        parameters: the default of each of its parameters.
        given: the section of the configuration file, without the level.
    """
    values, mistakes = read_configuration(parameters, given)
    exclude: tuple[str, ...] = values.pop(EXCLUDE, ())
    return Settings(values=values, exclude=exclude, mistakes=tuple(mistakes))
