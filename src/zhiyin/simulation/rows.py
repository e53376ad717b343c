"""The rows that leave the shop: columns of every file, and how numbers become text."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.simulation.messages import ReceivedMessage
from zhiyin.simulation.randomness import Ints

SHOP_OFFSET_SECONDS = 8 * 3600  # Asia/Shanghai, no summer time since 1991
YUAN = pa.decimal128(18, 2)
TEXT = pa.string()

WEB_EVENTS = pa.schema([
    ("message_id", TEXT), ("type", TEXT), ("event", TEXT), ("user_id", TEXT),
    ("anonymous_id", TEXT), ("timestamp", pa.timestamp("us", "UTC")), ("platform", TEXT),
    ("page_path", TEXT), ("product_id", TEXT), ("order_id", TEXT), ("quantity", pa.int64()),
    ("revenue", YUAN), ("search_query", TEXT), ("utm_source", TEXT), ("utm_medium", TEXT),
    ("utm_campaign", TEXT), ("campaign_id", TEXT), ("email", TEXT),
])  # fmt: skip
WEB_ORDER_LINES = pa.schema([
    ("order_no", TEXT), ("line_no", pa.int64()), ("placed_at", TEXT), ("member_no", TEXT),
    ("channel", TEXT), ("sku", TEXT), ("product_name", TEXT), ("qty", pa.int64()),
    ("unit_price", YUAN), ("discount", YUAN), ("coupon", TEXT), ("kind", TEXT),
])  # fmt: skip
POS_LINES = pa.schema([
    ("receipt_no", TEXT), ("line_no", pa.int64()), ("store", TEXT), ("sold_at", TEXT),
    ("member_no", TEXT), ("sku", TEXT), ("product_name", TEXT), ("qty", pa.int64()),
    ("unit_price", YUAN), ("discount", YUAN), ("coupon", TEXT), ("kind", TEXT),
])  # fmt: skip
CRM_MEMBERS = pa.schema([
    (name, TEXT)
    for name in ("member_no", "card_no", "email", "phone", "name", "gender", "birth_date", "city",
                 "joined_at", "channel", "email_ok", "sms_ok", "device_id")
])  # fmt: skip
PRODUCTS = pa.schema([
    ("sku", TEXT), ("name", TEXT), ("category", TEXT), ("subcategory", TEXT), ("brand", TEXT),
    ("price", YUAN), ("cost", YUAN),
])  # fmt: skip
AD_COSTS = pa.schema([
    ("day", TEXT), ("channel", TEXT), ("amount", YUAN),
    ("impressions", pa.int64()), ("clicks", pa.int64()),
])  # fmt: skip
REVIEWS = pa.schema([
    ("review_id", TEXT), ("member_no", TEXT), ("sku", TEXT), ("order_no", TEXT),
    ("rating", pa.int64()), ("text", TEXT), ("written_at", TEXT),
])  # fmt: skip
SERVICE_TICKETS = pa.schema([
    ("ticket_id", TEXT), ("member_no", TEXT), ("opened_at", TEXT), ("topic", TEXT), ("text", TEXT),
    ("resolved", TEXT),
])  # fmt: skip


@dataclass(frozen=True)
class Reaction:
    """What a person does with a message: `open`, `click` or `unsubscribe`, at a naive UTC instant.

    `visit` begins the message ids of the web events that a click leads to.
    """

    kind: str
    at: datetime
    message: ReceivedMessage
    visit: str = ""


@dataclass(frozen=True)
class Emitted:
    """Everything the shop wrote down in a span of days, and how people reacted to messages."""

    web_events: pa.Table = field(default_factory=WEB_EVENTS.empty_table)
    web_order_lines: pa.Table = field(default_factory=WEB_ORDER_LINES.empty_table)
    pos_lines: pa.Table = field(default_factory=POS_LINES.empty_table)
    crm_members: pa.Table = field(default_factory=CRM_MEMBERS.empty_table)
    ad_costs: pa.Table = field(default_factory=AD_COSTS.empty_table)
    reviews: pa.Table = field(default_factory=REVIEWS.empty_table)
    service_tickets: pa.Table = field(default_factory=SERVICE_TICKETS.empty_table)
    reactions: tuple[Reaction, ...] = ()

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The tables by the name of their file."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "reactions"}

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.num_rows for table in self.tables.values())


def concatenated(parts: list[Emitted]) -> Emitted:
    """Return the spans' rows one after the other."""
    names = Emitted().tables
    return Emitted(
        **{name: pa.concat_tables([part.tables[name] for part in parts]) for name in names},
        reactions=tuple(reaction for part in parts for reaction in part.reactions),
    )


def joined(*parts: pa.Array | str) -> pa.Array:
    """Return the parts' texts, one after the other; null where a part is null."""
    return pc.binary_join_element_wise(*parts, "")


def text(numbers: Ints, width: int = 0) -> pa.Array:
    """Return whole numbers as text with leading zeros."""
    written = pa.array(numbers).cast(TEXT)
    return pc.utf8_lpad(written, width, padding="0") if width else written


def fen(amounts: Ints) -> pa.Array:
    """Return amounts in fen as exact decimals in yuan."""
    wide = np.empty((len(amounts), 2), np.int64)
    wide[:, 0] = amounts
    wide[:, 1] = amounts >> 63
    return pa.Array.from_buffers(YUAN, len(amounts), [None, pa.py_buffer(wide.tobytes())])


def wall_clock(seconds: Ints) -> pa.Array:
    """Return local seconds since 1970 as `YYYY-MM-DD HH:MM:SS`."""
    return pa.array(seconds.astype("datetime64[s]")).cast(TEXT)


def day_text(days: Ints) -> pa.Array:
    """Return day numbers as `YYYYMMDD`."""
    return pc.replace_substring(pa.array(days.astype("datetime64[D]")).cast(TEXT), "-", "")


def utc(seconds: Ints) -> pa.Array:
    """Return local seconds since 1970 as UTC instants."""
    micros = (seconds - SHOP_OFFSET_SECONDS) * 1_000_000
    return pa.array(micros).cast(pa.timestamp("us", "UTC"))


def constant(value: str | None, count: int) -> pa.Array:
    """Return a text column that says the same in every row."""
    return pa.repeat(pa.scalar(value, TEXT), count)


def shaped(schema: pa.Schema, count: int, **columns: pa.Array) -> pa.Table:
    """Return a table of the schema; columns not given are null."""
    arrays = [
        columns[f.name].cast(f.type) if f.name in columns else pa.nulls(count, f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
