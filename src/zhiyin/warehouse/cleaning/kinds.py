"""The kinds of cleaning rules, and which options each takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zhiyin.warehouse.cleaning.formulas import check_formula
from zhiyin.warehouse.cleaning.rules import POLICIES

Check = Callable[[Any], bool]
REQUIRED = object()


@dataclass(frozen=True)
class Option:
    """One option of a kind: its value if left out, what it may be, and that in words."""

    default: Any
    check: Check
    allowed: str


@dataclass(frozen=True)
class Kind:
    """A kind of rule: its options, and which types of columns it is for (none: whole rows)."""

    options: Mapping[str, Option]
    types: tuple[str, ...] = ()


def choice(default: Any, *words: str) -> Option:
    """Return an option that is one of some words."""
    return Option(default, lambda value: value in words, ", ".join(words))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_code_map(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    words = [word for listed in value.values() for word in (listed or [])]
    return all(_is_scalar(word) for word in [*value, *words])


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_bound(value: Any) -> bool:
    return _is_number(value) or bool(
        _is_text(value)
        and re.fullmatch(r"now|(now )?[+-]\d+ (days?|years?)|\d{4}-\d{2}-\d{2}", value)
    )


def _is_formula(value: Any) -> bool:
    return _is_text(value) and check_formula(value)


TEXT = Option(None, _is_text, "a text")
OTHERWISE = choice("empty", *POLICIES)
YES = Option(True, lambda value: isinstance(value, bool), "true or false")
NO = Option(False, lambda value: isinstance(value, bool), "true or false")
BOUND = Option(
    None, _is_bound, "a number, a date as YYYY-MM-DD, now, or such as now +1 day, now -120 years"
)
PLACE = Option(None, _is_text, "a column, or a member of a JSON column such as attributes.price")
SHAPES = ("email", "phone", "date", "number", "name")

KINDS: Mapping[str, Kind] = {
    "text": Kind(
        {
            "width": choice("letters", "letters", "all", "keep"),
            "spaces": choice("single", "single", "none", "keep"),
            "case": choice("keep", "lower", "upper", "keep"),
            "empty": Option([], _are_texts, "a list of texts"),
            "encoding": choice("keep", "mend", "keep"),
            "otherwise": OTHERWISE,
        },
        ("string",),
    ),
    "phone": Kind(
        {
            "region": Option("workspace", _is_text, "workspace or a country code such as CN"),
            "country": PLACE,
            "otherwise": OTHERWISE,
        },
        ("string",),
    ),
    "email": Kind(
        {"domains": Option([], _are_texts, "a list of domains"), "otherwise": OTHERWISE},
        ("string",),
    ),
    "date": Kind(
        {
            "from": PLACE,
            "order": choice("none", "ymd", "dmy", "mdy", "none"),
            "timezone": Option("workspace", _is_text, "workspace or a zone such as Asia/Shanghai"),
            "otherwise": OTHERWISE,
        },
        ("date", "timestamp"),
    ),
    "number": Kind(
        {
            "from": PLACE,
            "unit": TEXT,
            "decimal": choice(".", ".", ","),
            "otherwise": OTHERWISE,
        },
        ("decimal", "int64", "float64"),
    ),
    "codes": Kind(
        {
            "list": choice(None, "gender", "country", "channel"),
            "from": PLACE,
            "map": Option({}, _is_code_map, "code: [words]"),
            "otherwise": Option("keep", _is_text, f"{', '.join(POLICIES)} or a code"),
        },
        ("string",),
    ),
    "range": Kind(
        {
            "at_least": BOUND,
            "above": BOUND,
            "at_most": BOUND,
            "below": BOUND,
            "otherwise": OTHERWISE,
        },
        ("date", "timestamp", "decimal", "int64", "float64"),
    ),
    "unit": Kind(
        {
            "group": PLACE,
            "factors": Option(
                [100, 1000, 10000],
                lambda value: isinstance(value, list) and all(map(_is_number, value)),
                "a list of numbers",
            ),
            "at_least_rows": Option(8, _is_number, "a number"),
        },
        ("decimal", "float64"),
    ),
    "outlier": Kind(
        {
            "group": PLACE,
            "scale": choice("log", "log", "plain"),
            "deviations": Option(8, _is_number, "a number"),
            "at_least_rows": Option(8, _is_number, "a number"),
            "otherwise": choice("flag", *POLICIES),
        },
        ("decimal", "int64", "float64"),
    ),
    "calculate": Kind(
        {
            "formula": Option(REQUIRED, _is_formula, "columns, numbers, + - * and brackets"),
            "if_changed": Option([], _are_texts, "a list of columns"),
        },
        ("decimal",),
    ),
    "swap": Kind(
        {
            "shapes": Option(
                REQUIRED,
                lambda value: (
                    isinstance(value, list)
                    and len(value) == 2
                    and all(shape in SHAPES for shape in value)
                ),
                f"two of {', '.join(SHAPES)}, one per column",
            )
        },
        ("string",),
    ),
    "fill": Kind(
        {
            "value": Option(None, _is_scalar, "a text or a number"),
            "median_of": PLACE,
            "most_used_of": PLACE,
            "from": PLACE,
        },
        ("string", "date", "timestamp", "decimal", "int64", "float64"),
    ),
    "duplicates": Kind(
        {
            "same": Option(REQUIRED, _are_texts, "a list of columns"),
            "within": Option(0, _is_number, "a number of seconds"),
            "by": PLACE,
        }
    ),
    "reject": Kind({}),
}
