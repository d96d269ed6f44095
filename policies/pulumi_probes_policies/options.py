"""The options of a pack, set in Python, and the settings of each policy, set in a configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from pulumi_probes.codec.kinds import Kinds, PodPath
from pulumi_probes.rules import EXCLUDE, read_configuration


class Options(Struct, frozen=True, kw_only=True):
    """Options for all policies of a pack.

    Attributes:
        exclude: patterns of resources that all policies skip, see `pulumi_probes.rules.is_excluded`.
        allow_waivers: whether annotations can waive findings.
        strict: whether an internal error of a rule fails the deployment instead of only being reported.
        kinds: the paths of pod specifications in custom resources of otherwise unknown kinds.
    """

    exclude: tuple[str, ...] = ()
    allow_waivers: bool = True
    strict: bool = False
    kinds: Kinds = field(default_factory=dict[tuple[str, str], tuple[PodPath, ...]])


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one policy.

    Attributes:
        values: the configured parameters, without `exclude`.
        exclude: patterns of resources that the policy skips.
        mistakes: mistakes in the configuration, one sentence each.
    """

    values: Mapping[str, Any]
    exclude: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()


def read_settings(parameters: Mapping[str, Any], given: Mapping[str, Any]) -> Settings:
    """Read the settings of one policy.

    Args:
        parameters: the defaults of its parameters.
        given: the section of the configuration file, without the level.
    """
    values, mistakes = read_configuration(parameters, given)
    exclude: tuple[str, ...] = values.pop(EXCLUDE, ())
    return Settings(values=values, exclude=exclude, mistakes=tuple(mistakes))
