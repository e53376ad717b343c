"""One customer's history in one list, each thing once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

MESSAGES_SHOWN = 50

# What a receipt says of a message, and the column that tells when.
RECEIPT_KINDS = ("delivered", "opened", "clicked", "bounced", "unsubscribed")

EVENT_DETAIL = (
    "product_id", "order_id", "revenue", "search_query", "page_path", "campaign_id", "message_id",
)  # fmt: skip


def timeline(
    *,
    orders: list[dict[str, Any]],
    events: list[dict[str, Any]],
    refunds: list[dict[str, Any]],
    touches: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return all of it, newest first: {time, ts_ms, kind, name, channel, detail}.

    Facts that two tables tell are told once: an `Order Completed` event whose order is among the
    orders is left out, and so are touches that are visits or receipts, which are events. `kind` is
    event, order, refund or touch.
    """
    known = {row["order_id"] for row in orders}
    items = [order_item(row) for row in orders]
    items += [
        event_item(row)
        for row in events
        if not (row["event"] == "Order Completed" and row["order_id"] in known)
    ]
    items += [refund_item(row) for row in refunds]
    items += [touch_item(row) for row in touches if row["touch_kind"] != "visit"]
    return sorted(items, key=lambda item: (-item["ts_ms"], item["kind"], item["name"]))


def order_item(row: dict[str, Any]) -> dict[str, Any]:
    """Return the item of an order."""
    detail = {key: row[key] for key in ("order_id", "amount", "pieces", "store_id")}
    return item(row, "order", "Order Completed", time="order_time", detail=detail)


def event_item(row: dict[str, Any]) -> dict[str, Any]:
    """Return the item of an event."""
    detail = {key: row[key] for key in EVENT_DETAIL}
    return item(row, "event", row["event"], time="event_time", detail=detail)


def refund_item(row: dict[str, Any]) -> dict[str, Any]:
    """Return the item of one refunded line."""
    keys = ("refund_id", "order_id", "product_id", "amount", "quantity", "reason")
    return item(
        row, "refund", "Order Refunded", time="refund_time", detail={k: row[k] for k in keys}
    )


def touch_item(row: dict[str, Any]) -> dict[str, Any]:
    """Return the item of a touch that no event tells."""
    detail = {"campaign_id": row["campaign_id"]}
    return item(row, "touch", row["touch_kind"], time="touch_time", detail=detail)


def item(
    row: dict[str, Any], kind: str, name: str, *, time: str, detail: dict[str, Any]
) -> dict[str, Any]:
    """Return one item; details that are not known are left out."""
    return {
        "time": row[time],
        "ts_ms": row["ts_ms"],
        "kind": kind,
        "name": name,
        "channel": row.get("channel"),
        "detail": {key: value for key, value in detail.items() if value is not None},
    }


def message_rows(touches: ir.Table) -> ir.Table:
    """Return the newest messages, each with the first instant of every receipt."""
    receipts = touches.filter(touches.message_id.notnull() & touches.touch_kind.isin(RECEIPT_KINDS))
    per_message = receipts.group_by("message_id").agg(
        campaign_id=receipts.campaign_id.min(),
        channel=receipts.channel.min(),
        first_ms=receipts.ts_ms.min(),
        **{
            f"{kind}_at": receipts.touch_time.min(where=receipts.touch_kind == kind)
            for kind in RECEIPT_KINDS
        },
    )
    ordered = per_message.order_by([ibis.desc("first_ms"), "message_id"])
    return ordered.limit(MESSAGES_SHOWN).drop("first_ms")
