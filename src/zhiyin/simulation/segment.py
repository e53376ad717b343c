"""Web events as calls of Segment's HTTP API."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

CURRENCY = "CNY"


def calls(events: pa.Table, order_lines: pa.Table) -> list[dict[str, Any]]:
    """Return one call per event, in the order of the table.

    `Order Completed` lists its products; they are found in `order_lines` by the order's number.
    """
    products = _products(order_lines)
    return [_call(row, products) for row in events.to_pylist()]


def _call(row: dict[str, Any], products: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    call: dict[str, Any] = {
        "type": row["type"],
        "messageId": row["message_id"],
        "anonymousId": row["anonymous_id"],
        "timestamp": row["timestamp"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "context": {"locale": "zh-CN", "timezone": "Asia/Shanghai", **_campaign(row)},
    }
    if row["user_id"]:
        call["userId"] = row["user_id"]
    if row["type"] == "identify":
        call["traits"] = {"email": row["email"]} if row["email"] else {}
        return call
    if row["type"] == "track":
        call["event"] = row["event"]
    call["properties"] = {**_properties(row), **_order(row, products)}
    return call


def _campaign(row: dict[str, Any]) -> dict[str, Any]:
    named = {
        "source": row["utm_source"],
        "medium": row["utm_medium"],
        "name": row["utm_campaign"],
        "id": row["campaign_id"],
    }
    campaign = {name: value for name, value in named.items() if value}
    return {"campaign": campaign} if campaign else {}


def _properties(row: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "platform": row["platform"],
        "path": row["page_path"],
        "product_id": row["product_id"],
        "order_id": row["order_id"],
        "quantity": row["quantity"],
        "query": row["search_query"],
        "campaign_id": row["campaign_id"],
    }
    return {name: value for name, value in properties.items() if value is not None}


def _order(row: dict[str, Any], products: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    if row["order_id"] is None:
        return {}
    bought = products.get(row["order_id"], [])
    coupons = [product["coupon"] for product in bought if "coupon" in product]
    return {
        "revenue": float(row["revenue"]),
        "total": float(row["revenue"]),
        "currency": CURRENCY,
        "products": bought,
        **({"coupon": coupons[0]} if coupons else {}),
    }


def _products(order_lines: pa.Table) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in order_lines.filter(pc.equal(order_lines["kind"], "sale")).to_pylist():
        product = {
            "product_id": line["sku"],
            "sku": line["sku"],
            "name": line["product_name"],
            "price": float(line["unit_price"]),
            "quantity": line["qty"],
            "discount": float(line["discount"]),
        }
        if line["coupon"]:
            product["coupon"] = line["coupon"]
        found.setdefault(line["order_no"], []).append(product)
    return found
