"""Events of a period as the plan's tools read them."""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir

from zhiyin.collect.plan.judging import UNKNOWN, VIOLATION
from zhiyin.collect.tables import QUARANTINE

SAMPLE = 50_000


def sample(
    events: ir.Table, since: datetime, until: datetime, *, most_per_event: int = SAMPLE
) -> ir.Table:
    """Return the newest events of each kind and name that arrived in `[since, until)`.

    Columns `source_id`, `event_id`, `kind`, `event`, `properties`, `traits`, `context`. Which rows
    are among them depends on the rows alone, so the same period gives the same sample.
    """
    arrived = events.filter((events.received_at >= since) & (events.received_at < until))
    newest = ibis.window(
        group_by=["kind", "event"],
        order_by=[ibis.desc("received_at"), "source_id", "event_id"],
    )
    ranked = arrived.mutate(place=ibis.row_number().over(newest))
    chosen = ranked.filter(ranked.place < most_per_event)
    return chosen.select(
        "source_id", "event_id", "kind", "event", "properties", "traits", "context"
    ).order_by("kind", "event", "source_id", "event_id")


def volumes(events: ir.Table, since: datetime, until: datetime) -> ir.Table:
    """Return how many events of each kind and name arrived in `[since, until)`, per source."""
    arrived = events.filter((events.received_at >= since) & (events.received_at < until))
    is_track = arrived.kind == "track"
    named = arrived.mutate(event=ibis.ifelse(is_track, arrived.event, ibis.null("string")))
    return named.group_by("kind", "event", "source_id").aggregate(
        rows=named.count(), newest=named.received_at.max()
    )


def flagged(flags: ir.Table, since: datetime, until: datetime) -> ir.Table:
    """Return how many kept events broke the plan in `[since, until)`, per event and source."""
    seen = flags.filter((flags.received_at >= since) & (flags.received_at < until))
    return seen.group_by("kind", "event", "source_id").aggregate(rows=seen.rows.sum())


def blocked(aside: ir.Table, replays: ir.Table, since: datetime, until: datetime) -> ir.Table:
    """Return how many events the plan set aside in `[since, until)`, per event and source.

    Those that came in later, by a replay, are among the kept ones.
    """
    seen = aside.filter((aside.quarantined_at >= since) & (aside.quarantined_at < until))
    ours = seen.filter(seen.reason.isin([VIOLATION, UNKNOWN]))
    grain = list(QUARANTINE.grain)
    taken = replays.filter(replays.outcome != "dismissed").select(*grain)
    left = ours.anti_join(taken, grain)
    return left.group_by("event", "source_id").aggregate(rows=left.count())
