"""A shop whose customers speak: reviews with stars, service cases, payments given up and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zhiyin.app.commands import execute
from zhiyin.app.server import Server
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect import tables as ods
from zhiyin.core.clock import FixedClock, naive_utc
from zhiyin.governance.api import hash_password
from zhiyin.ports.operational import Account
from zhiyin.testing.rows import rows_of

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
USERNAME, PASSWORD = "admin", "seven calm rivers"
REVIEWS = 480
PRAISE = (
    "物流很快，第二天就送到了，快递员态度好",
    "咖啡豆很新鲜，香味浓，会回购",
    "客服耐心，退换货处理得很快",
    "包装很好，杯子没有磕碰，做工精致",
    "这款茶叶味道清香，价格实惠",
)
BLAME = (
    "物流太慢了，等了十天才到货",
    "咖啡豆不新鲜，味道发苦，质量太差",
    "客服态度差，没人理，再也不会买",
    "包装破损，杯子碎了，要求退款",
    "茶叶和图片不符，价格偏高，不划算",
)
ENDINGS = (
    "",
    "。",
    "，朋友推荐的",
    "，第二次买",
    "，送给家人的",
    "，周末用",
    "！",
    "，双十一下的单",
)
UNPAID = (
    "运费太贵，没付款",
    "付款失败，试了两次，放弃付款",
    "太贵了，没下单",
    "不支持货到付款，取消订单",
)
CASES = ("送货慢，一直没收到", "杯子碎了，要退款", "问一下发票，客服很耐心，谢谢")


def review(number: int) -> dict:
    """Return a review; those of the last weeks complain more of delivery."""
    days_ago = number * 7 % 180
    is_bad = number % 3 == 0 or (days_ago < 40 and number % 2 == 0)
    place = 0 if is_bad and days_ago < 40 and number % 4 else number % 5
    text = (BLAME if is_bad else PRAISE)[place] + ENDINGS[number % 8]
    return {
        "source_id": "shop", "origin": "reviews.csv", "load_id": 1, "review_id": f"r{number}",
        "customer_id": f"c{number % 150}", "product_id": f"P{number % 9}", "text": text,
        "rating": 1.0 + number % 2 if is_bad else 4.0 + number % 2,
        "category": ("咖啡", "茶", "杯具")[number % 3],
        "review_time": at(days_ago, number),
    }  # fmt: skip


def at(days_ago: int, number: int) -> datetime:
    return naive_utc(NOW - timedelta(days=days_ago + 1, minutes=number))


def answer(number: int) -> dict:
    return {
        "source_id": "nps", "origin": "nps.csv", "load_id": 1, "survey_id": f"s{number}",
        "customer_id": f"c{number}", "question": "为什么没有付款？", "answer": UNPAID[number % 4],
        "answered_at": at(number * 3, number),
    }  # fmt: skip


def case(number: int) -> dict:
    return {
        "source_id": "desk", "origin": "cases.csv", "load_id": 1, "case_id": f"k{number}",
        "customer_id": f"c{number}", "channel": "phone", "topic": "售后", "text": CASES[number % 3],
        "opened_at": at(number * 2, number),
    }  # fmt: skip


@contextmanager
def talking_shop(folder: Path, *, speaks: bool = True) -> Iterator[tuple[str, Workspace]]:
    """Serve a shop that has learnt from what its customers say, or where nobody says anything."""
    create_workspace(folder, name="会说话的店")
    with Workspace.open(folder, clock=FixedClock(NOW)) as workspace:
        if speaks:
            fill(workspace)
        workspace.operational.add_account(
            Account(USERNAME, "店长", "admin", hash_password(PASSWORD))
        )
        server = Server(workspace, port=0, has_workers=False)
        server.start()
        try:
            yield server.url, workspace
        finally:
            server.stop()


def fill(workspace: Workspace) -> None:
    """Let customers speak, learn from them, and judge what they say."""
    for spec, rows in (
        (ods.CUSTOMERS, [{"source_id": "crm", "customer_id": f"c{n}"} for n in range(150)]),
        (ods.REVIEWS, [review(n) for n in range(REVIEWS)]),
        (ods.SURVEY_ANSWERS, [answer(n) for n in range(40)]),
        (ods.SERVICE_CASES, [case(n) for n in range(40)]),
    ):
        workspace.warehouse.write(spec, rows_of(spec, *rows))
    execute(workspace, "voice.train", {})
    execute(workspace, "run", {})
