"""Tag definitions as data: who has a tag, and which value it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zhiyin.profiles.conditions import Comparison, Condition, Everyone

# `behaviour` and `scene` are read too; see `reading.FAMILY_SPELLINGS`.
FAMILIES = ("basic", "behavior", "preference", "value", "need")
KINDS = ("rule", "statistic", "preference", "model", "manual", "imported")


@dataclass(frozen=True)
class Band:
    """A name for numbers below a bound; the last band has none."""

    name: str
    below: float | None


@dataclass(frozen=True)
class TagValue:
    """Where a tag's value comes from: a column of `dm.customers`, in bands where it is a number."""

    attribute: str
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Which facts count: their kind, what their columns must pass, and how far back.

    `within_days` counts whole times of 24 hours back from the instant of the run; None is all the
    past.
    """

    of: str
    filters: tuple[tuple[str, tuple[Comparison, ...]], ...] = ()
    within_days: float | None = None


@dataclass(frozen=True)
class Statistic:
    """A figure over a person's facts.

    Parameters
    ----------
    take : one of `facts.TAKES`.
    column : what is summed, counted differently, taken first; None for count.
    percentile : between 0 and 1, for percentile.
    least_facts : who has fewer facts has no such tag.
    """

    asked: Asked
    take: str
    column: str | None = None
    percentile: float | None = None
    least_facts: int = 1
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Facts that speak for a value: each with a weight, times a column where one is named."""

    asked: Asked
    weight: float = 1.0
    times: str | None = None


@dataclass(frozen=True)
class Preference:
    """The values that a person's facts speak for, recent ones louder.

    A fact that is `half_life_days` old counts half; None lets nothing decay. A person's weights
    sum to 1 over all values; the `top` strongest are kept, and the tag itself has the strongest if
    its share reaches `least_share` and `least_facts` facts speak for any value.
    """

    by: str
    evidence: tuple[Evidence, ...]
    half_life_days: float | None = None
    top: int = 3
    least_share: float = 0.0
    least_facts: int = 1


@dataclass(frozen=True)
class ModelScore:
    """A model's newest score of the person, in bands."""

    score: str
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Given:
    """A tag that people set or files bring; `values` are those allowed, empty for a plain tag.

    `is_open` allows any value.
    """

    values: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(frozen=True)
class TagDefinition:
    """A tag as its file defines it: who has it, and which value it has.

    A person has a rule tag when `where` holds and, for a tag with a `value`, when the value is
    known. The other kinds have `source`, and `where` is everyone.
    """

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    family: str
    where: Condition = field(default_factory=Everyone)
    value: TagValue | None = None
    kind: str = "rule"
    source: Statistic | Preference | ModelScore | Given | None = None
    owner: str = ""
    unit: str = ""
    valid_days: float | None = None
    version: int = 1
    digest: str = ""
