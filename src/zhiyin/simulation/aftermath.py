"""What follows a purchase days later: returns, reviews and calls to the service desk."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.simulation.baskets import Lines
from zhiyin.simulation.catalog import Catalog
from zhiyin.simulation.demand import STORE
from zhiyin.simulation.ledger import Sales, pos_lines, web_lines
from zhiyin.simulation.people import People
from zhiyin.simulation.randomness import Floats, Ints, Streams
from zhiyin.simulation.response import DAY
from zhiyin.simulation.rows import (
    REVIEWS,
    SERVICE_TICKETS,
    constant,
    joined,
    shaped,
    wall_clock,
)

_FEELINGS = (
    (
        "质量太差了，{0}用了一次就坏，强烈要求退款。",
        "非常失望，{0}和图片完全不符，客服还不理人。",
        "{0}有异味，物流又慢，再也不会买了。",
    ),
    (
        "{0}做工粗糙，性价比不高。",
        "等了一个多星期才到，{0}包装还破了。",
        "{0}一般般，和描述有差距，不太满意。",
    ),
    (
        "{0}中规中矩，凑合能用。",
        "{0}还行吧，价格要是再便宜点就好了。",
        "物流有点慢，{0}本身没什么大问题。",
    ),
    (
        "{0}不错，和描述一致，物流也快。",
        "{0}挺好的，就是颜色比图片深一点。",
        "第二次买{0}了，质量稳定。",
    ),
    (
        "{0}超出预期，质量很好，强烈推荐！",
        "非常喜欢这款{0}，家人都说好，会回购。",
        "{0}性价比很高，客服耐心，五星好评！",
    ),
)
_TOPICS = pa.array(["物流延迟", "商品质量", "退款进度", "发票咨询", "优惠券问题"])
_COMPLAINTS = pa.array(
    [
        "订单好几天没有物流更新，请尽快处理。",
        "收到的商品有破损，要求换货或退款。",
        "退款申请已提交，为什么还没有到账？",
        "请问这笔订单如何开具发票？",
        "结算时优惠券无法使用，请帮忙看看。",
    ]
)

DUE = "due"


def returns(
    sales: Sales, lines: Lines, catalog: Catalog, people: People, streams: Streams
) -> tuple[pa.Table, pa.Table]:
    """Return refund lines of the web shop and of the tills, with the second they are due.

    A refund line bears the number of the order it takes back and a negative quantity; its price is
    what was paid per piece, so quantity times price is the money given back and its discount is 0.
    """
    basket = lines.basket
    subject, day = sales.subject[basket], sales.day[basket]
    mood = np.where(sales.person >= 0, people.satisfaction[sales.person], 0.0)[basket]
    likely = catalog.return_rate[lines.product] * np.exp(-0.35 * mood)
    likely *= np.where(sales.channel[basket] == STORE, 0.5, 1.0) * sales.named[basket]
    back = np.flatnonzero(streams.uniform("return", subject, day, lines.number) < likely)
    lag = 2 + 12 * streams.uniform("return lag", subject[back], day[back], lines.number[back])
    due = sales.second[basket[back]] + (lag * DAY).astype(np.int64)
    # Parcels and tills are both handled in opening hours.
    due = due // DAY * DAY + 10 * 3600 + due % (9 * 3600)
    part = streams.uniform("return part", subject[back], day[back], lines.number[back]) < 0.2
    quantity = np.where(part, 1, lines.quantity[back])
    refund = Lines(
        basket=np.arange(len(back)),
        number=100 + lines.number[back],
        product=lines.product[back],
        quantity=-quantity,
        price=lines.amount[back] // lines.quantity[back],
        discount=np.zeros(len(back), np.int64),
        coupon=pa.nulls(len(back), pa.string()),
    )
    source = basket[back]
    record = Sales(
        sales.subject[source],
        sales.person[source],
        sales.day[source],
        due,
        sales.channel[source],
        sales.store[source],
        sales.named[source],
        sales.number.take(pa.array(source)),
    )
    online = record.channel != STORE
    web = _as_refunds(web_lines(record, refund, catalog, people), due)
    pos = _as_refunds(pos_lines(record, refund, catalog, people), due)
    return web.filter(pa.array(online)), pos.filter(pa.array(~online))


def reviews(
    sales: Sales, lines: Lines, catalog: Catalog, people: People, streams: Streams
) -> pa.Table:
    """Return reviews of the first product of some online orders, with the second they are due."""
    rows, product, score = _experience(sales, lines, catalog, people, streams, online_only=True)
    subject, day = sales.subject[rows], sales.day[rows]
    speaks = streams.uniform("review", subject, day) < 0.09 + 0.05 * (np.abs(score) > 1)
    rows, product, score = rows[speaks], product[speaks], score[speaks]
    subject, day = subject[speaks], day[speaks]
    rating = 1 + np.searchsorted([-1.75, -1.25, -0.65, 0.1], score)
    lag = 4 + 8 * streams.uniform("review lag", subject, day)
    due = sales.second[rows] + (lag * DAY).astype(np.int64)
    table = shaped(
        REVIEWS,
        len(rows),
        review_id=joined("RV", pc.utf8_slice_codeunits(sales.number.take(pa.array(rows)), 1)),
        member_no=people.member_no.take(pa.array(sales.person[rows])),
        sku=catalog.sku.take(pa.array(product)),
        order_no=sales.number.take(pa.array(rows)),
        rating=pa.array(rating),
        text=_words(catalog, product, rating, streams.uniform("review words", subject, day)),
        written_at=wall_clock(due),
    )
    return table.append_column(DUE, pa.array(due))


def tickets(
    sales: Sales, lines: Lines, catalog: Catalog, people: People, streams: Streams
) -> pa.Table:
    """Return calls to the service desk, with the second they are due."""
    rows, _, score = _experience(sales, lines, catalog, people, streams, online_only=False)
    subject, day = sales.subject[rows], sales.day[rows]
    calls = streams.uniform("ticket", subject, day) < 0.012 + 0.13 * (score < -1.1)
    rows, score, subject, day = rows[calls], score[calls], subject[calls], day[calls]
    topic = (streams.uniform("topic", subject, day) * 5).astype(np.int64)
    topic = np.where((score < -1.1) & (topic > 2), 1, topic)
    due = sales.second[rows] + ((1 + 5 * streams.uniform("ticket lag", subject, day)) * DAY).astype(
        np.int64
    )
    resolved = streams.uniform("resolved", subject, day) < 0.55 + 0.35 * (score > -1.1)
    table = shaped(
        SERVICE_TICKETS,
        len(rows),
        ticket_id=joined("T", pc.utf8_slice_codeunits(sales.number.take(pa.array(rows)), 1)),
        member_no=people.member_no.take(pa.array(sales.person[rows])),
        opened_at=wall_clock(due),
        topic=_TOPICS.take(pa.array(topic)),
        text=_COMPLAINTS.take(pa.array(topic)),
        resolved=pa.array(["N", "Y"]).take(pa.array(resolved.astype(int))),
    )
    return table.append_column(DUE, pa.array(due))


def _experience(
    sales: Sales,
    lines: Lines,
    catalog: Catalog,
    people: People,
    streams: Streams,
    *,
    online_only: bool,
) -> tuple[Ints, Ints, Floats]:
    """Return baskets of members, their first product and how it pleased them (standard normal)."""
    first = np.flatnonzero(lines.number == 0)
    chosen = sales.named & (sales.person >= 0)
    if online_only:
        chosen = chosen & (sales.channel != STORE)
    rows = np.flatnonzero(chosen)
    product = lines.product[first[rows]]
    # A standard normal by Box and Muller (1958).
    u, v = (streams.uniform("luck", sales.subject[rows], sales.day[rows], turn) for turn in (0, 1))
    luck = np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)
    mood = people.satisfaction[sales.person[rows]]
    return rows, product, 0.55 * mood + 0.45 * catalog.quality[product] + 0.7 * luck


def _words(catalog: Catalog, product: Ints, rating: Ints, u: Floats) -> pa.Array:
    """Return a sentence about the product that fits the rating."""
    flat = [phrase.split("{0}") for feeling in _FEELINGS for phrase in feeling]
    index = pa.array((rating - 1) * 3 + (u * 3).astype(np.int64))
    before, after = (pa.array([phrase[side] for phrase in flat]).take(index) for side in (0, 1))
    return joined(before, catalog.subcategory.take(pa.array(product)), after)


def _as_refunds(table: pa.Table, due: Ints) -> pa.Table:
    kind = table.schema.get_field_index("kind")
    refunds = table.set_column(kind, "kind", constant("refund", len(table)))
    return refunds.append_column(DUE, pa.array(due))
