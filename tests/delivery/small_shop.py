"""A shop with the product's own templates and offers, and outbox rows for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zhiyin.decisions
import zhiyin.delivery
from zhiyin.delivery.api import DeliverySettings
from zhiyin.ports.event_log import MAIN
from zhiyin.ports.operational import OutboxRow
from zhiyin.testing.event_log import MemoryEventLog

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # Monday, 10:00 in Shanghai
TEMPLATES = Path(zhiyin.delivery.__file__).parent / "defaults" / "templates"
OFFERS = Path(zhiyin.decisions.__file__).parent / "defaults" / "offers.yaml"
SETTINGS = DeliverySettings(
    shop_name="知音小店",
    base_url="https://crm.shop.test/",
    shop_url="https://shop.test/sale?a=1&b=2",
    secret=b"0123456789abcdef",
)


class ListedLog(MemoryEventLog):
    """An event log that shows its events."""

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body)["event"] for body in self.read(MAIN, 0, 10_000).bodies]

    def names(self) -> list[str]:
        return [event["event"] for event in self.events()]


def an_outbox_row(number: int = 1, who: str = "ann", **changes: Any) -> OutboxRow:
    """A queued message; `who` is the local part of its address."""
    row = OutboxRow(
        decision_id=f"d{number:05}",
        channel="email",
        campaign_id="c1",
        person_id=f"user:{number}",
        message_id=f"m{number:05}",
        address=f"{who}@shop.test",
        payload={
            "template": "winback",
            "language": "zh-CN",
            "purpose": "marketing",
            "offer_id": "winback_15",
            "fields": {"customer.name": "李雷", "offer.title": "限时", "offer.value": "8.5折"},
        },
        due_at=NOW,
    )
    return replace(row, **changes)
