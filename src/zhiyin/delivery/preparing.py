"""From decisions to the outbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from zhiyin.core.errors import not_allowed
from zhiyin.core.ids import joined_digest
from zhiyin.decisions.api import Offer
from zhiyin.delivery.rendering import Renderer
from zhiyin.delivery.wording import day, first_name, money, offer_value, tier_title
from zhiyin.ports.operational import OutboxRow

PEOPLE_COLUMNS = ("person_id", "name", "value_tier", "favourite_category")


@dataclass(frozen=True)
class Sending:
    """How the messages of one campaign go out.

    `purposes` names, by strategy, those that differ from `purpose`. `due_at` is timezone-aware.
    """

    due_at: datetime
    language: str = "zh-CN"
    purpose: str = "marketing"
    purposes: Mapping[str, str] = field(default_factory=dict)


def prepare(
    decisions: pa.Table,
    people: pa.Table,
    *,
    renderer: Renderer,
    offers: Mapping[str, Offer],
    sending: Sending,
) -> list[OutboxRow]:
    """Return an outbox row for every treated decision.

    A row holds the few words about the person that the message may say, no more; it is rendered
    when it is sent. One message of every template is rendered here, so that a template that cannot
    be used stops the launch and not the ten-thousandth message.

    Parameters
    ----------
    decisions
        Rows of `dm.decisions`; only those with arm `treatment` are taken.
    people
        person_id, name, value_tier, favourite_category of at least those people.

    Raises
    ------
    NotFound, InvalidInput
        A template or an offer does not exist or cannot be used.
    """
    known = {row["person_id"]: row for row in people.select(PEOPLE_COLUMNS).to_pylist()}
    rows = [
        _row(decision, known.get(decision["person_id"], {}), renderer, offers, sending)
        for decision in decisions.to_pylist()
        if decision["arm"] == "treatment"
    ]
    for row in _one_of_each(rows):
        renderer.message(row)
    return rows


def _row(
    decision: Mapping[str, Any],
    person: Mapping[str, Any],
    renderer: Renderer,
    offers: Mapping[str, Offer],
    sending: Sending,
) -> OutboxRow:
    channel = decision["channel"]
    offer_id = decision["offer_id"]
    if offer_id is not None and offer_id not in offers:
        raise not_allowed("The offer of a decision", offer_id, sorted(offers))
    offer = offers[offer_id] if offer_id is not None else None
    fields = _fields(person, offer, renderer, sending)
    return OutboxRow(
        decision_id=decision["decision_id"],
        channel=channel,
        campaign_id=decision["campaign_id"],
        person_id=decision["person_id"],
        message_id=joined_digest((decision["decision_id"], channel), 32),
        address=decision["address"],
        payload={
            "template": decision["template"],
            "language": sending.language,
            "purpose": sending.purposes.get(decision["strategy"], sending.purpose),
            "offer_id": offer_id,
            "fields": {name: value for name, value in fields.items() if value is not None},
        },
        due_at=sending.due_at,
    )


def _fields(
    person: Mapping[str, Any], offer: Offer | None, renderer: Renderer, sending: Sending
) -> dict[str, str | None]:
    language, settings = sending.language, renderer.settings
    fields = {
        "customer.name": person.get("name") or None,
        "customer.first_name": first_name(person.get("name"), language),
        "customer.tier": tier_title(person.get("value_tier"), language),
        "customer.favourite_category": person.get("favourite_category"),
    }
    if offer is None:
        return fields
    last_day = sending.due_at.astimezone(ZoneInfo(settings.timezone)).date() + timedelta(
        days=offer.valid_days
    )
    return {
        **fields,
        "offer.title": offer.title[language],
        "offer.value": offer_value(offer, language, settings.currency),
        "offer.code": offer.code,
        "offer.min_spend": money(offer.min_spend, settings.currency) if offer.min_spend else None,
        "offer.expires_on": day(last_day, language),
    }


def _one_of_each(rows: list[OutboxRow]) -> Iterator[OutboxRow]:
    seen: set[tuple[str, str | None]] = set()
    for row in rows:
        kind = (row.payload["template"], row.payload["offer_id"])
        if kind not in seen:
            seen.add(kind)
            yield row
