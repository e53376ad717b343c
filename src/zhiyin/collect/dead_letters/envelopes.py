"""A set-aside record as an envelope again, as it would come from the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from zhiyin.collect.events import Arrival, Rejected, accept_raw, instant_of

# Why some records cannot come back: reason -> what was lost.
LOST = {
    "too_large": "cut",
    "no_consent": "redacted",
    "not_json": "broken_text",
    "unreadable_item": "broken_text",
}
FROM_FILE = "from_file"
_ENCODE = msgspec.json.Encoder().encode
_HEAD = ("source_id", "source_type", "received_at", "ip", "user_agent", "sent_at", "context")


@dataclass(frozen=True)
class Envelope:
    """An event and what the collector noted around it."""

    head: Mapping[str, Any]
    event: Mapping[str, Any]

    def body(self) -> bytes:
        """Return the item as it stands in the log."""
        return _ENCODE({**self.head, "event": self.event})

    def with_event(self, event: Mapping[str, Any]) -> Envelope:
        """Return the envelope around another event."""
        return replace(self, event=event)


def obstacle(row: Mapping[str, Any]) -> str | None:
    """Return why a record cannot be replayed (a stable code), or None if it can."""
    if not row["is_live"]:
        return FROM_FILE
    record = _decoded(row["record"])
    if not row["record"] or (isinstance(record, dict) and "rejected" in record):
        # Nobody could look for the consent that its source requires, so nothing of it was kept.
        return "redacted"
    if row["reason"] in LOST:
        return LOST[row["reason"]]
    return None if isinstance(record, dict) else "broken_text"


def envelope_of(row: Mapping[str, Any], logged: bytes | None = None) -> Envelope:
    """Return the envelope of a record that can be replayed.

    Parameters
    ----------
    row
        The record, as in `ods.quarantine`. A refused item was stored without what was around it.
    logged
        The item in the log, where it still is: it knows more about a refused item.
    """
    record = _decoded(row["record"])
    if isinstance(record.get("event"), dict) and "received_at" in record:
        return Envelope({k: v for k, v in record.items() if k != "event"}, record["event"])
    head: dict[str, Any] = {
        "source_id": row["source_id"] or "unknown",
        "received_at": row["quarantined_at"].replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"),
    }
    around = _decoded(logged) if logged else None
    if isinstance(around, dict) and around.get("record") == row["record"]:
        head |= {name: around[name] for name in (*_HEAD, "type") if name in around}
    if "type" not in record and "type" not in head and isinstance(record.get("event"), str):
        head["type"] = "track"  # the call was named by its path; only a track has an event's name
    if not record.get("messageId"):
        # The same record replayed twice has to be the same event.
        head["message_id"] = f"replay-{row['load_id']}-{row['origin']}-{row['origin_line']}"[:100]
    return Envelope(head, record)


def refusal(envelope: Envelope, consents: tuple[str, ...]) -> Rejected | None:
    """Return why the edge would refuse the event now, or None."""
    head = envelope.head
    received = instant_of(str(head["received_at"])) or datetime(1970, 1, 1)  # noqa: DTZ001
    around = head.get("context")
    arrival = Arrival(
        source_id=str(head["source_id"]),
        received_at=received.replace(tzinfo=UTC),
        sent_at=head.get("sent_at"),
        kind=head.get("type"),
        context=msgspec.Raw(_ENCODE(around)) if around is not None else None,
        required_consents=consents,
    )
    raw = _ENCODE(envelope.event)
    # It is here whole, so it was not too large for the edge that took it.
    found = accept_raw(raw, arrival, largest=len(raw))
    return found if isinstance(found, Rejected) else None


def _decoded(text: str | bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
