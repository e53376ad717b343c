"""The channel port: hand one message over, and say what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Message:
    """A rendered message, ready to go.

    `message_id` is `digest(decision_id, channel)`: the same decision always gives the same id, so
    a receiver can recognise a second copy.
    """

    message_id: str
    channel: str
    address: str
    subject: str
    body_html: str
    body_text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)  # campaign_id, person_id, offer_id, …


@dataclass(frozen=True)
class Sent:
    """The other side took the message."""

    receipt: str


@dataclass(frozen=True)
class Deferred:
    """Not now; try again at `retry_at`."""

    retry_at: datetime
    why: str


@dataclass(frozen=True)
class Refused:
    """Never; the address or the message is not acceptable.

    Only an address that is bad for every message is a bounce; a message that the other side does
    not want says nothing about the next one.
    """

    why: str
    is_address_bad: bool = False


@dataclass(frozen=True)
class Unclear:
    """The message was handed over and the answer got lost: it may have arrived, or not."""

    why: str


Outcome = Sent | Deferred | Refused | Unclear


class ChannelSender(Protocol):
    """One way out. `send` is called once per message, and never again after `Sent` or `Unclear`."""

    name: str

    def send(self, message: Message, now: datetime) -> Outcome:
        """Hand the message over and return what the other side said.

        Raises `Transient` when the other side cannot be reached or refuses us as a whole (log-in,
        sender, redirect): the message has then certainly not been handed over. Calls may come from
        many threads.
        """
        ...

    def close(self) -> None:
        """Close connections."""
        ...
