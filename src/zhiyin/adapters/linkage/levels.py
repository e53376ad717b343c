"""The levels of agreement of each kind of comparison, from equal to different.

Each is a condition in DuckDB's dialect over the two values; a pair is on the first level whose
condition holds. Thresholds of similarity are those that the literature on names uses (Winkler,
1990; Christen, 2012), not ones fitted to any data set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhiyin.ports.linkage import Comparison

EQUAL = "equal"
UNKNOWN = "unknown"
OTHER = "different"

# (name, condition); {l} and {r} stand for the values, {al} and {ar} for the alternatives, {sl} and
# {sr} for the values of the column with which this one may be swapped.
Levels = list[tuple[str, str]]

ALTERNATIVE = ("equal_otherwise", "{al} = {ar}")
SWAPPED = ("swapped", "{l} = {sr} AND {r} = {sl}")

NAME: Levels = [
    ("similar", "jaro_winkler_similarity({l}, {r}) >= 0.92"),
    (
        "initial",
        "least(length({l}), length({r})) = 1 AND left({l}, 1) = left({r}, 1)",
    ),
    ("alike", "jaro_winkler_similarity({l}, {r}) >= 0.8"),
]

# A Chinese name has two to four characters, so that one wrong character changes a third of it, and
# the engine's measures count bytes, of which a character has three. Romanized names are long.
CHINESE_NAME: Levels = [
    (
        "one_character",
        "CASE WHEN length({l}) <> length({r}) THEN least(length({l}), length({r})) >= 2 "
        "AND abs(length({l}) - length({r})) = 1 "
        "AND left({l}, 1) = left({r}, 1) AND right({l}, 1) = right({r}, 1) "
        "ELSE length({l}) BETWEEN 3 AND 4 AND "
        + " + ".join(
            f"CAST(substr({{l}}, {place}, 1) <> substr({{r}}, {place}, 1) AS INTEGER)"
            for place in range(1, 5)
        )
        + " = 1 END",
    ),
    (
        "similar",
        "least(length({l}), length({r})) >= 6 AND jaro_winkler_similarity({l}, {r}) >= 0.92",
    ),
    ("same_surname", "left({l}, 1) = left({r}, 1)"),
]

# Edit distances take thirty to a hundred times as long as the others, so cheaper conditions stand
# before them or in their place.
ONE_OF_EQUAL_LENGTH = (
    "CASE WHEN length({l}) = length({r}) THEN hamming({l}, {r}) = 1 ELSE FALSE END"
)

DATE: Levels = [
    (
        "day_and_month_swapped",
        "left({l}, 4) = left({r}, 4) AND substr({l}, 6, 2) = substr({r}, 9, 2) "
        "AND substr({l}, 9, 2) = substr({r}, 6, 2)",
    ),
    ("one_digit", ONE_OF_EQUAL_LENGTH),
    (
        "two_parts",
        "left({l}, 7) = left({r}, 7) OR substr({l}, 6) = substr({r}, 6) "
        "OR (left({l}, 4) = left({r}, 4) AND right({l}, 2) = right({r}, 2))",
    ),
    ("same_year", "left({l}, 4) = left({r}, 4)"),
]

EMAIL: Levels = [
    ("same_local_part", "split_part({l}, '@', 1) = split_part({r}, '@', 1)"),
    ("similar", "jaro_winkler_similarity({l}, {r}) >= 0.95"),
    (
        "similar_local_part",
        "jaro_winkler_similarity(split_part({l}, '@', 1), split_part({r}, '@', 1)) >= 0.88",
    ),
]

PHONE: Levels = [
    ("last_eight_digits", "length({l}) >= 8 AND right({l}, 8) = right({r}, 8)"),
    (
        "one_digit",
        "CASE WHEN least(length({l}), length({r})) >= 8 "
        "THEN hamming(right({l}, 8), right({r}, 8)) = 1 ELSE FALSE END",
    ),
]

POSTCODE: Levels = [
    (
        "one_character",
        "jaro_winkler_similarity({l}, {r}) >= 0.8 AND damerau_levenshtein({l}, {r}) = 1",
    ),
    ("same_area", "left({l}, 3) = left({r}, 3)"),
]

TEXT: Levels = [
    ("similar", "jaro_winkler_similarity({l}, {r}) >= 0.92"),
    (
        "contained",
        "least(length({l}), length({r})) >= 3 AND (contains({l}, {r}) OR contains({r}, {l}))",
    ),
    ("alike", "jaro_winkler_similarity({l}, {r}) >= 0.8"),
]

BETWEEN: dict[str, Levels] = {
    "exact": [],
    "name": NAME,
    "chinese_name": CHINESE_NAME,
    "date": DATE,
    "email": EMAIL,
    "phone": PHONE,
    "postcode": POSTCODE,
    "text": TEXT,
}


def level_names(comparison: Comparison) -> list[str]:
    """Return the levels of a comparison, from equal to different."""
    return [EQUAL, *(name for name, _ in _between(comparison)), OTHER]


def settings_of(comparison: Comparison, fill: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Return the comparison as Splink's settings have it.

    `fill(level)` returns the parameters of a level, such as its m and u probability, if they are
    known already.
    """
    names = _placeholders(comparison)
    frequencies = (
        {"tf_adjustment_column": comparison.column, "tf_adjustment_weight": 1.0}
        if comparison.has_frequencies
        else {}
    )
    levels = [
        {"sql_condition": _unknown(names), "label_for_charts": UNKNOWN, "is_null_level": True},
        {
            "sql_condition": f"{names['l']} = {names['r']}",
            "label_for_charts": EQUAL,
            **frequencies,
            **fill(EQUAL),
        },
        *(
            {"sql_condition": sql.format(**names), "label_for_charts": name, **fill(name)}
            for name, sql in _between(comparison)
        ),
        {"sql_condition": "ELSE", "label_for_charts": OTHER, **fill(OTHER)},
    ]
    return {"output_column_name": comparison.column, "comparison_levels": levels}


def level_case(comparison: Comparison) -> str:
    """Return SQL for the name of the level that a pair of records `l` and `r` is on."""
    names = _placeholders(comparison, of_records=True)
    equal = (EQUAL, f"{names['l']} = {names['r']}")
    cases = [(UNKNOWN, _unknown(names)), equal, *_between(comparison)]
    whens = " ".join(f"WHEN {sql.format(**names)} THEN '{name}'" for name, sql in cases)
    return f"CASE {whens} ELSE '{OTHER}' END"


def _unknown(names: dict[str, str]) -> str:
    return f"{names['l']} IS NULL OR {names['r']} IS NULL"


def _between(comparison: Comparison) -> Levels:
    alternative = [ALTERNATIVE] if comparison.alternative else []
    swapped = [SWAPPED] if comparison.swapped_with else []
    return [*alternative, *swapped, *BETWEEN[comparison.kind]]


def _placeholders(comparison: Comparison, *, of_records: bool = False) -> dict[str, str]:
    columns = {"": comparison.column, "a": comparison.alternative, "s": comparison.swapped_with}
    return {
        prefix + side: (f"{side}.{quoted(column)}" if of_records else quoted(f"{column}_{side}"))
        for prefix, column in columns.items()
        if column is not None
        for side in ("l", "r")
    }


def quoted(name: str) -> str:
    """Return a column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
