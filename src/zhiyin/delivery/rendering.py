"""From what the outbox holds to a message that can go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhiyin.delivery.links import unsubscribe_url, with_tracking
from zhiyin.delivery.plain_text import plain_text
from zhiyin.delivery.settings import DeliverySettings
from zhiyin.delivery.templates import FIELDS, Templates
from zhiyin.ports.channels import Message
from zhiyin.ports.operational import OutboxRow


@dataclass(frozen=True)
class Renderer:
    """Turns outbox rows into messages, by a workspace's templates and settings."""

    templates: Templates
    settings: DeliverySettings

    def message(self, row: OutboxRow) -> Message:
        """Return the message of an outbox row; the same row always gives the same message.

        Raises
        ------
        NotFound, InvalidInput
            The template has gone, or asks for what the row does not hold.
        """
        payload = row.payload
        way_out = unsubscribe_url(self.settings, row.message_id)
        subject, body = self.templates.render(
            payload["template"],
            payload["language"],
            context_of(payload["fields"], self.settings, way_out),
        )
        tracked = with_tracking(
            body, self.settings, message_id=row.message_id, campaign=row.campaign_id
        )
        return Message(
            message_id=row.message_id,
            channel=row.channel,
            address=row.address,
            subject=subject,
            body_html=tracked,
            body_text=plain_text(tracked),
            headers=_headers(row, way_out),
            facts=_facts(row),
        )


def context_of(
    known: Mapping[str, Any], settings: DeliverySettings, way_out: str
) -> dict[str, dict[str, Any]]:
    """Return what a template may say: every allowed field, nil where nothing is known."""
    values = {
        **known,
        "shop.name": settings.shop_name,
        "shop.url": settings.shop,
        "links.shop": settings.shop,
        "links.unsubscribe": way_out,
    }
    context: dict[str, dict[str, Any]] = {}
    for field in FIELDS:
        room, _, name = field.partition(".")
        context.setdefault(room, {})[name] = values.get(field)
    return context


def _headers(row: OutboxRow, way_out: str) -> dict[str, str]:
    headers = {"X-Zhiyin-Campaign": row.campaign_id}
    if row.payload.get("offer_id"):
        headers["X-Zhiyin-Offer"] = row.payload["offer_id"]
    if row.payload["purpose"] == "marketing":
        # RFC 8058: the mail client unsubscribes by one POST, without opening a page.
        headers["List-Unsubscribe"] = f"<{way_out}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _facts(row: OutboxRow) -> dict[str, str]:
    facts = {
        "campaign_id": row.campaign_id,
        "person_id": row.person_id,
        "decision_id": row.decision_id,
        "template": row.payload["template"],
        "offer_id": row.payload.get("offer_id") or "",
    }
    return {name: value for name, value in facts.items() if value}
