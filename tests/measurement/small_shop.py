"""Small random shops as plain rows, and as Arrow tables of the promised schemas."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import ibis
from hypothesis import strategies as st

from zhiyin.core.windows import Window
from zhiyin.decisions.tables import DECISIONS
from zhiyin.identity.tables import PERSON_OF
from zhiyin.measurement.campaigns import MeasuredCampaign
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.tables import COSTS, ORDERS, REFUNDS, TOUCHES

# Naive UTC, as the warehouse keeps time.
START = datetime(2026, 3, 1)
START_MS = 1772323200000
SECOND = 1000
AS_OF = START + timedelta(seconds=25)
AS_OF_MS = START_MS + 25 * SECOND

# A window that is over at AS_OF, one that is not, and one that overlaps both.
CAMPAIGNS = (
    MeasuredCampaign("c1", "One", Window(START, START + timedelta(seconds=10)), 0.2),
    MeasuredCampaign(
        "c2",
        "Two",
        Window(START + timedelta(seconds=5), START + timedelta(seconds=40)),
        0.2,
        {"s2": 0.5},
    ),
)
VISITORS = ("user:1", "user:2", "user:3", "anon:a", "anon:b")

# Whole seconds make ties and hit both ends of the windows; a few values fall just beside.
TIMES = st.integers(-8, 45).map(lambda n: START_MS + n * SECOND) | st.sampled_from(
    [START_MS - 1, START_MS + 10 * SECOND - 1, START_MS + 10 * SECOND + 1, AS_OF_MS - 1]
)
VISITOR = st.sampled_from(VISITORS)


def instant(milliseconds: int) -> datetime:
    return START + timedelta(milliseconds=milliseconds - START_MS)


@st.composite
def persons(draw):
    """Return the person of each visitor id; an id that identity has not seen is left out."""
    found = {}
    for visitor in VISITORS:
        person = draw(st.sampled_from([visitor, "user:1", "user:2", None]))
        if person is not None:
            found[visitor] = person
    return found


def person_rows(persons: dict[str, str]):
    rows = [{"visitor_id": v, "person_id": p, "ids": 1} for v, p in persons.items()]
    return rows_of(PERSON_OF, *rows)


@st.composite
def decisions(draw):
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from(["c1", "c2", "never_launched"]), VISITOR),
            unique=True,
            max_size=12,
        )
    )
    return [
        {
            "decision_id": f"{campaign}/{person}",
            "campaign_id": campaign,
            "person_id": person,
            "strategy": draw(st.sampled_from(["s1", "s2"])),
            "arm": draw(st.sampled_from(["treatment", "treatment", "holdout", "suppressed"])),
            "offer_id": draw(st.sampled_from([None, "Tracked", "untracked"])),
            "offer_cost": Decimal(draw(st.integers(0, 5))),
            "channel": draw(st.sampled_from(["email", "webhook"])),
            "decided_at": START,
        }
        for campaign, person in keys
    ]


@st.composite
def orders(draw):
    times = draw(st.lists(TIMES, max_size=12))
    return [
        {
            "source_id": "till",
            "order_id": f"o{n}",
            "visitor_id": draw(VISITOR | st.none()),
            "ts_ms": at,
            "order_time": instant(at),
            "order_date": instant(at).date(),
            "amount": Decimal(draw(st.integers(0, 400))) / 4,
            "coupon_code": draw(st.sampled_from([None, "TRACK", "other"])),
            "currency": "CNY",
        }
        for n, at in enumerate(times)
    ]


@st.composite
def refunds(draw):
    times = draw(st.lists(TIMES, max_size=5))
    return [
        {
            "source_id": "till",
            "refund_id": f"r{n}",
            "line_number": 1,
            "visitor_id": draw(VISITOR | st.none()),
            "ts_ms": at,
            "refund_time": instant(at),
            "amount": draw(st.none() | st.integers(0, 100).map(Decimal)),
        }
        for n, at in enumerate(times)
    ]


@st.composite
def touches(draw):
    times = draw(st.lists(TIMES, max_size=14))
    kinds = ["visit", "targeted", "delivered", "opened", "clicked", "bounced", "unsubscribed"]
    return [
        {
            # Not in the order of time, so that ties are broken by the id and nothing else.
            "touch_id": f"t{(n * 7) % 15:02d}",
            "visitor_id": draw(VISITOR),
            "touch_kind": draw(st.sampled_from(kinds)),
            "channel": draw(st.sampled_from(["direct", "email", "ads"])),
            "campaign_id": draw(st.sampled_from([None, "c1", "c2"])),
            "message_id": draw(st.sampled_from([None, "m1", "m2"])),
            "ts_ms": at,
            "touch_time": instant(at),
        }
        for n, at in enumerate(times)
    ]


SPECS = {"decisions": DECISIONS, "orders": ORDERS, "refunds": REFUNDS, "touches": TOUCHES}
SPECS["costs"] = COSTS


def arrow(kind: str, rows):
    return rows_of(SPECS[kind], *rows)


def table(kind: str, rows):
    return ibis.memtable(arrow(kind, rows), schema=SPECS[kind].schema())


def person_table(found: dict[str, str]):
    return ibis.memtable(person_rows(found), schema=PERSON_OF.schema())


def keyed(expression, *keys: str) -> dict:
    """Run an expression and return its rows by key."""
    rows = expression.to_pyarrow().to_pylist()
    found = {tuple(row.pop(key) for key in keys): row for row in rows}
    assert len(found) == len(rows), "two rows share a key"
    return found


# The same rules once more, as loops that a person can check by eye.


def members_by_hand(made, person_of) -> dict:
    """Return (campaign, person) -> its decisions."""
    found: dict = {}
    for row in made:
        if row["campaign_id"] in {c.campaign_id for c in CAMPAIGNS}:
            person = person_of.get(row["person_id"], row["person_id"])
            found.setdefault((row["campaign_id"], person), []).append(row)
    return found


def arm_by_hand(rows) -> str:
    arms = {row["arm"] for row in rows}
    if {"treatment", "holdout"} <= arms:
        return "crossed"
    return next((arm for arm in ("treatment", "holdout") if arm in arms), "suppressed")


def outcomes_by_hand(made, bought, returned, person_of, codes) -> dict:
    tracked = {row["coupon_code"].upper() for row in bought if row["coupon_code"]}
    windows = {c.campaign_id: c.window for c in CAMPAIGNS}
    result = {}
    for (campaign, person), rows in members_by_hand(made, person_of).items():

        def theirs(facts, campaign=campaign, person=person):
            return [
                fact
                for fact in facts
                if fact["visitor_id"] is not None
                and person_of.get(fact["visitor_id"], fact["visitor_id"]) == person
                and instant(fact["ts_ms"]) in windows[campaign]
                and fact["ts_ms"] < AS_OF_MS
            ]

        mine = theirs(bought)
        arm = arm_by_hand(rows)
        offers = sorted(row["offer_id"] for row in rows if row["offer_id"])
        cost = Decimal(0)
        if offers and arm == "treatment":
            code = codes.get(offers[0], offers[0]).upper()
            has_code = any((row["coupon_code"] or "").upper() == code for row in mine)
            if has_code if code in tracked else mine:
                cost = max(row["offer_cost"] for row in rows)
        result[(campaign, person)] = {
            "strategy": min(row["strategy"] for row in rows),
            "arm": arm,
            "channel": min(row["channel"] for row in rows),
            "orders": len(mine),
            "revenue": sum((row["amount"] for row in mine), Decimal(0))
            - sum((row["amount"] or Decimal(0) for row in theirs(returned)), Decimal(0)),
            "is_converted": bool(mine),
            "offer_cost": cost,
        }
    return result
