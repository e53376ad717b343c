"""One small table of everything that a rule can be about."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Expectation, dimension_of

NOW = datetime(2026, 3, 2, 12)

THINGS = TableSpec(
    name="dw.things",
    grain=("shop", "number"),
    columns={
        "shop": Column("!string", "shop"),
        "number": Column("int64", "number in the shop"),
        "kind": Column("string", "kind", one_of=("a", "b")),
        "mail": Column("string", "address", pii=Pii.CONTACT),
        "price": Column(MONEY, "price", "currency"),
        "low": Column("int64", "lower"),
        "high": Column("int64", "upper"),
        "at": Column(TIME, "when", "UTC"),
        "day": Column("date", "day"),
    },
    freshness=timedelta(days=2),
)

PARTS = TableSpec(
    name="dw.parts",
    grain=("shop", "number", "place"),
    columns={
        "shop": Column("!string", "shop"),
        "number": Column("!int64", "number of the thing"),
        "place": Column("!int64", "place"),
        "price": Column(MONEY, "price", "currency"),
    },
)

TABLES = {spec.name: spec for spec in (THINGS, PARTS)}


def things(*rows: dict) -> pa.Table:
    """Return things; what a row leaves out is null, the shop is `s`."""
    nullable = pa.schema([f.with_nullable(True) for f in THINGS.schema().to_pyarrow()])
    blank = dict.fromkeys(THINGS.columns)
    return pa.Table.from_pylist([{**blank, "shop": "s", **row} for row in rows], schema=nullable)


def parts(*rows: dict) -> pa.Table:
    """Return parts of the shop `s`, numbered in the order given."""
    schema = PARTS.schema().to_pyarrow()
    numbered = [{"shop": "s", "place": n, **row} for n, row in enumerate(rows)]
    return pa.Table.from_pylist(numbered, schema=schema)


def expect(rule: rules.Rule, *columns: str, **more) -> Expectation:
    """Return an expectation of things."""
    named = {"name": "it", "dimension": dimension_of(rule)} | more
    return Expectation(THINGS.name, rule=rule, columns=columns, **named)
