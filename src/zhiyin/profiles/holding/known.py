"""What conditions ask of a person beside what the person did."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Known:
    """A person's attributes and what nobody works out event by event.

    Attributes
    ----------
    person_id : the person.
    attributes : columns of `dm.customers` by name: texts, numbers, booleans, naive UTC instants
        (a date is its first instant); what is absent is unknown.
    tags : value and weight of each tag that is not among the program's trees.
    scores : the newest score of each model.
    listed : audiences without a tree that the person is in.
    """

    person_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, tuple[str | None, float | None]] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    listed: Collection[str] = ()
