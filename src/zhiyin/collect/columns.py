"""Turn a file's text columns into a target's typed columns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from zhiyin.collect.recipe import ColumnRecipe, TextSteps
from zhiyin.collect.times import read_date, read_time
from zhiyin.core.errors import InvalidInput

# Prefix of text columns, so that a file's column never hides a target's of the same name.
TEXT = ":"
IS_UTC = "_utc_"  # + a time column: whether it is UTC already

# Columns with a closed vocabulary; any other value is unreadable.
CLOSED = {
    "line_kind": ("sale", "refund", "adjustment"),
    "kind": ("identify", "track", "page", "screen", "group", "alias"),
    "touch_kind": ("targeted", "sent", "delivered", "opened", "clicked", "redeemed"),
    "gender": ("female", "male", "other"),
    "payment_kind": ("payment", "refund", "chargeback"),
}
_JSON_NUMBER = r"^-?(0|[1-9]\d*)(\.\d+)?$"
_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class Typed:
    """A column's value (null where its text cannot be read) and, for times, where it is UTC.

    A time that is not UTC is wall-clock time of the column's zone.
    """

    value: ir.Column
    is_utc: ir.BooleanValue | None = None


def text_of(recipe: ColumnRecipe, texts: ir.Table) -> ir.Value:
    """Return a target column's text, before it is read as the column's type.

    `texts` holds the file's cleaned columns under `TEXT` + name; `recipe` is not a calculation.
    """
    return _apply(recipe.steps, _origin(recipe, texts))


def typed_column(recipe: ColumnRecipe, kind: str, text: ir.Value) -> Typed:
    """Return a target column's value; `kind` is the promised Ibis type without the `!`."""
    if kind == "string":
        return Typed(text)
    if kind.startswith(("decimal", "float", "int")):
        return Typed(_number(text, kind))
    if kind == "boolean":
        return Typed(_truth(text.lower()))
    if kind == "date":
        return Typed(read_date(text, recipe.formats))
    if kind.startswith("timestamp"):
        value, is_utc = read_time(text, recipe.formats)
        if recipe.plus_days:
            value = value + ibis.interval(days=recipe.plus_days)
        return Typed(value, is_utc)
    raise InvalidInput(f"The column {recipe.name!r} has a type {kind!r} that files cannot fill.")


def _number(text: ir.Value, kind: str) -> ir.Value:
    if kind.startswith("decimal"):
        return text.try_cast(kind)
    exact = text.try_cast(dt.Decimal(18, 4))
    if kind.startswith("float"):  # not read as one, for engines take `nan` and `inf` for floats
        return exact.cast(kind)
    whole: Any = exact.cast(kind)
    return ibis.ifelse(exact == whole.cast(dt.Decimal(18, 4)), whole, ibis.null(kind))


def can_fail(recipe: ColumnRecipe, rows: ir.Table) -> bool:
    """Return whether there are texts that the column cannot hold and that are not let go."""
    is_free_text = rows[recipe.name].type().is_string() and recipe.name not in CLOSED
    return not (is_free_text or recipe.keep_unreadable)


def is_unreadable(recipe: ColumnRecipe, rows: ir.Table) -> ir.Value:
    """Return where there is a text, but no value that the column may hold."""
    value, text = rows[recipe.name], rows[TEXT + recipe.name]
    if recipe.name in CLOSED:
        return text.notnull() & ~value.isin(CLOSED[recipe.name]).fill_null(False)
    return text.notnull() & value.isnull()


def cleaned(text: ir.Value) -> ir.Value:
    """Return texts without surrounding blanks; null where nothing is left."""
    # Trimming costs DuckDB five times as much as these tests, and few texts need it. `!` is the
    # first character after the blank, so empty texts and texts with a blank in front are below.
    is_bare = (text >= "!") & ~(
        text.endswith(" ") | text.endswith("\t") | text.endswith("\n") | text.endswith("\r")
    )
    return ibis.ifelse(is_bare, text, text.strip().nullif(""))


def _origin(recipe: ColumnRecipe, texts: ir.Table) -> ir.Value:
    if recipe.value is not None:
        return ibis.literal(recipe.value, type="string")
    if recipe.source_column is not None:
        return texts[TEXT + recipe.source_column]
    if recipe.join:
        parts = [texts[TEXT + name] for name in recipe.join]
        led = [(ibis.literal(recipe.separator) + part).fill_null("") for part in parts]
        return _concatenated(led).substr(len(recipe.separator)).nullif("")
    if recipe.pack:
        return _packed(recipe, texts)
    parts = [texts[TEXT + name].fill_null("\x1e") + "\x1f" for name in recipe.digest]
    return _concatenated(parts).hexdigest("sha256")


def _packed(recipe: ColumnRecipe, texts: ir.Table) -> ir.Value:
    """Return a JSON object of the columns that hold something; null if none does."""
    parts = []
    for key, name in recipe.pack.items():
        head = ibis.literal(f",{json.dumps(key, ensure_ascii=False)}:")
        text = texts[TEXT + name]
        value = quoted_json(text)
        if key in recipe.numbers:
            value = ibis.ifelse(text.re_search(_JSON_NUMBER), text, value)
        parts.append((head + value).fill_null(""))
    inner = _concatenated(parts)
    return (ibis.literal("{") + inner.substr(1).nullif("") + "}").nullif("{}")


def quoted_json(text: ir.Value) -> ir.Value:
    """Return texts as JSON strings; control characters other than line ends become blanks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return ibis.literal('"') + escaped.re_replace("[\\x00-\\x1f]", " ") + '"'


def _concatenated(parts: list[ir.Value]) -> ir.Value:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def _apply(steps: TextSteps, text: ir.Value) -> ir.Value:
    text = _shortened(steps, text)
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


def _shortened(steps: TextSteps, text: ir.Value) -> ir.Value:
    for piece in steps.remove:
        text = text.replace(piece, "")
    for piece, instead in steps.replace.items():
        text = text.replace(piece, instead)
    if steps.remove or steps.replace:
        text = text.strip().nullif("")
    if steps.strip_prefix:
        rest = text.substr(len(steps.strip_prefix))
        text = ibis.ifelse(text.startswith(steps.strip_prefix), rest, text)
    if steps.strip_suffix:
        rest = text.substr(0, text.length() - len(steps.strip_suffix))
        text = ibis.ifelse(text.endswith(steps.strip_suffix), rest, text)
    return text


def _mapped(steps: TextSteps, text: ir.Value) -> ir.Value:
    if steps.otherwise is None:
        fallback = text
    else:
        fallback = ibis.ifelse(text.notnull(), ibis.literal(steps.otherwise), ibis.null("string"))
    branches = [(text == word, ibis.literal(value)) for word, value in steps.mapping.items()]
    return ibis.cases(*branches, else_=fallback).nullif("")


def _truth(word: ir.StringValue) -> ir.Value:
    return ibis.cases(
        (word.isin(_TRUE), True), (word.isin(_FALSE), False), else_=ibis.null("boolean")
    )
