"""Reads metrics as files hold them, and says where a mistake is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.insights.fact_columns import FACT_COLUMNS, FACTS, kind_of
from zhiyin.insights.metric_kinds import (
    DIRECTIONS,
    FOLDER,
    SHIPPED,
    UNITS,
    FactFilter,
    Measure,
    Metrics,
    Ratio,
    check_circles,
    no_metric,
)
from zhiyin.profiles.api import Definition, read_comparisons, read_definitions

HOW = ("count", "sum", "distinct")
KEYS = (
    "title", "description", "measure", "numerator", "denominator", "unit", "good", "owner",
    "version",
)  # fmt: skip
NAME = re.compile(r"[a-z][a-z0-9_]{1,59}")
# A day is told apart, and nothing is compared with it: periods say which days count.
KINDS = {"number": "number", "text": "text", "truth": "boolean"}


def read_dictionary(written: Mapping[str, Any]) -> dict[str, Measure | Ratio]:
    """Return the metrics that a mapping in the layout of the shipped `metrics.yaml` defines."""
    found: dict[str, Measure | Ratio] = {}
    for name, body in {**written["measures"], **written["ratios"]}.items():
        found[name] = read_metric(name, body, origin=SHIPPED)
    check_together(found)
    return found


def read_own(folder: Path, shipped: Metrics) -> dict[str, Measure | Ratio]:
    """Return the shipped metrics and those of a folder's files, one per file."""
    found = dict(shipped)
    for definition in read_definitions(folder, KEYS):
        name, origin = definition.name, f"{FOLDER}/{definition.path.name}"
        if name in shipped:
            raise InvalidInput(
                f"{origin}: the name {name!r} is taken by a metric that ships with the product; "
                "choose another."
            )
        found[name] = read_metric(name, with_texts(definition), origin=origin)
    check_together(found)
    return found


def with_texts(definition: Definition) -> dict[str, Any]:
    """Return a definition's keys with title and description in both languages."""
    body = {key: value for key, value in definition.body.items() if key != "name"}
    return body | {key: definition.text(key) for key in ("title", "description")}


def check_together(found: Metrics) -> None:
    """Raise where a part of a ratio is no metric, or a metric is made of itself."""
    for one in found.values():
        for part in one.parts if isinstance(one, Ratio) else ():
            if part not in found:
                raise InvalidInput(f"{one.origin}: {one.name}: {no_metric(part, found)}")
    check_circles(found)


def read_metric(name: str, body: Mapping[str, Any], *, origin: str) -> Measure | Ratio:
    """Return one metric; `InvalidInput` names file and key of what is wrong."""
    where = f"{origin}: {name}"
    if not NAME.fullmatch(name):
        raise InvalidInput(
            f"{where}: a metric's name has small letters, digits and _, begins with a letter and "
            "is 2 to 60 long."
        )
    shared = head(body, where) | {"name": name, "origin": origin}
    has_sides = "numerator" in body or "denominator" in body
    if ("measure" in body) == has_sides:
        raise InvalidInput(
            f"{where} needs either measure, or numerator and denominator, and not both."
        )
    if not has_sides:
        return Measure(**shared, **measure(body["measure"], f"{where}.measure"))
    sides = {key: side(body.get(key), f"{where}.{key}") for key in ("numerator", "denominator")}
    return Ratio(**shared, **sides)


def head(body: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return what every metric has beside its formula."""
    unit, good = body.get("unit"), body.get("good", "neither")
    if unit not in UNITS:
        raise not_allowed(f"{where}.unit", unit, UNITS)
    if good not in DIRECTIONS:
        raise not_allowed(f"{where}.good", good, DIRECTIONS)
    version = body.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InvalidInput(f"{where}.version must be a whole number from 1 on, not {version!r}.")
    return {
        "title": body["title"],
        "description": body["description"],
        "unit": unit,
        "good": good,
        "owner": str(body.get("owner") or ""),
        "version": version,
    }


def measure(written: Any, where: str) -> dict[str, Any]:
    """Return fact, how, column and filters of a measure."""
    if not isinstance(written, Mapping):
        raise InvalidInput(
            f"{where} is a mapping such as {{fact: orders, sum: amount}}, not {written!r}."
        )
    fact = written.get("fact")
    if fact not in FACTS:
        raise not_allowed(f"{where}.fact", fact, FACTS)
    for key in written:
        if key not in ("fact", "where", *HOW):
            raise not_allowed(f"A key of {where}", key, ("fact", *HOW, "where"))
    chosen = [key for key in HOW if key in written]
    if len(chosen) != 1:
        raise InvalidInput(
            f"{where} needs exactly one of {', '.join(HOW)}; "
            "an average is a ratio of a sum and a count."
        )
    how = chosen[0]
    column = None if how == "count" else column_of(fact, written[how], f"{where}.{how}")
    if how == "sum" and column and kind_of(fact, column) != "number":
        numbers = [name for name in FACT_COLUMNS[fact] if kind_of(fact, name) == "number"]
        raise not_allowed(f"{where}.sum", column, numbers or ["nothing of this fact"])
    if how == "count" and written["count"] is not True:
        raise InvalidInput(f"{where}.count must be true, not {written['count']!r}.")
    return {"fact": fact, "how": how, "column": column, "where": filters(fact, written, where)}


def filters(fact: str, written: Mapping[str, Any], where: str) -> tuple[FactFilter, ...]:
    """Return the filters of a measure; the bare name of a truth column means that it is true."""
    asked = written.get("where", [])
    if isinstance(asked, str | Mapping):
        asked = [asked]
    if not isinstance(asked, list):
        raise InvalidInput(
            f"{where}.where is a list of filters such as {{column: channel, equals: app}}, "
            f"not {asked!r}."
        )
    return tuple(one_filter(fact, one, f"{where}.where[{n}]") for n, one in enumerate(asked))


def one_filter(fact: str, written: Any, where: str) -> FactFilter:
    """Return one filter."""
    if isinstance(written, str):
        written = {"column": written, "equals": True}
    if not isinstance(written, Mapping) or "column" not in written:
        raise InvalidInput(
            f"{where} is a filter such as {{column: channel, equals: app}}, not {written!r}."
        )
    column = column_of(fact, written["column"], f"{where}.column")
    kind = KINDS.get(kind_of(fact, column))
    if kind is None:
        raise InvalidInput(f"{where}: {column} cannot be filtered by; the period says which days.")
    found = read_comparisons(dict(written), "column", where, kind=kind)
    if not found:
        raise InvalidInput(f"{where}: say what {column} is compared with, such as equals.")
    return FactFilter(column=column, comparisons=found)


def column_of(fact: str, column: Any, where: str) -> str:
    """Return a column of a fact."""
    if column not in FACT_COLUMNS[fact]:
        raise not_allowed(where, column, FACT_COLUMNS[fact], then=f"These are those of {fact}.")
    return str(column)


def side(written: Any, where: str) -> dict[str, float]:
    """Return one side of a ratio: metrics and their factors."""
    if isinstance(written, str):
        written = {written: 1}
    if not isinstance(written, Mapping) or not written:
        raise InvalidInput(
            f"{where} is a metric's name, or a mapping of names to factors such as "
            f"{{revenue: 1, refunded: -1}}, not {written!r}."
        )
    for name, factor in written.items():
        is_number = isinstance(factor, int | float) and not isinstance(factor, bool)
        if not is_number or not math.isfinite(factor) or factor == 0:
            raise InvalidInput(f"{where}.{name} must be a number other than 0, not {factor!r}.")
    return {str(name): factor for name, factor in written.items()}
