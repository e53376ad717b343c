"""The port to probabilistic record linkage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from zhiyin.core.errors import InvalidInput, not_allowed

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("exact", "name", "chinese_name", "date", "email", "phone", "postcode", "text")


@dataclass(frozen=True)
class Comparison:
    """How one field of two records is compared.

    Attributes
    ----------
    column
        Column of the records.
    kind
        One of `KINDS`; says which levels of agreement there are between equal and different.
        Dates are text such as 1980-05-17.
    has_frequencies
        Whether agreement on a rare value counts for more than on a common one. Not for values
        that hardly anybody shares, such as e-mail addresses.
    alternative
        A column with the same value told in another way, such as the sound of a name or the name
        behind a nickname. Agreement on it is the level below equality.
    swapped_with
        A column whose value may have been entered in this one's place and the other way round,
        such as the surname for the given name.
    """

    column: str
    kind: str
    has_frequencies: bool = False
    alternative: str | None = None
    swapped_with: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the comparison looks at."""
        named = (self.column, self.alternative, self.swapped_with)
        return tuple(name for name in named if name is not None)


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
    pairs_per_record
        A rule admits at most so many pairs a record on average. Where values are so common that it
        would admit more, the most common ones are left out: a phone number that a thousand share
        says little and makes half a million pairs. Small data sets are not limited.
    """

    comparisons: tuple[Comparison, ...]
    blocking: tuple[tuple[str, ...], ...]
    training: tuple[tuple[str, ...], ...]
    between_sources: bool = False
    keep_at_least: float = 0.01
    seed: int = 1
    pairs_per_record: float = 1.5


@dataclass(frozen=True)
class LinkageResult:
    """Scored pairs, and the model that scored them.

    `pairs`: left_id, right_id, probability, match_weight (bit), comparison (JSON: column -> level
    and weight). left_id comes before right_id in text order, and so do pairs. `model` can be given
    to `score` again; `report` holds counts and parameters for people to read.
    """

    pairs: pa.Table
    model: Mapping[str, Any]
    report: Mapping[str, Any] = field(default_factory=dict)


class Linker(Protocol):
    """Estimates which records are about the same person (Fellegi and Sunter, 1969).

    Records are an Arrow table with `record_id` (unique, not null), `source_id`, and the plan's
    columns as text, null where unknown. Fewer than two records, or no pair that a blocking rule
    admits, give no pairs and no error. Equal records and plan give equal results, in whatever
    order the records come. A plan that cannot be followed raises `InvalidInput`.
    """

    def link(self, records: pa.Table, plan: LinkagePlan) -> LinkageResult:
        """Train on the records themselves and score their pairs; no labels are needed."""
        ...

    def score(
        self, records: pa.Table, plan: LinkagePlan, model: Mapping[str, Any]
    ) -> LinkageResult:
        """Score pairs by a model that was trained before, by `link` with the same comparisons."""
        ...

    def missing(self, plan: LinkagePlan, columns: Sequence[str]) -> list[str]:
        """Return the plan's columns that records do not have."""
        ...


def columns_of(plan: LinkagePlan) -> list[str]:
    """Return every column that a plan names, each once, in the order of their first mention."""
    compared = [name for comparison in plan.comparisons for name in comparison.columns]
    ruled = [name for rule in (*plan.blocking, *plan.training) for name in rule]
    return list(dict.fromkeys([*compared, *ruled]))


def refuse_unusable(plan: LinkagePlan, columns: Sequence[str]) -> None:
    """Raise `InvalidInput` with one sentence if the plan cannot be followed on these columns."""
    if not plan.comparisons:
        raise InvalidInput("The linkage plan compares nothing; name at least one column.")
    for comparison in plan.comparisons:
        if comparison.kind not in KINDS:
            raise not_allowed(f"The kind of the column {comparison.column}", comparison.kind, KINDS)
    compared = [comparison.column for comparison in plan.comparisons]
    twice = next((name for name in compared if compared.count(name) > 1), None)
    if twice:
        raise InvalidInput(f"The linkage plan compares {twice} twice; keep one of them.")
    if not plan.blocking or not all(plan.blocking):
        raise InvalidInput(
            "The linkage plan has no blocking rule, or one without a column; say on which columns "
            "two records must agree to be looked at, such as [email]."
        )
    absent = [name for name in columns_of(plan) if name not in columns]
    if absent:
        raise InvalidInput(
            f"The linkage plan names {', '.join(absent)}, which the records do not have; "
            f"they have {', '.join(columns)}."
        )
    for comparison in plan.comparisons:
        if not any(set(rule).isdisjoint(comparison.columns) for rule in plan.training if rule):
            raise InvalidInput(
                f"Every training rule of the linkage plan touches {comparison.column}, so nothing "
                "is learned about it; add a rule on other columns."
            )
