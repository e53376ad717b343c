"""The people: what the shop sees of them, and what it never sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from zhiyin.simulation.catalog import CATEGORIES
from zhiyin.simulation.config import WorldConfig, day_number
from zhiyin.simulation.randomness import Floats, Ints, Streams, pick
from zhiyin.simulation.rows import joined, text, wall_clock

TYPES = ("loyal", "bargain_hunter", "browser", "gift_buyer", "churner_prone")
RESPONSES = ("persuadable", "sure_thing", "lost_cause", "sleeping_dog")
CHANNELS = ("web", "app", "mini_program", "store")
ARRIVALS = ("baidu", "douyin", "xiaohongshu", "wechat", "direct", "store")

_SHARE = np.array([0.12, 0.20, 0.33, 0.13, 0.22])
_ORDERS_PER_DAY = np.array([1 / 26, 1 / 70, 1 / 380, 1 / 130, 1 / 38])
_VISITS_PER_DAY = np.array([0.060, 0.062, 0.046, 0.018, 0.060])
_LIFETIME_DAYS = np.array([1500.0, 700.0, 500.0, 1200.0, 80.0])
_RESPONSE = np.array(
    [
        [0.25, 0.55, 0.05, 0.15],
        [0.60, 0.15, 0.15, 0.10],
        [0.35, 0.05, 0.50, 0.10],
        [0.35, 0.25, 0.35, 0.05],
        [0.30, 0.15, 0.35, 0.20],
    ]
)
_PULL = np.array([1.0, 0.08, 0.0, 0.0])
_CHANNEL = np.array(
    [
        [0.20, 0.35, 0.12, 0.33],
        [0.22, 0.38, 0.20, 0.20],
        [0.40, 0.25, 0.20, 0.15],
        [0.25, 0.15, 0.15, 0.45],
        [0.30, 0.25, 0.25, 0.20],
    ]
)
_ARRIVAL = np.array([0.22, 0.20, 0.14, 0.16, 0.12, 0.16])

_SURNAMES = list("王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗")
_PINYIN = [
    "wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "zhou", "wu",
    "xu", "sun", "ma", "zhu", "hu", "guo", "he", "lin", "gao", "luo",
]  # fmt: skip
_GIVEN = [
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
    "晓燕",
    "子涵",
    "浩然",
    "欣怡",
    "宇轩",
    "梓萱",
    "思远",
    "佳琪",
    "雨桐",
]
_CITIES = [
    "上海",
    "北京",
    "杭州",
    "南京",
    "苏州",
    "广州",
    "深圳",
    "成都",
    "武汉",
    "西安",
    "宁波",
    "合肥",
]
_DOMAINS = ["qq.example", "163.example", "126.example", "mail.example"]


@dataclass(frozen=True)
class People:
    """Everyone who is or will become a member, by number from 0; those who join later come last."""

    type: Ints
    response: Ints
    pull: Floats  # size of the reaction to a message, before scaling
    sensitivity: Floats  # price sensitivity in [0, 1]
    order_rate: Floats  # orders per day in an ordinary season, while alive
    visit_rate: Floats
    first_seen: Ints  # day of the first anonymous visit
    join: Ints  # day of joining
    churn: Ints  # hidden day after which nothing comes by itself
    taste: Ints  # favourite and second category, two columns
    satisfaction: Floats
    coupon: Floats  # chance of using one of the shop's own coupons
    channel: Floats  # cumulative shares over CHANNELS
    store: Ints
    arrival: Ints
    opens: Floats  # chance of opening a first message
    clicks: Floats  # chance of clicking once opened
    reads_sms: Floats
    email_ok: np.ndarray
    sms_ok: np.ndarray
    member_no: pa.Array
    email: pa.Array  # null where none is known
    phone: pa.Array
    record: pa.Table  # further columns of the CRM file

    def __len__(self) -> int:
        return len(self.type)

    def members(self, first: int, after: int) -> pa.Table:
        """Return the CRM rows of those who join on days in `[first, after)`."""
        who = np.flatnonzero((self.join >= first) & (self.join < after))
        index = pa.array(who)
        take = {name: getattr(self, name).take(index) for name in ("member_no", "email", "phone")}
        record = self.record.take(index)
        yes_no = pa.array(["N", "Y"])
        table = {
            "member_no": take["member_no"],
            "card_no": record["card_no"],
            "email": take["email"],
            "phone": take["phone"],
            "name": record["name"],
            "gender": record["gender"],
            "birth_date": record["birth_date"],
            "city": record["city"],
            "joined_at": record["joined_at"],
            "channel": pa.array(ARRIVALS).take(pa.array(self.arrival[who])),
            "email_ok": yes_no.take(pa.array(self.email_ok[who].astype(int))),
            "sms_ok": yes_no.take(pa.array(self.sms_ok[who].astype(int))),
            "device_id": record["device_id"],
        }
        return pa.table(table)


def populate(config: WorldConfig, streams: Streams) -> People:
    """Return the members of the world, and a quarter more who join after its `now`."""
    rng = streams.generator("people")
    count = config.customers + config.customers // 4 + 1
    kind = pick(np.cumsum(_SHARE)[None, :], rng.random(count))
    response = pick(np.cumsum(_RESPONSE, axis=1)[kind], rng.random(count))
    satisfaction = rng.normal(0, 1, count)
    join = _join_days(config, count, rng)
    life = rng.exponential(_LIFETIME_DAYS[kind] * np.exp(0.25 * satisfaction))
    arrival = pick(np.cumsum(_ARRIVAL)[None, :], rng.random(count))
    anonymous_days = np.where(arrival == ARRIVALS.index("store"), 0, rng.exponential(8, count))
    categories = len(CATEGORIES)
    channel = rng.dirichlet(np.ones(4), count) * 0.35 + 0.65 * _CHANNEL[kind]
    return People(
        type=kind,
        response=response,
        pull=_PULL[response] * rng.gamma(4, 0.25, count),
        sensitivity=rng.beta(*np.array([[2, 6, 4, 2, 4], [5, 2, 3, 5, 3]])[:, kind]),
        order_rate=_ORDERS_PER_DAY[kind] * rng.gamma(1.6, 1 / 1.6, count),
        visit_rate=_VISITS_PER_DAY[kind] * rng.gamma(1.6, 1 / 1.6, count),
        first_seen=join - np.minimum(anonymous_days, 45).astype(np.int64),
        join=join,
        churn=join + 1 + life.astype(np.int64),
        taste=rng.integers(0, categories, (count, 2)),
        satisfaction=satisfaction,
        coupon=np.array([0.10, 0.45, 0.15, 0.10, 0.20])[kind] * rng.uniform(0.5, 1.5, count),
        channel=np.cumsum(channel, axis=1),
        store=rng.integers(0, config.stores, count),
        arrival=arrival,
        opens=rng.beta(2.2, 3.4, count),
        clicks=rng.beta(2, 5, count),
        reads_sms=rng.beta(4, 3, count),
        email_ok=rng.random(count) < 0.72,
        sms_ok=rng.random(count) < 0.55,
        **_visible(count, join, rng, streams),
    )


def _join_days(config: WorldConfig, count: int, rng: np.random.Generator) -> Ints:
    """Return joining days: 45 % in the three years before, then an even stream that goes on."""
    start, end = (day_number(day) for day in config.span)
    old = int(config.customers * 0.45)
    recent = config.customers - old
    before = start - 1 - np.floor(rng.beta(1, 1.6, old) * 3 * 365)
    during = start + np.floor(rng.random(recent) * (end - start))
    pace = max(recent / (end - start), 1e-9)
    after = end + np.floor(np.arange(count - config.customers) / pace)
    days = np.concatenate([np.sort(np.concatenate([before, during])), after])
    return days.astype(np.int64)


def _visible(count: int, join: Ints, rng: np.random.Generator, streams: Streams) -> dict:
    """Return what the CRM holds."""
    number = np.arange(1, count + 1)
    digits = text(number, 7)
    surname = rng.integers(0, len(_SURNAMES), count)
    given = rng.integers(0, len(_GIVEN), count)
    domain = pa.array(_DOMAINS).take(pa.array(rng.integers(0, len(_DOMAINS), count)))
    email = joined(pa.array(_PINYIN).take(pa.array(surname)), digits, "@", domain)
    has_email = rng.random(count) < 0.92
    # Multiplying by a number prime to 10**8 shuffles without collisions.
    phone = joined("13", text(7 * 10**8 + number * 54_321_679 % 10**8, 9))
    born = rng.integers(day_number(date(1955, 1, 1)), day_number(date(2007, 1, 1)), count)
    gender = pa.array(["女", "男", ""]).take(
        pa.array(pick(np.array([[0.56, 0.93, 1.0]]), rng.random(count)))
    )
    seconds = (9 + 12 * rng.random(count)) * 3600
    with_app = rng.random(count) < 0.35
    record = pa.table(
        {
            "card_no": joined("88", text(number * 7_654_321 % 10**8, 8)),
            "name": joined(
                pa.array(_SURNAMES).take(pa.array(surname)), pa.array(_GIVEN).take(pa.array(given))
            ),
            "gender": gender,
            "birth_date": pa.array(born.astype("datetime64[D]")).cast(pa.string()),
            "city": pa.array(_CITIES).take(pa.array(rng.integers(0, len(_CITIES), count))),
            "joined_at": wall_clock(join * 86_400 + seconds.astype(np.int64)),
            "device_id": _only(devices(streams, np.arange(count), np.full(count, 1)), with_app),
        }
    )
    return {
        "member_no": joined("M", digits),
        "email": _only(email, has_email),
        "phone": phone,
        "record": record,
    }


def devices(streams: Streams, subject: Ints, slot: Ints) -> pa.Array:
    """Return the anonymous id of a person's device.

    Slots are 0 the web browser, 1 the app, 2 the mini program, 3 a second browser.
    """
    return joined("a", pa.array(streams.words("device", subject, 0, slot)).cast(pa.string()))


def _only(values: pa.Array, keep: np.ndarray) -> pa.Array:
    """Return the values with null where `keep` is false."""
    return values.take(pa.array(np.arange(len(values)), mask=~keep))
