"""The instant that everything is looked at from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zhiyin.core.clock import naive_utc
from zhiyin.ports.tables import TableSpec
from zhiyin.profiles.tables import CUSTOMERS
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def run_as_of(workspace: Workspace) -> datetime:
    """Return the instant that the newest build of the wide table looked from.

    Pages and audiences show the customers of that instant, whatever has arrived since. Before the
    first run it is `newest_as_of`.
    """
    builds = workspace.warehouse.read(dw.BUILDS)
    # A version that was held back is not what pages show.
    mine = builds.filter(builds.table_name == CUSTOMERS.name, builds.outcome != "held_back")
    newest = mine.order_by(mine.built_at.desc()).limit(1).select("as_of")
    found = workspace.warehouse.to_arrow(newest)["as_of"].to_pylist()
    return found[0] if found else newest_as_of(workspace)


def newest_as_of(workspace: Workspace) -> datetime:
    """Return the instant to look from: the first midnight after the newest fact, at most now.

    Midnight is the workspace's. An empty warehouse is looked at from now.
    """
    now = naive_utc(workspace.clock.now())
    newest = [
        _newest(workspace, dw.ORDERS, "order_time"),
        _newest(workspace, dw.EVENTS, "event_time"),
    ]
    known = [instant for instant in newest if instant is not None]
    if not known:
        return now
    zone = workspace.settings.zone
    local = max(known).replace(tzinfo=UTC).astimezone(zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
    return min(now, naive_utc(midnight))


def _newest(workspace: Workspace, spec: TableSpec, column: str) -> datetime | None:
    facts = workspace.warehouse.read(spec)
    found = workspace.warehouse.to_arrow(facts.aggregate(newest=facts[column].max()))
    return found["newest"][0].as_py()
