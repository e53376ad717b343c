"""The features written as loops over one person's facts; slow, and plain to check by eye."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from math import sqrt

from zhiyin.core.clock import epoch_milliseconds

DAY = 86_400_000
EPOCH = datetime.fromisoformat("1970-01-01")
RECEIPTS = (
    "Email Delivered", "Message Delivered", "Email Opened", "Email Link Clicked", "Email Bounced",
    "Unsubscribed",
)  # fmt: skip


def day_of(ms: int):
    return (EPOCH + timedelta(milliseconds=ms)).date()


def of_person(rows, people, person):
    return [
        row
        for row in rows
        if row["visitor_id"] and people.get(row["visitor_id"], row["visitor_id"]) == person
    ]


def buyers_before(facts, people, now):
    return {
        people.get(row["visitor_id"], row["visitor_id"])
        for row in facts["orders"]
        if row["visitor_id"] and row["ts_ms"] < now
    }


def expected_features(facts, people, as_of):
    now = epoch_milliseconds(as_of)
    result = {}
    for person in buyers_before(facts, people, now):
        own = {
            name: [row for row in of_person(rows, people, person) if row["ts_ms"] < now]
            for name, rows in facts.items()
        }
        orders, gaps = of_orders(own["orders"], now), of_gaps(own["orders"])
        row = {**orders, **gaps, **of_lines(own["order_lines"], now)}
        row |= of_events(own["events"], now)
        mean = gaps["mean_gap_days"]
        row["silence_ratio"] = row["recency_days"] / mean if mean else None
        row |= of_refunds(own["refunds"], now, orders["amount"])
        result[person] = row
    return result


def of_orders(orders, now):
    def last(days, before=0):
        span = range(now - days * DAY, now - before * DAY)
        return [o for o in orders if o["ts_ms"] in span]

    def money(rows):
        return float(sum(o["amount"] for o in rows))

    count, amount = len(orders), money(orders)
    discount = float(sum(o["discount"] for o in orders))
    listed = amount + discount
    return {
        "recency_days": (now - max(o["ts_ms"] for o in orders)) / DAY,
        "tenure_days": (now - min(o["ts_ms"] for o in orders)) / DAY,
        "orders": count,
        "amount": amount,
        "average_order": amount / count,
        "largest_order": float(max(o["amount"] for o in orders)),
        **{f"orders_{d}d": len(last(d)) for d in (30, 90, 180, 365)},
        **{f"amount_{d}d": money(last(d)) for d in (30, 90, 180, 365)},
        "orders_trend_90d": len(last(90)) - len(last(180, 90)),
        "amount_trend_90d": money(last(90)) - money(last(180, 90)),
        "discount_share": discount / listed if listed else 0.0,
        "coupon_share": sum(o["coupon_code"] is not None for o in orders) / count,
        "lines_per_order": sum(o["lines"] for o in orders) / count,
        "pieces_per_order": float(sum(o["pieces"] for o in orders)) / count,
        "channels": len({o["channel"] for o in orders} - {None}),
        "weekend_share": sum(day_of(o["ts_ms"]).weekday() >= 5 for o in orders) / count,
    }


def of_gaps(orders):
    days = sorted({day_of(o["ts_ms"]) for o in orders})
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
    mean = sum(gaps) / len(gaps) if gaps else None
    spread = sqrt(sum((g - mean) ** 2 for g in gaps) / len(gaps)) if gaps else None
    return {
        "order_days": len(days),
        "mean_gap_days": mean,
        "gap_deviation_days": spread,
        "last_gap_days": gaps[-1] if gaps else None,
    }


def of_lines(lines, now):
    recent = [line for line in lines if line["ts_ms"] >= now - 90 * DAY]
    return {
        "products": len({line["product_id"] for line in lines} - {None}),
        "products_90d": len({line["product_id"] for line in recent} - {None}),
    }


def of_refunds(refunds, now, amount):
    back = float(sum(r["amount"] or 0 for r in refunds))
    return {
        "refunds": len(refunds),
        "refunds_90d": sum(r["ts_ms"] >= now - 90 * DAY for r in refunds),
        "refund_share": back / amount if amount else 0.0,
    }


def of_events(events, now):
    visits = [e for e in events if e["event"] not in RECEIPTS]

    def count(names, days):
        return sum(e["event"] in names and e["ts_ms"] >= now - days * DAY for e in events)

    def active(days):
        return len({day_of(e["ts_ms"]) for e in visits if e["ts_ms"] >= now - days * DAY})

    messages = count(("Email Delivered", "Message Delivered"), 90)
    clicks = count(("Email Link Clicked",), 90)
    carts = ("Product Added", "Checkout Started")
    views = ("Product Viewed", "Product Clicked")
    return {
        "active_days_30d": active(30),
        "active_days_90d": active(90),
        "views_30d": count(views, 30),
        "views_90d": count(views, 90),
        "carts_30d": count(carts, 30),
        "carts_90d": count(carts, 90),
        "searches_30d": count(("Products Searched",), 30),
        "visit_recency_days": (now - max(e["ts_ms"] for e in visits)) / DAY if visits else None,
        "messages_90d": messages,
        "opens_90d": count(("Email Opened",), 90),
        "clicks_90d": clicks,
        "click_share_90d": clicks / messages if messages else 0.0,
        "unsubscribes": sum(e["event"] == "Unsubscribed" for e in events),
    }


def expected_label(facts, people, as_of, horizon):
    now, end = epoch_milliseconds(as_of), epoch_milliseconds(as_of + horizon)
    result = {}
    for person in buyers_before(facts, people, now):
        orders, refunds = (
            [r for r in of_person(facts[name], people, person) if now <= r["ts_ms"] < end]
            for name in ("orders", "refunds")
        )
        money = sum(o["amount"] for o in orders) - sum(r["amount"] or 0 for r in refunds)
        result[person] = (len(orders), len({day_of(o["ts_ms"]) for o in orders}), float(money))
    return result
