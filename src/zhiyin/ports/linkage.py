"""The port to probabilistic record linkage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Comparison:
    """How one field of two records is compared.

    Attributes
    ----------
    column
        Column of the records.
    kind
        exact | name | chinese_name | date | email | phone | postcode | text; says which levels of
        agreement there are between equal and different.
    has_frequencies
        Whether agreement on a rare value counts for more than on a common one.
    """

    column: str
    kind: str
    has_frequencies: bool = False


@dataclass(frozen=True)
class LinkagePlan:
    """What to compare, and which pairs are looked at at all.

    Attributes
    ----------
    blocking
        Each rule names columns; a pair is looked at if it agrees on all columns of some rule.
    training
        Rules under which match probabilities are estimated by expectation maximization; between
        them every comparison must be left free at least once.
    between_sources
        Look only at pairs of different `source_id`.
    keep_at_least
        Pairs below this probability are not returned.
    """

    comparisons: tuple[Comparison, ...]
    blocking: tuple[tuple[str, ...], ...]
    training: tuple[tuple[str, ...], ...]
    between_sources: bool = False
    keep_at_least: float = 0.01
    seed: int = 1


@dataclass(frozen=True)
class LinkageResult:
    """Scored pairs, and the model that scored them.

    `pairs`: left_id, right_id, probability, match_weight (bit), comparison (JSON: column -> level
    and weight). `model` can be given to `score` again; `report` holds counts and parameters for
    people to read.
    """

    pairs: pa.Table
    model: Mapping[str, Any]
    report: Mapping[str, Any] = field(default_factory=dict)


class Linker(Protocol):
    """Estimates which records are about the same person (Fellegi and Sunter, 1969).

    Records are an Arrow table with `record_id` (unique, not null), `source_id`, and the plan's
    columns as text, null where unknown. Fewer than two records, or no pair that a blocking rule
    admits, give no pairs and no error. Equal records and plan give equal results.
    """

    def link(self, records: pa.Table, plan: LinkagePlan) -> LinkageResult:
        """Train on the records themselves and score their pairs; no labels are needed."""
        ...

    def score(
        self, records: pa.Table, plan: LinkagePlan, model: Mapping[str, Any]
    ) -> LinkageResult:
        """Score pairs by a model that was trained before."""
        ...

    def missing(self, plan: LinkagePlan, columns: Sequence[str]) -> list[str]:
        """Return the plan's columns that records do not have."""
        ...
