"""Turn a file's text columns into a target's typed columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from zhiyin.collect.calculation import calculate
from zhiyin.collect.recipe import ColumnRecipe, TextSteps
from zhiyin.collect.times import read_date, read_time
from zhiyin.core.errors import InvalidInput

# Columns with a closed vocabulary; any other value is unreadable.
CLOSED = {
    "line_kind": ("sale", "refund", "adjustment"),
    "kind": ("identify", "track", "page", "screen", "group", "alias"),
    "touch_kind": ("targeted", "sent", "delivered", "opened", "clicked", "redeemed"),
    "gender": ("female", "male", "other"),
}
_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class Typed:
    """A column's value, where its text could not be read, and, for times, where it is UTC.

    A time that is not UTC is wall-clock time of `zone`, the recipe's zone if None.
    """

    value: ir.Column
    unreadable: ir.BooleanValue | None = None
    is_utc: ir.BooleanValue | None = None
    zone: str | None = None


def typed_column(
    recipe: ColumnRecipe, kind: str, texts: ir.Table, made: Mapping[str, ir.Column]
) -> Typed:
    """Return one target column, from the file's texts and the columns made before it.

    Parameters
    ----------
    recipe
        How the column comes about.
    kind
        The promised Ibis type, without the `!`.
    texts
        Staged texts; missing ones are null or empty.
    made
        Target columns made so far, for calculations.
    """
    if recipe.calculate is not None:
        return Typed(calculate(recipe.calculate, made).cast(kind))
    text = _apply(recipe.steps, _origin(recipe, texts))
    typed = _read(text, kind, recipe)
    if recipe.keep_unreadable:
        return replace(typed, unreadable=None)
    return typed


def cleaned(texts: ir.Table, name: str) -> ir.StringValue:
    """Return a file column without surrounding blanks; null where nothing is left."""
    return texts[name].strip().nullif("")


def _origin(recipe: ColumnRecipe, texts: ir.Table) -> ir.StringValue:
    if recipe.value is not None:
        return ibis.literal(recipe.value, type="string")
    if recipe.source_column is not None:
        return cleaned(texts, recipe.source_column)
    if recipe.join:
        parts = [cleaned(texts, name) for name in recipe.join]
        led = [(ibis.literal(recipe.separator) + part).fill_null("") for part in parts]
        return _concatenated(led).substr(len(recipe.separator)).nullif("")
    if recipe.pack:
        return _packed(recipe.pack, texts)
    parts = [texts[name].fill_null("\x1e") + "\x1f" for name in recipe.digest]
    return _concatenated(parts).hexdigest("sha256")


def _packed(pack: Mapping[str, str], texts: ir.Table) -> ir.StringValue:
    """Return a JSON object of the columns that hold something; null if none does."""
    parts = []
    for key, name in pack.items():
        head = ibis.literal(f",{json.dumps(key, ensure_ascii=False)}:")
        parts.append((head + quoted_json(cleaned(texts, name))).fill_null(""))
    inner = _concatenated(parts)
    return (ibis.literal("{") + inner.substr(1).nullif("") + "}").nullif("{}")


def quoted_json(text: ir.StringValue) -> ir.StringValue:
    """Return texts as JSON strings; control characters other than line ends become blanks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return ibis.literal('"') + escaped.re_replace("[\\x00-\\x1f]", " ") + '"'


def _concatenated(parts: list[ir.StringValue]) -> ir.StringValue:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def _apply(steps: TextSteps, text: ir.StringValue) -> ir.StringValue:
    for piece in steps.remove:
        text = text.replace(piece, "")
    if steps.remove:
        text = text.strip().nullif("")
    if steps.strip_prefix:
        size = len(steps.strip_prefix)
        text = ibis.ifelse(text.startswith(steps.strip_prefix), text.substr(size), text)
    if steps.strip_suffix:
        size = len(steps.strip_suffix)
        rest = text.substr(0, text.length() - size)
        text = ibis.ifelse(text.endswith(steps.strip_suffix), rest, text)
    if steps.lower:
        text = text.lower()
    if steps.upper:
        text = text.upper()
    for word in steps.empty:
        text = text.nullif(word)
    if steps.mapping:
        text = _mapped(steps, text)
    if steps.prefix:
        text = ibis.literal(steps.prefix) + text
    if steps.default is not None:
        text = text.fill_null(steps.default)
    return text


def _mapped(steps: TextSteps, text: ir.StringValue) -> ir.StringValue:
    if steps.otherwise is None:
        fallback = text
    else:
        fallback = ibis.ifelse(text.notnull(), ibis.literal(steps.otherwise), ibis.null("string"))
    branches = [(text == word, ibis.literal(value)) for word, value in steps.mapping.items()]
    return ibis.cases(*branches, else_=fallback).nullif("")


def _read(text: ir.StringValue, kind: str, recipe: ColumnRecipe) -> Typed:
    if kind == "string":
        if recipe.name in CLOSED:
            return Typed(text, _lost(text, text.isin(CLOSED[recipe.name])))
        return Typed(text)
    if kind.startswith("decimal"):
        value = text.try_cast(kind)
        return Typed(value, _lost(text, value.notnull()))
    if kind == "int64":
        exact = text.try_cast("decimal(18, 4)")
        value = exact.cast("int64")
        return Typed(value, _lost(text, exact == value.cast("decimal(18, 4)")))
    if kind == "boolean":
        word = text.lower()
        value = ibis.cases(
            (word.isin(_TRUE), True), (word.isin(_FALSE), False), else_=ibis.null("boolean")
        )
        return Typed(value, _lost(text, value.notnull()))
    if kind == "date":
        value = read_date(text, recipe.formats)
        return Typed(value, _lost(text, value.notnull()))
    if kind.startswith("timestamp"):
        value, is_utc = read_time(text, recipe.formats)
        return Typed(value, _lost(text, value.notnull()), is_utc, recipe.timezone)
    raise InvalidInput(f"The column {recipe.name!r} has a type {kind!r} that files cannot fill.")


def _lost(text: ir.StringValue, is_read: ir.BooleanValue) -> ir.BooleanValue:
    return text.notnull() & ~is_read.fill_null(False)
