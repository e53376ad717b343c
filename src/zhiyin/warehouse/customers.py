"""Who the customers are: records of files and `identify` calls, merged."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.ports.functions import json_text
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.cleaning.engine import FILLED, marked
from zhiyin.warehouse.cleaning.rules import TableRules
from zhiyin.warehouse.cleaning.weaving import cleaned_for
from zhiyin.warehouse.pieces import Feed, Pieces
from zhiyin.warehouse.records import ARRIVAL, merge_newest_first
from zhiyin.warehouse.tables import CUSTOMERS
from zhiyin.warehouse.visitors import visitor_id

FIELDS = [name for name in CUSTOMERS.columns if name not in ("visitor_id", "customer_id")]
TRAITS = ("name", "gender", "city", "country", "email_consent", "sms_consent")


def customers(
    records: ir.Table,
    events: ir.Table,
    *,
    context: BuildContext,
    rules: TableRules | None = None,
) -> ir.Table:
    """Return one row per customer number, each field from the newest record that has it.

    `identify` calls are records too: they bring the device, e-mail, phone, and the traits
    `name`, `gender`, `city`, `country`, `email_consent`, `sms_consent`. Records of one load are in
    the order of files and lines, then of events. `rules` are the cleaning rules of customer
    records, which traits are cleaned by as well.
    """
    raw = _as_received(records).union(_as_received(_identified(events)))
    rows = _same_shape(marked(raw) if rules is None else cleaned_for(raw, rules, context))
    filled = rules.filled_columns if rules else ()
    noted = {f"was_filled_{name}": rows[FILLED].contains(f",{name},") for name in filled}
    merged = merge_newest_first(
        rows.mutate(**noted),
        key="customer_id",
        fields=[name for name in FIELDS if name != FILLED],
        order=("load_id", "ts_ms", *ARRIVAL[1:]),
        beside={f"was_filled_{name}": name for name in filled},
    )
    named = merged.mutate(visitor_id=visitor_id(merged.customer_id), filled=_filled(merged, filled))
    return named.select(list(CUSTOMERS.columns))


def _filled(merged: ir.Table, columns: Sequence[str]) -> ir.Value:
    """Return the columns whose surviving value was filled in by a rule, between commas."""
    names = ibis.literal("")
    for name in columns:
        was_filled = merged[f"was_filled_{name}"].fill_null(False)
        names = names + ibis.ifelse(was_filled, f"{name},", "")
    return ibis.literal(",") + names.nullif("")


def email(text: ir.StringValue) -> ir.StringValue:
    """Return an e-mail address trimmed and in lower case; null if it cannot be one."""
    plain = text.strip().lower()
    is_address = plain.re_search(r"^[^@\s]+@[^@\s]+\.[^@\s]+$").fill_null(False)
    return ibis.ifelse(is_address, plain, ibis.null("string"))  # pyright: ignore[reportReturnType]


def phone(text: ir.StringValue) -> ir.StringValue:
    """Return a phone number's digits, with a leading plus kept; null if it has no digit."""
    digits = text.re_replace(r"[^0-9]", "").nullif("")
    has_plus = text.strip().startswith("+").fill_null(False)
    return ibis.ifelse(has_plus, ibis.literal("+"), ibis.literal("")) + digits


def _as_received(rows: ir.Table) -> ir.Table:
    """Return records in the shape of ODS, where those of files and of events lie together."""
    kinds = {name: column.type.removeprefix("!") for name, column in ods.CUSTOMERS.columns.items()}
    typed = {name: rows[name].cast(kind) for name, kind in kinds.items()}
    ts_ms = rows.ts_ms if "ts_ms" in rows.columns else ibis.literal(0, "int64")
    return rows.select(**typed, ts_ms=ts_ms)


def _calls(events: ir.Table) -> ir.Table:
    return events.filter(events.kind == "identify", events.user_id.nullif("").notnull())


def _identified(events: ir.Table) -> ir.Table:
    calls = _calls(events).mutate(customer_id=events.user_id)
    traits = {name: json_text(calls.traits, f"$.{name}") for name in TRAITS}
    for name in ("email_consent", "sms_consent"):
        traits[name] = _yes_or_no(traits[name])
    known = calls.mutate(**traits)
    absent = {
        name: ibis.null(column.type.removeprefix("!"))
        for name, column in ods.CUSTOMERS.columns.items()
        if name not in known.columns
    }
    return known.mutate(**absent)


def _yes_or_no(text: ir.StringValue) -> ir.BooleanValue:
    word = text.lower()
    return ibis.cases(  # pyright: ignore[reportReturnType]
        (word.isin(["true", "yes", "1"]), True), (word.isin(["false", "no", "0"]), False)
    )


def _same_shape(rows: ir.Table) -> ir.Table:
    known = rows.mutate(email=email(rows.email), phone=phone(rows.phone))
    typed = {name: known[name].cast(CUSTOMERS.columns[name].type) for name in FIELDS}
    return known.select("customer_id", **typed, ts_ms=known.ts_ms, **{n: known[n] for n in ARRIVAL})


def _of_record(records: ir.Table) -> dict[str, ir.Value]:
    return {"customer_id": records.customer_id}


def _of_call(calls: ir.Table) -> dict[str, ir.Value]:
    return {"customer_id": calls.user_id}


BUILD = TableBuild(
    spec=CUSTOMERS,
    inputs=(ods.CUSTOMERS, ods.EVENTS),
    build=customers,
    pieces=Pieces(
        key=("customer_id",),
        feeds=(Feed(key=_of_record), Feed(rows=_calls, key=_of_call, time="event_time")),
    ),
)
