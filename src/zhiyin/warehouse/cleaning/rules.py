"""What cleaning rules say: which column, what is done, what becomes of what cannot be mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from zhiyin.collect import tables as ods
from zhiyin.core.ids import joined_digest
from zhiyin.ports.tables import TableSpec

# Raw tables that builds of facts read, by the name that a rule file uses.
TABLES: Mapping[str, TableSpec] = {
    spec.table: spec
    for spec in (
        ods.CUSTOMERS,
        ods.ORDER_LINES,
        ods.PRODUCTS,
        ods.REFUNDS,
        ods.EVENTS,
        ods.CAMPAIGNS,
        ods.TOUCHES,
        ods.COSTS,
    )
}

# What becomes of a value that a rule can make nothing of.
POLICIES = ("empty", "keep", "flag", "reject")


@dataclass(frozen=True)
class Test:
    """One comparison of a column, or of a member of a JSON column, with a constant."""

    place: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Rule:
    """One rule over some columns of a raw table, or over its rows where it names none.

    Attributes
    ----------
    kind
        The word of the rule file, such as `phone`.
    options
        What the rule file says below that word, defaults filled in.
    when
        All must hold for a row to be looked at.
    """

    name: str
    kind: str
    columns: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    when: tuple[Test, ...] = ()


@dataclass(frozen=True)
class TableRules:
    """The rules of one raw table, in the order in which they apply."""

    spec: TableSpec
    rules: tuple[Rule, ...] = ()

    @property
    def is_rejecting(self) -> bool:
        """Whether any rule may keep a row out of DW."""
        return any(
            rule.kind in ("reject", "duplicates") or rule.options.get("otherwise") == "reject"
            for rule in self.rules
        )

    @property
    def is_by_row(self) -> bool:
        """Whether every row is judged by itself, whatever other rows there are."""
        return not any(
            rule.kind in ("outlier", "unit", "duplicates")
            or rule.options.get("median_of")
            or rule.options.get("most_used_of")
            for rule in self.rules
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that a rule may change."""
        return tuple(dict.fromkeys(c for rule in self.rules for c in rule.columns))

    @property
    def filled_columns(self) -> tuple[str, ...]:
        """Columns that a rule may fill."""
        named = [c for rule in self.rules if rule.kind == "fill" for c in rule.columns]
        return tuple(dict.fromkeys(named))

    @cached_property
    def digest(self) -> str:
        """A digest of what the rules say."""
        return joined_digest([self.spec.name, *(repr(rule) for rule in self.rules)])


@dataclass(frozen=True)
class RuleBook:
    """All cleaning rules of a workspace, by raw table."""

    tables: Mapping[str, TableRules] = field(default_factory=dict)

    def of(self, spec: TableSpec) -> TableRules:
        """Return the rules of a raw table; none where no file speaks of it."""
        return self.tables.get(spec.name) or TableRules(spec)

    @property
    def ruled(self) -> tuple[TableRules, ...]:
        """The tables that have rules, by name."""
        return tuple(self.tables[name] for name in sorted(self.tables) if self.tables[name].rules)

    @property
    def digest(self) -> str:
        """A digest of what all rules say."""
        return joined_digest(rules.digest for rules in self.ruled)
