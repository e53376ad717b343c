"""What a server sends with RudderStack's Python library: `python send_rudder.py HOST KEY`."""

import sys
from datetime import UTC, datetime

import rudderstack.analytics as client

client.dataPlaneUrl, client.write_key = sys.argv[1:]
client.timeout = 10
WHEN = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

client.identify("u1", {"email": "Li@Example.com", "phone": "+8613800000000"}, timestamp=WHEN)
client.track(
    "u1",
    "Order Completed",
    {
        "order_id": "o1",
        "revenue": 25.5,
        "currency": "CNY",
        "products": [{"product_id": "p1", "quantity": 2, "price": 12.75}],
    },
    timestamp=WHEN,
    message_id="rudder-python-order",
)
client.page("u1", "shop", "Tea", {"url": "https://shop.example/tea"}, timestamp=WHEN)
client.screen("u1", "app", "Home", {"tab": "first"}, timestamp=WHEN)
client.group("u1", "g1", {"name": "Friends of tea"}, timestamp=WHEN)
client.alias("a1", "u1", timestamp=WHEN)
for number in range(250):
    client.track("u1", "Product Viewed", {"product_id": f"p{number}"}, timestamp=WHEN)
client.shutdown()
