"""Reads what statistics and preferences count, as files hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.profiles.condition_values import comparisons, number
from zhiyin.profiles.conditions import Comparison
from zhiyin.profiles.definitions import Definition
from zhiyin.profiles.tagging.definitions import Asked, Band, Evidence, Preference, Statistic
from zhiyin.profiles.tagging.facts import (
    FACTS,
    NUMBER_TAKES,
    TAKES,
    WITHOUT_COLUMN,
    columns_of,
)

ASKED_KEYS = ("of", "where", "within_days")
STATISTIC_KEYS = (*ASKED_KEYS, "take", "column", "percentile", "least_facts", "bands")
PREFERENCE_KEYS = (
    "by", "evidence", "half_life_days", "within_days", "top", "least_share", "least_facts",
)  # fmt: skip
EVIDENCE_KEYS = (*ASKED_KEYS, "weight", "times")
MOST_KEPT = 20


def read_statistic(definition: Definition, bands: tuple[Band, ...]) -> Statistic:
    """Return the `statistic` part of a tag's file."""
    path = f"{definition.path.name}: statistic"
    written = mapping(definition.body["statistic"], STATISTIC_KEYS, path)
    asked = read_asked(written, path)
    take = written.get("take")
    if take not in TAKES:
        raise not_allowed(f"{path}.take", take, TAKES)
    column = read_taken(written, asked.of, take, path)
    if take == "trend" and asked.within_days is None:
        raise InvalidInput(f"{path}: trend compares the two halves of a window; give within_days.")
    if bands and columns_of(asked.of).get(column or "") == "text" and take not in COUNTING:
        raise InvalidInput(f"{path}.bands need a number, and {take} of {column} is a text.")
    return Statistic(
        asked=asked,
        take=take,
        column=column,
        percentile=read_percentile(written, take, path),
        least_facts=whole(written.get("least_facts", 1), f"{path}.least_facts"),
        bands=bands,
    )


COUNTING = ("count", "unique", "trend", "days_since")


def read_taken(written: Mapping[str, Any], of: str, take: str, path: str) -> str | None:
    """Return the column that a statistic is about."""
    column = written.get("column")
    if take in WITHOUT_COLUMN or (take == "trend" and column is None):
        if column is not None:
            raise InvalidInput(f"{path}.column: {take} takes no column; leave it out.")
        return None
    known = columns_of(of)
    if column not in known:
        raise not_allowed(f"{path}.column", column, known)
    if take in (*NUMBER_TAKES, "trend") and known[column] != "number":
        raise InvalidInput(
            f"{path}.column: {take} needs a number, and {column} is a {known[column]}."
        )
    return column


def read_percentile(written: Mapping[str, Any], take: str, path: str) -> float | None:
    """Return the percentile as a share of 1, where one is asked for."""
    if take != "percentile":
        if "percentile" in written:
            raise InvalidInput(f"{path}.percentile: goes with take: percentile, not with {take}.")
        return None
    share = number(written.get("percentile", 0.5), f"{path}.percentile")
    if not 0 <= share <= 1:
        raise InvalidInput(f"{path}.percentile: must lie between 0 and 1, not {share!r}.")
    return float(share)


def read_preference(definition: Definition) -> Preference:
    """Return the `preference` part of a tag's file."""
    path = f"{definition.path.name}: preference"
    written = mapping(definition.body["preference"], PREFERENCE_KEYS, path)
    listed = written.get("evidence")
    if not isinstance(listed, list) or not listed:
        raise InvalidInput(f"{path}.evidence: needs a list such as [{{of: order_lines}}].")
    within = written.get("within_days")
    evidence = tuple(
        read_evidence(one, str(written.get("by")), within, f"{path}.evidence[{place}]")
        for place, one in enumerate(listed)
    )
    half_life = written.get("half_life_days")
    share = number(written.get("least_share", 0), f"{path}.least_share")
    if not 0 <= share <= 1:
        raise InvalidInput(f"{path}.least_share: must lie between 0 and 1, not {share!r}.")
    top = whole(written.get("top", 3), f"{path}.top")
    if top > MOST_KEPT:
        raise InvalidInput(f"{path}.top: {MOST_KEPT} values are kept at most, not {top}.")
    return Preference(
        by=str(written["by"]),
        evidence=evidence,
        half_life_days=None if half_life is None else days(half_life, f"{path}.half_life_days"),
        top=top,
        least_share=float(share),
        least_facts=whole(written.get("least_facts", 1), f"{path}.least_facts"),
    )


def read_evidence(written: Any, by: str, within: Any, path: str) -> Evidence:
    """Return one kind of facts that speak for a value."""
    written = mapping(written, EVIDENCE_KEYS, path)
    if within is not None:
        written = {"within_days": within, **written}
    asked = read_asked(written, path)
    known = columns_of(asked.of)
    if known.get(by) != "text":
        texts = [name for name, kind in known.items() if kind == "text"]
        raise not_allowed(f"{path}: by, for {asked.of},", by, texts)
    weight = number(written.get("weight", 1), f"{path}.weight")
    if weight <= 0:
        raise InvalidInput(f"{path}.weight: must be above 0, not {weight!r}.")
    times = written.get("times")
    if times is not None and known.get(times) != "number":
        numbers = [name for name, kind in known.items() if kind == "number"]
        raise not_allowed(f"{path}.times", times, numbers)
    return Evidence(asked, float(weight), times)


def read_asked(written: Mapping[str, Any], path: str) -> Asked:
    """Return which facts count."""
    of = written.get("of")
    if of not in FACTS:
        raise not_allowed(f"{path}.of", of, FACTS)
    within = written.get("within_days")
    filters = written.get("where", {})
    if not isinstance(filters, Mapping):
        raise InvalidInput(
            f"{path}.where: is a mapping such as {{event: Product Viewed}}, not {filters!r}."
        )
    return Asked(
        of=of,
        filters=tuple(
            (name, read_filter(value, of, name, f"{path}.where")) for name, value in filters.items()
        ),
        within_days=None if within is None else days(within, f"{path}.within_days"),
    )


def read_filter(written: Any, of: str, column: str, path: str) -> tuple[Comparison, ...]:
    """Return what a column must pass: a value, a list of values, or operators and values."""
    known = columns_of(of)
    if column not in known:
        raise not_allowed(f"{path}: a column of {of}", column, known)
    if isinstance(written, list):
        written = {"one_of": written}
    elif not isinstance(written, Mapping):
        written = {"equals": written}
    asked = {"column": column, **written}
    found = comparisons(asked, "column", f"{path}.{column}", kind=known[column])
    if not found:
        raise InvalidInput(f"{path}.{column}: needs a value to compare with.")
    return found


def filters_to_dict(asked: Asked) -> dict[str, Any]:
    """Return the filters as a file holds them."""
    return {
        name: {one.operator: list(one.value) if isinstance(one.value, tuple) else one.value
               for one in comparisons}
        for name, comparisons in asked.filters
    }  # fmt: skip


def mapping(written: Any, allowed: tuple[str, ...], path: str) -> dict[str, Any]:
    """Return a mapping that has no other keys than those allowed."""
    if not isinstance(written, Mapping):
        raise InvalidInput(f"{path}: is a mapping with {', '.join(allowed)}, not {written!r}.")
    for key in written:
        if key not in allowed:
            raise not_allowed(f"{path}: a key", key, allowed)
    return dict(written)


def whole(value: Any, path: str) -> int:
    """Return a whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInput(f"{path}: must be a whole number from 1 on, not {value!r}.")
    return value


def days(value: Any, path: str) -> float:
    """Return a number of days above 0."""
    found = number(value, path)
    if found <= 0:
        raise InvalidInput(f"{path}: must be a number of days above 0, not {value!r}.")
    return float(found)
