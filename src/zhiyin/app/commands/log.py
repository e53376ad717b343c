"""The event log: how far it goes, what stands in it, and what may be dropped."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zhiyin.collect.tables import LOG_LOADS
from zhiyin.core.dates import read_instant
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.event_log import MAIN, waiting_in

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def status(workspace: Workspace) -> list[dict[str, Any]]:
    """Return one row per partition: its range, what is not loaded yet, its size and age."""
    log = workspace.event_log
    loaded = loaded_offsets(workspace)
    return [
        {
            "partition": name,
            "begin": log.begin(name),
            "end": log.end(name),
            "waiting": waiting_in(log, name, loaded.get(name, 0)),
            "bytes": log.stored_bytes(name),
            "oldest": _told(log.read(name, log.begin(name), 1).appended_at),
        }
        for name in log.partitions()
    ]


def read(
    workspace: Workspace,
    *,
    partition: str | None = None,
    start: int | None = None,
    since: str | None = None,
    limit: int = 1000,
) -> dict[str, Any]:
    """Return items of one partition from an offset, or from a time, on; the oldest if neither."""
    log = workspace.event_log
    if start is not None and since is not None:
        raise InvalidInput("Give either an offset or a time to read from, not both.")
    name = partition or _only(log.partitions())
    begin = log.begin(name) if start is None else start
    if since is not None:
        begin = log.offset_at(name, _instant(workspace, since))
    chunk = log.read(name, begin, limit)
    return {
        "partition": name,
        "items": [
            {"partition": name, "offset": offset, **_readable(body)}
            for offset, body in zip(chunk.offsets, chunk.bodies, strict=True)
        ],
        "next_offset": chunk.next_offset,
    }


def purge(workspace: Workspace, *, before: str | None = None) -> dict[str, Any]:
    """Drop what is loaded and older than a time, or than the settings keep it."""
    if before is not None:
        instant = _instant(workspace, before)
    elif workspace.settings.log.keep_days:
        instant = workspace.clock.now() - timedelta(days=workspace.settings.log.keep_days)
    else:
        raise InvalidInput("The settings keep the event log for ever; say --before TIME to purge.")
    dropped = workspace.event_log.purge(instant, loaded_offsets(workspace))
    return {"before": _told(instant), "items_dropped": dropped}


def loaded_offsets(workspace: Workspace) -> dict[str, int]:
    """Return, per partition, the first offset that the warehouse does not hold.

    The warehouse's own word counts, not what the loader committed to the log: a warehouse that was
    restored from a backup needs again what it had got already.
    """
    loads = workspace.warehouse.read(LOG_LOADS)
    named = loads.mutate(partition=loads.partition.fill_null(MAIN))
    ends = named.group_by("partition").aggregate(next_offset=named.next_offset.max())
    found = workspace.warehouse.to_arrow(ends).to_pylist()
    return {row["partition"]: row["next_offset"] for row in found}


def _only(partitions: list[str]) -> str:
    if len(partitions) != 1:
        raise InvalidInput(
            f"The event log has the partitions {', '.join(partitions)}; name one with --partition."
        )
    return partitions[0]


def _readable(body: bytes) -> dict[str, Any]:
    try:
        return {"item": json.loads(body)}
    except ValueError:
        return {"text": body.decode(errors="replace")}


def _instant(workspace: Workspace, text: str) -> datetime:
    return read_instant(text, workspace.settings.zone).replace(tzinfo=UTC)


def _told(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds") if instant else None
