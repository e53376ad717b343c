"""What a shop's server sends with PostHog's Python library: `python send_posthog.py HOST KEY`."""

import sys
from datetime import UTC, datetime

from posthog import Posthog

host, key = sys.argv[1:]
client = Posthog(key, host=host, gzip=True, disable_geoip=True)
WHEN = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

client.set(
    distinct_id="u1",
    properties={"email": "Li@Example.com", "phone": "+8613800000000"},
    timestamp=WHEN,
)
client.capture(
    "Order Completed",
    distinct_id="u1",
    properties={
        "order_id": "o1",
        "revenue": 25.5,
        "currency": "CNY",
        "products": [{"product_id": "p1", "quantity": 2, "price": 12.75}],
    },
    timestamp=WHEN,
    uuid="0198b5a0-0000-7000-8000-000000000001",
)
client.capture(
    "$pageview",
    distinct_id="u1",
    properties={"$current_url": "https://shop.example/tea", "$pathname": "/tea"},
    timestamp=WHEN,
)
client.capture("$screen", distinct_id="u1", properties={"$screen_name": "Home"}, timestamp=WHEN)
client.group_identify("company", "g1", {"name": "Friends of tea"}, timestamp=WHEN)
client.alias(previous_id="a1", distinct_id="u1", timestamp=WHEN)
for number in range(250):
    client.capture(
        "Product Viewed", distinct_id="u1", properties={"product_id": f"p{number}"}, timestamp=WHEN
    )
client.shutdown()
