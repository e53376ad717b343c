"""What a shop's server sends with Segment's Python library: `python send_segment.py HOST KEY`."""

import sys
from datetime import UTC, datetime

from segment.analytics.client import Client

host, key = sys.argv[1:]
client = Client(key, host=host, max_retries=2, timeout=10)
CONTEXT = {
    "ip": "203.0.113.7",
    "userAgent": "Mozilla/5.0 (test)",
    "locale": "zh-CN",
    "page": {
        "path": "/tea",
        "url": "https://shop.example/tea",
        "title": "茶",
        "referrer": "https://r.example/",
    },
    "campaign": {
        "source": "wechat",
        "medium": "social",
        "name": "spring",
        "content": "a",
        "term": "tea",
    },
    "consent": {"categoryPreferences": {"analytics": True, "marketing": False}},
}
WHEN = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

client.identify(
    "u1", {"email": "Li@Example.com", "phone": "+8613800000000"}, context=CONTEXT, timestamp=WHEN
)
client.track(
    "u1",
    "Order Completed",
    {
        "order_id": "o1",
        "revenue": 25.5,
        "currency": "CNY",
        "products": [{"product_id": "p1", "quantity": 2, "price": 12.75}],
    },
    context=CONTEXT,
    timestamp=WHEN,
    anonymous_id="a1",
    message_id="segment-python-order",
)
client.page(
    "u1", "shop", "Tea", {"url": "https://shop.example/tea"}, context=CONTEXT, timestamp=WHEN
)
client.screen("u1", "app", "Home", {"tab": "first"}, timestamp=WHEN)
client.group("u1", "g1", {"name": "Friends of tea"}, timestamp=WHEN)
client.alias("a1", "u1", timestamp=WHEN)
for number in range(250):  # three requests: the library sends a hundred at once
    client.track("u1", "Product Viewed", {"product_id": f"p{number}"}, timestamp=WHEN)
client.shutdown()
