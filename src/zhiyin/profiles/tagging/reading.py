"""Reads tag definitions as files hold them, and says what is wrong with one in a sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhiyin.core.errors import not_allowed
from zhiyin.profiles.condition_parser import parse_condition
from zhiyin.profiles.condition_values import number
from zhiyin.profiles.conditions import (
    MODELS,
    Audience,
    Condition,
    Everyone,
    Tag,
    attribute_kind,
    leaves,
)
from zhiyin.profiles.definitions import Definition, read_definitions
from zhiyin.profiles.tables import CUSTOMERS
from zhiyin.profiles.tagging.definitions import (
    FAMILIES,
    Band,
    Given,
    ModelScore,
    Preference,
    Statistic,
    TagDefinition,
    TagValue,
)
from zhiyin.profiles.tagging.reading_facts import read_preference, read_statistic

SOURCES = ("statistic", "preference", "model", "manual", "imported")
KEYS = (
    "title", "description", "family", "owner", "unit", "valid_days", "version", "where", "value",
    *SOURCES,
)  # fmt: skip
# Spellings that files may use beside the names of the families.
FAMILY_SPELLINGS = {"behaviour": "behavior", "scene": "need"}


def load_tags(workspace: Path) -> dict[str, TagDefinition]:
    """Return the tags in `workspace/tags`, by name.

    Raises
    ------
    InvalidInput
        for a file that cannot be read, an unknown family, attribute, kind of facts or column, bands
        that do not rise, and a condition on tags or audiences, which are computed after tags.
    """
    found = read_definitions(workspace / "tags", KEYS)
    return {definition.name: read_tag(definition) for definition in found}


def read_tag(definition: Definition) -> TagDefinition:
    """Return what one file defines."""
    body = definition.body
    family = FAMILY_SPELLINGS.get(str(body.get("family")), body.get("family"))
    if family not in FAMILIES:
        raise not_allowed(f"{definition.path.name}: family", body.get("family"), FAMILIES)
    kinds = [key for key in SOURCES if key in body]
    if len(kinds) > 1 or (kinds and {"where", "value"} & set(body)):
        raise definition.error(
            f"a tag is of one kind: either `where` and `value`, or one of {', '.join(SOURCES)}."
        )
    if not kinds and "where" not in body and "value" not in body:
        raise definition.error(
            "a tag needs `where` (who has it), `value` (which value), or one of "
            f"{', '.join(SOURCES)}."
        )
    kind = kinds[0] if kinds else "rule"
    return TagDefinition(
        name=definition.name,
        title=definition.text("title"),
        description=definition.text("description"),
        family=family,
        where=read_where(definition),
        value=read_value(definition) if "value" in body else None,
        kind=kind,
        source=READERS[kind](definition) if kinds else None,
        owner=str(body.get("owner") or ""),
        unit=str(body.get("unit") or ""),
        valid_days=read_days(definition),
        version=read_version(definition),
        digest=digest_of(body),
    )


def digest_of(body: Mapping[str, Any]) -> str:
    """Return a digest over what decides who has the tag: not its words, not its number."""
    decides = {key: body[key] for key in ("where", "value", "valid_days", *SOURCES) if key in body}
    text = json.dumps(decides, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_where(definition: Definition) -> Condition:
    """Return the condition of a rule tag."""
    if "where" not in definition.body:
        return Everyone()
    where = parse_condition(definition.body["where"], f"{definition.path.name}: where")
    for leaf in leaves(where):
        if isinstance(leaf, Tag) and leaf.name == definition.name:
            raise definition.error(
                f"the tag {definition.name!r} refers to itself; write out the condition meant."
            )
        if isinstance(leaf, Tag | Audience):
            kind = type(leaf).__name__.lower()
            raise definition.error(
                f"where cannot ask for tags or audiences, which are worked out after it; write the "
                f"condition of the {kind} {leaf.name!r} out."
            )
    return where


def read_days(definition: Definition) -> float | None:
    """Return how many days the tag stays valid; None for until the next run."""
    written = definition.body.get("valid_days")
    if written is None:
        return None
    days = number(written, f"{definition.path.name}: valid_days")
    if days <= 0:
        raise definition.error(
            f"valid_days must be above 0, not {written!r}; leave it out for no end."
        )
    return float(days)


def read_version(definition: Definition) -> int:
    """Return the number of the version; 1 where the file gives none."""
    written = definition.body.get("version", 1)
    if isinstance(written, bool) or not isinstance(written, int) or written < 1:
        raise definition.error(f"version must be a whole number from 1 on, not {written!r}.")
    return written


def read_value(definition: Definition) -> TagValue:
    """Return the `value` part of a tag's file."""
    written: Any = definition.body["value"]
    if not isinstance(written, dict) or not set(written) <= {"attribute", "bands"}:
        raise definition.error("value is {attribute: name} or {attribute: name, bands: […]}.")
    name = written.get("attribute")
    if name not in CUSTOMERS.columns:
        raise not_allowed(f"{definition.path.name}: value.attribute", name, CUSTOMERS.columns)
    bands = read_bands(definition, written.get("bands", ()), "value")
    if bands and attribute_kind(name) != "number":
        raise definition.error(
            f"value.bands need a number, and {name} is a {attribute_kind(name)}."
        )
    return TagValue(name, bands)


def read_bands(definition: Definition, written: Any, key: str) -> tuple[Band, ...]:
    """Return the bands below a key, which rise."""
    if not isinstance(written, list | tuple):
        raise definition.error(f"{key}.bands is a list of {{below: number, is: name}}.")
    bands = tuple(read_band(definition, band, key) for band in written)
    bounds = [band.below for band in bands]
    if bands and (
        None in bounds[:-1] or bounds[-1] is not None or bounds[:-1] != sorted(set(bounds[:-1]))
    ):
        raise definition.error(f"{key}.bands rise by `below`, and only the last one has none.")
    return bands


def read_band(definition: Definition, written: Any, key: str) -> Band:
    """Return one band."""
    if not isinstance(written, dict) or not {"is"} <= set(written) <= {"is", "below"}:
        raise definition.error(f"{key}.bands holds {{below: number, is: name}}, not {written!r}.")
    below = written.get("below")
    if below is not None:
        number(below, f"{definition.path.name}: {key}.bands.below")
    return Band(str(written["is"]), below)


def read_model(definition: Definition) -> ModelScore:
    """Return the `model` part of a tag's file."""
    written: Any = definition.body["model"]
    if not isinstance(written, dict) or not {"score"} <= set(written) <= {"score", "bands"}:
        raise definition.error("model is {score: name} or {score: name, bands: […]}.")
    if written["score"] not in MODELS:
        raise not_allowed(f"{definition.path.name}: model.score", written["score"], MODELS)
    return ModelScore(written["score"], read_bands(definition, written.get("bands", ()), "model"))


def read_given(kind: str):
    """Return the reader of `manual` or `imported`."""

    def read(definition: Definition) -> Given:
        written: Any = definition.body[kind]
        if written is True or written is None:
            return Given()
        if written == "any":
            return Given(is_open=True)
        if isinstance(written, list) and written:
            return Given(tuple(str(value) for value in written))
        raise definition.error(
            f"{kind} is `true` for a plain tag, a list of the values allowed, or `any`, "
            f"not {written!r}."
        )

    return read


def read_banded_statistic(definition: Definition) -> Statistic:
    """Return the `statistic` part of a tag's file."""
    bands = definition.body["statistic"]
    bands = bands.get("bands", ()) if isinstance(bands, Mapping) else ()
    return read_statistic(definition, read_bands(definition, bands, "statistic"))


def read_preferred(definition: Definition) -> Preference:
    """Return the `preference` part of a tag's file."""
    return read_preference(definition)


READERS = {
    "statistic": read_banded_statistic,
    "preference": read_preferred,
    "model": read_model,
    "manual": read_given("manual"),
    "imported": read_given("imported"),
}
