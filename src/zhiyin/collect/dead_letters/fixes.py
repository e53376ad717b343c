"""Fix rules: a small closed vocabulary of changes, declared in tracking/fixes.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import yaml

from zhiyin.collect.dead_letters.changes import Change, changed, check_change
from zhiyin.collect.plan.api import FIXES, Files
from zhiyin.collect.plan.reading import read_mapping
from zhiyin.core.errors import Conflict, InvalidInput


class Where(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """Which records a rule is about; what is not named does not matter."""

    reason: str | None = None
    source: str | None = None
    event: str | None = None

    def fits(self, reason: str, source: str | None, event: str | None) -> bool:
        """Return whether a record with these is meant."""
        return (
            self.reason in (None, reason)
            and self.source in (None, source)
            and self.event in (None, event)
        )


class FixRule(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """One named rule: which records, and what is changed in them, in order."""

    name: str
    where: Where
    changes: tuple[Change, ...]
    description: str = ""


@dataclass(frozen=True)
class Fixed:
    """An event after the rules that fit it: `by` names those that changed something."""

    event: dict[str, Any]
    by: tuple[str, ...]


def read_fixes(files: Files) -> list[FixRule]:
    """Return the workspace's rules in their order; none where there is no fixes.yaml.

    Raises
    ------
    InvalidInput
        The file is no YAML, a rule is not of the vocabulary, or a name is taken.
    """
    body = read_mapping(files.get(FIXES, ""), FIXES)
    rows = body.get("rules") or []
    if set(body) - {"rules"} or not isinstance(rows, list):
        raise InvalidInput(f"{FIXES}: must hold the list `rules` and nothing else.")
    rules = [read_rule(row, f"{FIXES}, rule {place}") for place, row in enumerate(rows, start=1)]
    for place, rule in enumerate(rules):
        if any(rule.name == other.name for other in rules[:place]):
            raise InvalidInput(f"{FIXES}: two rules are named {rule.name!r}; rename one.")
    return rules


def read_rule(body: Any, where: str = "the rule") -> FixRule:
    """Return one rule from its mapping, checked."""
    try:
        rule = msgspec.convert(body, FixRule)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            f"{where}: {error}; see the vocabulary in docs/tracking-plan.md."
        ) from error
    if not rule.name.strip() or not rule.changes:
        raise InvalidInput(f"{where}: needs a name and at least one change.")
    if rule.where == Where():
        raise InvalidInput(f"{where}: where must name a reason, a source or an event.")
    for change in rule.changes:
        check_change(change, f"{where} ({rule.name})")
    return rule


def rule_of_text(text: str, where: str) -> FixRule:
    """Return the rule in a YAML text."""
    return read_rule(read_mapping(text, where), where)


def with_rule(files: Files, rule: FixRule) -> dict[str, str]:
    """Return the files with one more rule; the same rule again changes nothing.

    Raises `Conflict` when another rule has its name.
    """
    rules = read_fixes(files)
    if rule in rules:
        return dict(files)
    if any(rule.name == other.name for other in rules):
        raise Conflict(
            f"Another fix rule is named {rule.name!r}; choose another name, or change that one in"
            f" tracking/{FIXES}."
        )
    body = {"rules": [rule_body(one) for one in (*rules, rule)]}
    return {**files, FIXES: yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=100)}


def rule_body(rule: FixRule) -> dict[str, Any]:
    """Return a rule as it stands in the file."""
    return msgspec.to_builtins(rule)


def fixed(event: Mapping[str, Any], rules: Sequence[FixRule], about: Mapping[str, Any]) -> Fixed:
    """Return the event with every fitting rule applied in order.

    Parameters
    ----------
    about
        The record's `reason`, `source_id` and `event`.

    Raises
    ------
    InvalidInput
        A change cannot be made, such as a cast of a text that is no number.
    """
    now = dict(event)
    by: list[str] = []
    for rule in rules:
        if rule.where.fits(about["reason"], about["source_id"], about["event"]):
            before = now
            for change in rule.changes:
                now = changed(now, change)
            if now != before:
                by.append(rule.name)
    return Fixed(now, tuple(by))
