"""What becomes of a message, as events on the log, and the links that report it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhiyin.collect.api import event_body
from zhiyin.core.clock import Clock
from zhiyin.core.errors import NotFound
from zhiyin.core.ids import joined_digest
from zhiyin.delivery.links import Kind, Link, read_token
from zhiyin.delivery.tables import RECEIPTS
from zhiyin.ports.event_log import EventLog
from zhiyin.ports.operational import OperationalStore, OutboxRow

DELIVERED = "Email Delivered"
BOUNCED = "Email Bounced"
OPENED = "Email Opened"
CLICKED = "Email Link Clicked"
UNSUBSCRIBED = "Unsubscribed"
POSTED = "Message Delivered"  # by web hook

SOURCE_ID = RECEIPTS


@dataclass(frozen=True)
class Receipt:
    """Something that happened to a message.

    `once` makes the event's id: two receipts that agree in message, event and `once` are one.
    """

    event: str
    row: OutboxRow
    at: datetime
    once: str = ""
    properties: Mapping[str, Any] | None = None


def log_receipts(event_log: EventLog, receipts: Sequence[Receipt]) -> None:
    """Append receipts to the event log; they are on disk when this returns."""
    if receipts:
        event_log.append([_body(receipt) for receipt in receipts])


def _body(receipt: Receipt) -> bytes:
    row = receipt.row
    kind, _, name = row.person_id.partition(":")
    who = {"user_id": name} if kind == "user" else {"anonymous_id": name or row.person_id}
    return event_body(
        receipt.event,
        source_id=SOURCE_ID,
        at=receipt.at,
        message_id=joined_digest((row.message_id, receipt.event, receipt.once), 32),
        properties={
            "campaign_id": row.campaign_id,
            "message_id": row.message_id,
            "channel": row.channel,
            **(receipt.properties or {}),
        },
        **who,
    )


@dataclass(frozen=True)
class Tracking:
    """The far end of the links in messages, for the HTTP API.

    All verbs raise `NotFound` for a token that is not ours. Opens and clicks of one message count
    once a minute: mail scanners fetch links in bursts.
    """

    outbox: OperationalStore
    event_log: EventLog
    clock: Clock
    secret: bytes

    def record_open(self, token: str) -> None:
        """Log `Email Opened`."""
        row, _ = self._resolved("o", token)
        self._log(OPENED, row)

    def record_click(self, token: str) -> str:
        """Log `Email Link Clicked` and return the address to redirect to."""
        row, link = self._resolved("c", token)
        self._log(CLICKED, row, link.url, {"link": link.url})
        return link.url

    def check_unsubscribe(self, token: str) -> OutboxRow:
        """Return the message that a person wants to unsubscribe from, and change nothing."""
        return self._resolved("u", token)[0]

    def record_unsubscribe(self, token: str) -> OutboxRow:
        """Log `Unsubscribed` and stop, at once, everything still queued for the address."""
        row = self.check_unsubscribe(token)
        self.outbox.suppress(row.channel, row.address, self.clock.now(), "unsubscribed")
        self._log(UNSUBSCRIBED, row)
        return row

    def _resolved(self, kind: Kind, token: str) -> tuple[OutboxRow, Link]:
        link = read_token(self.secret, kind, token)
        row = self.outbox.outbox_row(link.message_id)
        if row is None:
            raise NotFound(
                f"The message {link.message_id} of this link is not known here any more."
            )
        return row, link

    def _log(
        self,
        event: str,
        row: OutboxRow,
        detail: str = "",
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        at = self.clock.now()
        minute = at.strftime("%Y-%m-%dT%H:%M")
        log_receipts(self.event_log, [Receipt(event, row, at, f"{minute} {detail}", properties)])
