"""Referral: who brought whom, how deep invitations go, and how many each person brings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from zhiyin.core.errors import InvalidInput
from zhiyin.identity.api import with_person
from zhiyin.insights.behavior.doings import ORDER, done
from zhiyin.insights.behavior.periods import Periods, periods_of, place
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.vocabulary import (
    INTERVALS,
    SPLITTING,
    Days,
    Step,
    during,
    mapping,
    read_choice,
    read_days,
    read_step,
    whole,
    window_of,
)
from zhiyin.ports.functions import json_text

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

KEYS = ("joined", "inviter", "sent", "days", "interval", "by", "most")
PROPERTY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.]{0,99}")
SUGGESTION = "inviter_id"
Fetch = Callable[["ir.Table"], "pa.Table"]


@dataclass(frozen=True)
class ReferralSpec:
    """A question about invitations.

    joined
        What an invited person does; its first time, of those with an inviter, counts.
    inviter
        The property of that event that names the inviter: a customer number, or a typed id such as
        `anon:4f2c`.
    sent
        What an inviter does when inviting, if that is recorded.
    by
        A property of the event by which the invited are counted, such as `channel`.
    most
        How many of the largest trees are told.
    """

    joined: Step
    inviter: str = SUGGESTION
    sent: Step | None = None
    days: Days = field(default_factory=Days)
    interval: str = "week"
    by: str = "channel"
    most: int = 10


def read_referral(written: Any) -> ReferralSpec:
    """Return the question that a mapping of plain values asks; `InvalidInput` for a mistake."""
    body = mapping(written, "referral", KEYS)
    if body.get("joined") is None:
        raise InvalidInput("joined: say what the invited do, such as Signed Up.")
    inviter = body.get("inviter", SUGGESTION)
    if not isinstance(inviter, str) or not PROPERTY.fullmatch(inviter):
        raise InvalidInput(f"inviter: must be a property such as {SUGGESTION}, not {inviter!r}.")
    sent = body.get("sent")
    return ReferralSpec(
        joined=read_step(body["joined"], "joined"),
        inviter=inviter,
        sent=None if sent is None else read_step(sent, "sent"),
        days=read_days(body.get("days") or {"last": 84}, "days"),
        interval=read_choice(body.get("interval", "week"), "interval", INTERVALS),
        by=read_choice(body.get("by", "channel"), "by", SPLITTING),
        most=whole(body.get("most", 10), "most", lowest=1, highest=1000),
    )


def invitations(scope: Scope, spec: ReferralSpec, raw_events: ir.Table) -> ir.Table:
    """Return who was invited by whom: person_id (each once), inviter_id, ts_ms, grp.

    All that is known before the instant from which one looks, because trees grow over years. Who
    names themselves was invited by nobody.

    Parameters
    ----------
    raw_events : ods.events, whose properties name the inviter.
    """
    rows = done(scope.activity, spec.joined)
    rows = rows.filter(rows.event_time < ibis.literal(scope.as_of, "timestamp(6)"))
    told = raw_events.mutate(
        inviter=json_text(raw_events.properties, f"$.{spec.inviter}").nullif("")
    )
    told = told.filter(told.inviter.notnull())
    typed = ibis.ifelse(told.inviter.contains(":"), told.inviter, "user:" + told.inviter)
    named = told.select(raw_source="source_id", raw_id="event_id", visitor_id=typed)
    joined = rows.inner_join(
        named, [rows.source_id == named.raw_source, rows.fact_id == named.raw_id]
    )
    asked = joined.select("person_number", *ORDER, "visitor_id", invited="person_id", grp=spec.by)
    known = with_person(asked, scope.sources.person_of).rename(inviter_id="person_id")
    known = known.filter(known.inviter_id != known.invited)
    order = [known[name] for name in (*ORDER, "inviter_id")]
    first = ibis.window(group_by="person_number", order_by=order)
    ranked = known.mutate(turn=ibis.row_number().over(first))
    once = ranked.filter(ranked.turn == 0)
    return once.select("inviter_id", "ts_ms", "grp", person_id="invited")


def active_table(scope: Scope, spec: ReferralSpec, periods: Periods) -> ir.Table:
    """Return place, active (people who did anything) and sent (invitations) per period."""
    rows = during(scope.activity, periods.window)
    placed = rows.mutate(place=place(rows.ts_ms, periods))
    active = placed.group_by("place").agg(active=placed.person_number.nunique())
    if spec.sent is None:
        return active.mutate(sent=ibis.null("int64"))
    sent = done(scope.activity, spec.sent, periods.window)
    sent = sent.mutate(sent_place=place(sent.ts_ms, periods))
    counted = sent.group_by("sent_place").agg(sent=sent.count())
    joined = active.left_join(counted, active.place == counted.sent_place)
    return joined.select("place", "active", sent=joined.sent.fill_null(0))


def fetched(table: ir.Table) -> pa.Table:
    """Return the rows of an expression whose tables know their engine, as Arrow."""
    return table.to_pyarrow()


def referral(
    scope: Scope, spec: ReferralSpec, raw_events: ir.Table, *, fetch: Fetch = fetched
) -> dict[str, Any]:
    """Return how invitations spread.

    Returns
    -------
    as_of, timezone, interval, starts; `invited`, `inviters`, `trees` (people in all, of all
    times); `depths` [{depth, people}] (1: invited by somebody whom nobody invited); `largest`
    [{root, people, depth}]; `groups` [{group, people}] and `periods` [{start, invited, active,
    sent, per_person, accepted, k}] of the days asked for. k is the number of people that each
    active person brought in the period: invitations per active person times the share accepted.
    """
    periods = referral_periods(scope, spec)
    edges = fetch(invitations(scope, spec, raw_events))
    forest = Forest(edges)
    marks = np.asarray(periods.marks)
    at = np.searchsorted(marks, forest.ts_ms, side="right") - 1
    start, end = marks[0], marks[-1]
    is_here = (forest.ts_ms >= start) & (forest.ts_ms < end)
    invited = np.bincount(at[is_here], minlength=len(periods))
    active = {row["place"]: row for row in fetch(active_table(scope, spec, periods)).to_pylist()}
    groups = [value for value, here in zip(edges["grp"].to_pylist(), is_here, strict=True) if here]
    sizes = {name: groups.count(name) for name in set(groups)}
    return {
        "as_of": scope.as_of.isoformat(),
        "timezone": scope.timezone,
        "interval": spec.interval,
        "starts": periods.labels,
        **forest.told(spec.most),
        "groups": [
            {"group": name, "people": sizes[name]}
            for name in sorted(sizes, key=lambda name: (-sizes[name], str(name)))
        ],
        "periods": [
            {"start": label, **spread(int(invited[n]), active.get(n))}
            for n, label in enumerate(periods.labels)
        ],
    }


def referral_periods(scope: Scope, spec: ReferralSpec) -> Periods:
    """Return the periods asked for."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    return periods_of(window, spec.interval, scope.timezone)


def spread(invited: int, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return how far invitations reach beyond those who could invite."""
    active, sent = (row["active"], row["sent"]) if row else (0, None)
    return {
        "invited": invited,
        "active": active,
        "sent": sent,
        "per_person": sent / active if sent is not None and active else None,
        "accepted": invited / sent if sent else None,
        "k": invited / active if active else None,
    }


class Forest:
    """Trees of invitations: each invited person hangs on the one who invited them first.

    An inviter who was invited themselves only at the same moment or later is a root: otherwise two
    people could hang on each other. So invitations go forward in time along each branch.
    """

    def __init__(self, edges: pa.Table) -> None:
        invited = np.asarray(edges["person_id"].to_pylist(), dtype=object)
        inviters = np.asarray(edges["inviter_id"].to_pylist(), dtype=object)
        self.ts_ms = edges["ts_ms"].to_numpy()
        self.names, codes = np.unique(
            np.concatenate([invited, inviters]).astype(str), return_inverse=True
        )
        child, parent = codes[: len(invited)], codes[len(invited) :]
        joined_at = np.full(len(self.names), np.iinfo(np.int64).min)
        joined_at[child] = self.ts_ms
        self.inviters = len(np.unique(parent))
        self.parent = np.arange(len(self.names))
        self.is_invited = np.zeros(len(self.names), dtype=bool)
        is_later = joined_at[parent] < self.ts_ms
        # Whose inviter came no earlier is still invited, and begins a tree.
        hangs = is_later | (joined_at[parent] == np.iinfo(np.int64).min)
        self.parent[child[hangs]] = parent[hangs]
        self.is_invited[child] = True
        self.root, self.depth = climbed(self.parent)

    def told(self, most: int) -> dict[str, Any]:
        """Return the figures of all trees together, and the largest."""
        sizes = np.bincount(self.root, minlength=len(self.names))
        deepest = np.zeros(len(self.names), dtype=np.int64)
        np.maximum.at(deepest, self.root, self.depth)
        roots = np.flatnonzero(sizes > 1)
        first = sorted(roots.tolist(), key=lambda n: (-sizes[n], str(self.names[n])))[:most]
        depths = np.bincount(self.depth[self.depth > 0])
        return {
            "invited": int(self.is_invited.sum()),
            "inviters": self.inviters,
            "trees": len(roots),
            "depths": [{"depth": n, "people": int(people)} for n, people in enumerate(depths) if n],
            "largest": [
                {"root": str(self.names[n]), "people": int(sizes[n]), "depth": int(deepest[n])}
                for n in first
            ],
        }

    def members(self, root: str) -> np.ndarray:
        """Return the names of a tree's people."""
        here = np.flatnonzero(self.names == root)
        return self.names[self.root == here[0]] if len(here) else self.names[:0]


def climbed(parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the root of each node and how far above it is, by jumping twice as far each round."""
    root, depth = parent.copy(), (parent != np.arange(len(parent))).astype(np.int64)
    while True:
        further = root[root]
        if np.array_equal(further, root):
            return root, depth
        depth += depth[root]
        root = further


def referral_people(
    scope: Scope,
    spec: ReferralSpec,
    raw_events: ir.Table,
    point: Mapping[str, Any],
    *,
    fetch: Fetch = fetched,
) -> ir.Table:
    """Return person_id of the people behind {root}, {depth}, {inviters: true} or {at, group}."""
    body = mapping(point, "point", ("root", "depth", "inviters", "at", "group"))
    edges = invitations(scope, spec, raw_events)
    if "root" in body or "depth" in body:
        forest = Forest(fetch(edges))
        if "root" in body:
            names = forest.members(str(body["root"]))
        else:
            depth = whole(body["depth"], "point.depth", lowest=1, highest=1_000_000)
            names = forest.names[forest.depth == depth]
        import pyarrow as pa

        ids = pa.table({"person_id": pa.array([str(name) for name in names], pa.string())})
        return ibis.memtable(ids)
    if body.get("inviters"):
        return edges.select(person_id="inviter_id").distinct()
    periods = referral_periods(scope, spec)
    if "at" in body:
        edges = edges.filter(place(edges.ts_ms, periods) == periods.index(body["at"]))
    else:
        edges = during(edges, periods.window)
    if "group" in body:
        edges = edges.filter(edges.grp.identical_to(ibis.literal(body["group"], "string")))
    return edges.select("person_id")
