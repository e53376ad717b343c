"""What customers are worth and where they stand: plain values in and out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from zhiyin.app.commands.plain_values import plain_rows
from zhiyin.app.looking import run_as_of
from zhiyin.core.dates import read_date
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.value import api as value
from zhiyin.profiles.value.tables import STAGE_HISTORY
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import local_day, local_midnight

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace

OF = {"stage": "stage", "tier": "value_tier"}
TIER_ORDER = value.PLACES["value_tier"]
CHECKED_DAYS = 90


def rfm(workspace: Workspace, *, method: str = "quintile") -> dict[str, Any]:
    """Return the buyers per segment and per pair of scores, by one way of scoring."""
    warehouse = workspace.warehouse
    policy = value.read_value_policy(workspace.root)
    table, steps = value.scored(
        warehouse.read(dm.PURCHASES), method, thresholds=policy.thresholds, fetch=warehouse.to_arrow
    )
    cells = table.group_by(["r", "f", "m", "segment"]).agg(
        people=table.count(), orders=table.orders.sum(), monetary=table.monetary.sum()
    )
    found = plain_rows(warehouse.to_arrow(cells.order_by(["r", "f", "m"])))
    return {
        "method": method,
        "as_of": run_as_of(workspace).isoformat(),
        "buyers": sum(row["people"] for row in found),
        "thresholds": msgspec.to_builtins(steps) if steps else None,
        "segments": _summed(found, ("segment",)),
        "cells": _summed(found, ("r", "f")),
    }


def tiers(workspace: Workspace) -> dict[str, Any]:
    """Return the people, what they spent and what is expected of them, per value tier."""
    table = workspace.warehouse.read(dm.CUSTOMERS)
    buyers = table.filter(table.is_buyer)
    found = buyers.group_by("value_tier").agg(
        people=buyers.count(),
        orders=buyers.orders.sum(),
        monetary=buyers.monetary.sum(),
        mean_recency_days=buyers.recency_days.mean(),
        clv=buyers.clv.sum(),
    )
    rows = plain_rows(workspace.warehouse.to_arrow(found))
    people = sum(row["people"] for row in rows)
    money = sum(row["monetary"] for row in rows)
    for row in rows:
        row["share"] = row["people"] / people
        row["share_of_monetary"] = row["monetary"] / money if money > 0 else None
    rows.sort(key=lambda row: TIER_ORDER.index(row["value_tier"]))
    return {"as_of": run_as_of(workspace).isoformat(), "buyers": people, "tiers": rows}


def stages(workspace: Workspace, *, of: str = "stage") -> dict[str, Any]:
    """Return how many buyers stood where at each month end, and where they stand now."""
    history = workspace.warehouse.read(STAGE_HISTORY)
    found = plain_rows(workspace.warehouse.to_arrow(value.population(history, _column(of))))
    table = workspace.warehouse.read(dm.RFM)
    now = table.group_by(place=table[_column(of)]).agg(people=table.count()).order_by("place")
    return {
        "of": of,
        "as_of": run_as_of(workspace).isoformat(),
        "places": list(value.PLACES[_column(of)]),
        "now": plain_rows(workspace.warehouse.to_arrow(now)),
        "months": found,
    }


def migration(
    workspace: Workspace, *, of: str = "stage", since: str | None = None, until: str | None = None
) -> dict[str, Any]:
    """Return who moved where between two month ends; the last two if none are named."""
    column = _column(of)
    history = workspace.warehouse.read(STAGE_HISTORY)
    known = _month_ends(workspace, history)
    if len(known) < 2:
        return {
            "of": of,
            "since": None,
            "until": None,
            "month_ends": _texts(known),
            "places": [],
            "cells": [],
        }
    last = _month_end(until, known) if until else known[-1]
    earlier = [end for end in known if end < last] or known[:1]
    first = _month_end(since, known) if since else earlier[-1]
    cells = value.migration(history, column, since=first, until=last)
    return {
        "of": of,
        "since": first.isoformat(),
        "until": last.isoformat(),
        "month_ends": _texts(known),
        "places": list(value.PLACES[column]),
        "cells": plain_rows(workspace.warehouse.to_arrow(cells)),
    }


def check(
    workspace: Workspace, *, days: int = CHECKED_DAYS, at: str | None = None
) -> dict[str, Any]:
    """Hold the tiers as of a day against what their people bought in the days after it.

    Without a day it is the one that lies `days` before the newest run. Raises `InvalidInput` for a
    time that the data does not cover.
    """
    begin, end = _span(workspace, days, at)
    read = workspace.warehouse.read
    policy = value.read_value_policy(workspace.root)
    bought = profiles.purchases(
        *(read(spec) for spec in (dw.ORDERS, dw.ORDER_LINES, dw.REFUNDS, dw.PRODUCTS, PERSON_OF)),
        as_of=begin,
        timezone=workspace.settings.timezone,
    )
    then = profiles.rfm(bought, shares=policy.tiers, rule=policy.stages)
    realized = value.net_amounts(
        read(dw.ORDERS), read(dw.REFUNDS), read(PERSON_OF), start=begin, end=end
    )
    fetch = workspace.warehouse.to_arrow
    rows = plain_rows(fetch(value.by_tier(then, realized, policy.tiers)))
    depths = plain_rows(fetch(value.by_depth(then, realized, policy.tiers)))
    rows.sort(key=lambda row: TIER_ORDER.index(row["value_tier"]))
    return {
        "at": begin.isoformat(),
        "day": local_day(begin, workspace.settings.timezone).isoformat(),
        "until": end.isoformat(),
        "days": days,
        "target": value.TARGET,
        **asdict(value.judged(rows)),
        "tiers": rows,
        "depths": [_with_shares(row) for row in depths],
    }


def _with_shares(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of `by_depth` with its counts as shares of the top; None where there is none."""
    top = row["top"]
    return {
        **row,
        "share_found": row["found"] / top if top else None,
        "share_in_two": row["in_two"] / top if top else None,
    }


def _span(workspace: Workspace, days: int, at: str | None) -> tuple[datetime, datetime]:
    """Return the instant of the tiers and the end of the time that they are held against."""
    newest = run_as_of(workspace)
    length = timedelta(days=days)
    timezone = workspace.settings.timezone
    begin = local_midnight(read_date(at), timezone) if at else newest - length
    orders = workspace.warehouse.read(dw.ORDERS)
    seen = workspace.warehouse.to_arrow(orders.aggregate(first=orders.order_time.min()))
    first = seen["first"][0].as_py()
    if first is None:
        raise NotFound("Nobody has bought anything yet; import orders and run `zhiyin run`.")
    if begin <= first or begin + length > newest:
        asked, oldest, last = (local_day(one, timezone) for one in (begin, first, newest))
        raise InvalidInput(
            f"Tiers as of {asked} cannot be held against {days} days: orders are known "
            f"from {oldest} to {last}; choose a day and a length within."
        )
    return begin, begin + length


def _column(of: str) -> str:
    if of not in OF:
        raise InvalidInput(f"{of!r} has no history; choose one of {', '.join(OF)}.")
    return OF[of]


def _month_ends(workspace: Workspace, history: ir.Table) -> list[date]:
    found = history.select("month_end").distinct().order_by("month_end")
    return workspace.warehouse.to_arrow(found)["month_end"].to_pylist()


def _month_end(written: str, known: list[date]) -> date:
    """Return the month end that a month (2025-03) or a day of it names."""
    found = next((end for end in known if end.isoformat().startswith(written[:7])), None)
    if found is None or len(written) < len("2025-03"):
        raise InvalidInput(
            f"No month end is known by {written!r}; there are {known[0]:%Y-%m} to {known[-1]:%Y-%m}"
            " (`history_months` in policies/value.yaml says how many)."
        )
    return found


def _texts(days: list[date]) -> list[str]:
    return [day.isoformat() for day in days]


def _summed(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return people, orders and net amount per value of the keys, most people first."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        one = found.setdefault(
            key, {**dict(zip(keys, key, strict=True)), "people": 0, "orders": 0, "monetary": 0.0}
        )
        for name in ("people", "orders", "monetary"):
            one[name] += row[name]
    everyone = sum(row["people"] for row in rows)
    summed = [{**one, "share": one["people"] / everyone} for one in found.values()]
    return sorted(summed, key=lambda one: (-one["people"], *(one[name] for name in keys)))
