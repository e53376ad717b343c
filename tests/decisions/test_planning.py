"""Plans: against a plain loop over people, rule by rule."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.decisions.people_in_memory import AS_OF, a_customer

from zhiyin.core.errors import InvalidInput
from zhiyin.core.ids import bucket
from zhiyin.decisions.api import (
    CampaignSpec,
    Cap,
    ChannelPolicy,
    ContactPolicy,
    Definitions,
    History,
    Offer,
    Strategy,
    plan,
    strategy_coverage,
)
from zhiyin.decisions.policy import GlobalHoldout
from zhiyin.decisions.tables import DECISIONS

TITLE = {"zh-CN": "甲", "en": "A"}
OFFERS = {
    "percent": Offer("percent", TITLE, "coupon", percent=Decimal(10), min_spend=Decimal(50)),
    "fixed": Offer("fixed", TITLE, "privilege", cost_per_use=Decimal("7.5")),
}
HIGH = Strategy(
    "high", TITLE, "t_high", 10, where={"attribute": "value_tier", "equals": "high"},
    offer="fixed", holdout=0.5,
)  # fmt: skip
REST = Strategy(
    "rest", TITLE, "t_rest", 20, where={"everyone": True}, offer="percent", holdout=0.2,
    cap=Cap(1, 30),
)  # fmt: skip
SERVICE = Strategy("note", TITLE, "t", where={"everyone": True}, holdout=0.0, purpose="service")
POLICY = ContactPolicy(
    channels={"email": ChannelPolicy(requires_consent=False, caps=(Cap(2, 7), Cap(3, 30)))},
    global_holdout=GlobalHoldout(0.25, "everywhere"),
    conflict_days=3,
)
CAMPAIGN = CampaignSpec.parse({"name": "spring", "strategies": "all"})


def contacts_of(days_ago: dict[str, list[int]]) -> ibis.Table:
    rows = [(person, AS_OF - timedelta(days=d)) for person, ds in days_ago.items() for d in ds]
    return ibis.memtable(
        pa.table(
            {
                "person_id": pa.array([person for person, _ in rows], pa.string()),
                "channel": pa.array(["email"] * len(rows), pa.string()),
                "sent_at": pa.array([at for _, at in rows], pa.timestamp("us")),
            }
        )
    )


@pytest.fixture
def planned(sources, consents, decisions):
    duck = ibis.duckdb.connect()

    def made(people, *, policy=POLICY, strategies=(HIGH, REST), said=None, sent=None, past=None,
             campaign=CAMPAIGN, campaign_id="c1", **audiences):  # fmt: skip
        table = plan(
            campaign,
            sources(people, **audiences),
            campaign_id=campaign_id,
            decided_at=AS_OF,
            definitions=Definitions(strategies, OFFERS, policy),
            history=History(
                consents(**(said or {})),
                contacts_of(sent) if sent is not None else None,
                decisions(past) if past is not None else None,
            ),
        )
        rows = duck.to_pyarrow(table).to_pylist()
        assert list(table.columns) == list(DECISIONS.columns)
        return {row["person_id"]: row for row in rows}

    return made


def an_earlier(person: str, days_ago: int, **known: Any) -> dict[str, Any]:
    return {
        "decision_id": f"{person}-{days_ago}", "campaign_id": "c0", "person_id": person,
        "strategy": "rest", "arm": "treatment", "channel": "email", "template": "t", "bucket": 0,
        "offer_cost": Decimal(0), "decided_at": AS_OF - timedelta(days=days_ago), **known,
    }  # fmt: skip


PERSON = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(["high", "middle", None]),
        "email": st.sampled_from(["a@b.test", "", None]),
        "consent": st.sampled_from([True, False, None]),
        "sent": st.lists(st.integers(1, 40), max_size=4),
        "chosen": st.lists(st.integers(1, 40), max_size=2),
    }
)


def expected(person: str, known: dict[str, Any], must_ask: bool) -> tuple[str, str, str | None]:
    """The plan of one person, rule by rule."""
    strategy = HIGH if known["tier"] == "high" else REST
    has_consent = (not must_ask) if known["consent"] is None else known["consent"]
    sent, chosen = known["sent"], known["chosen"]
    is_capped = sum(d <= 7 for d in sent) >= 2 or sum(d <= 30 for d in sent) >= 3
    is_capped |= strategy is REST and sum(d <= 30 for d in chosen) >= 1
    rules = {
        "no_address": not known["email"],
        "no_consent": not has_consent,
        "contact_cap": is_capped,
        "global_holdout": bucket("everywhere", person) < 2500,
        "conflict": any(d <= 3 for d in chosen),
    }
    reason = next((name for name, holds in rules.items() if holds), None)
    held = bucket("c1", person) < round(strategy.holdout * 10_000)
    arm = "suppressed" if reason else "holdout" if held else "treatment"
    return strategy.name, arm, reason


FRESH = [HealthCheck.function_scoped_fixture]  # the fixture is a function without memory


@given(people=st.lists(PERSON, min_size=20, max_size=60), must_ask=st.booleans())
@settings(max_examples=6, deadline=None, suppress_health_check=FRESH)
def test_a_plan_agrees_with_the_rules_applied_person_by_person(planned, people, must_ask):
    known = {f"user:{number}": person for number, person in enumerate(people)}
    rows = planned(
        [a_customer(p, value_tier=k["tier"], email=k["email"]) for p, k in known.items()],
        policy=ContactPolicy(
            channels={"email": ChannelPolicy(must_ask, POLICY.channels["email"].caps)},
            global_holdout=POLICY.global_holdout,
            conflict_days=3,
        ),
        said={p[5:]: k["consent"] for p, k in known.items() if k["consent"] is not None},
        sent={p: k["sent"] for p, k in known.items()},
        past=[an_earlier(p, d) for p, k in known.items() for d in dict.fromkeys(k["chosen"])],
    )
    known = {p: {**k, "chosen": list(dict.fromkeys(k["chosen"]))} for p, k in known.items()}
    found = {p: (row["strategy"], row["arm"], row["reason"]) for p, row in rows.items()}
    assert found == {p: expected(p, k, must_ask) for p, k in known.items()}


def buyers(count: int, **known: Any) -> list[dict[str, Any]]:
    return [a_customer(f"user:{n}", email=f"{n}@b.test", **known) for n in range(count)]


def test_the_hold_out_is_drawn_among_people_who_would_be_contacted(planned):
    rows = planned(buyers(800), strategies=(REST,), said={str(n): n % 2 == 0 for n in range(800)})
    contacted = [row for row in rows.values() if row["arm"] != "suppressed"]
    held = sum(row["arm"] == "holdout" for row in contacted)
    assert all(row["reason"] is None for row in contacted)
    assert len(contacted) < 400
    # Four standard deviations of a binomial with share 0.2.
    assert abs(held - 0.2 * len(contacted)) <= 4 * (len(contacted) * 0.16) ** 0.5


def test_the_same_plan_comes_out_twice_and_its_ids_differ_between_campaigns(planned):
    people = buyers(50)
    once, again, other = planned(people), planned(people), planned(people, campaign_id="c2")
    assert once == again
    ids = [row["decision_id"] for rows in (once, other) for row in rows.values()]
    assert len(set(ids)) == 100


def test_an_offer_costs_what_it_says_or_its_share_of_the_usual_order(planned):
    rows = planned(
        [
            a_customer("user:1", email="a@b.test", value_tier="high"),
            a_customer("user:2", email="a@b.test", average_order=Decimal("123.4567")),
            a_customer("user:3", email="a@b.test", average_order=Decimal(20)),
            a_customer("user:4", email="a@b.test"),
        ]
    )
    costs = {person: row["offer_cost"] for person, row in rows.items()}
    assert costs == {
        "user:1": Decimal("7.5000"),
        "user:2": Decimal("12.3457"),
        "user:3": Decimal("5.0000"),  # the offer is good from 50 on
        "user:4": Decimal("5.0000"),
    }


def test_service_messages_know_no_consent_cap_or_hold_out(planned):
    rows = planned(
        [*buyers(40), a_customer("user:x")],
        strategies=(SERVICE,),
        said={str(n): False for n in range(40)},
        sent={f"user:{n}": [1, 2, 3] for n in range(40)},
        past=[an_earlier(f"user:{n}", 1) for n in range(40)],
    )
    assert {row["arm"] for row in rows.values()} == {"treatment", "suppressed"}
    assert [p for p, row in rows.items() if row["arm"] == "suppressed"] == ["user:x"]


def test_a_campaign_may_name_one_audience_and_template_directly(planned):
    campaign = CampaignSpec.parse(
        {"name": "x", "audience": "rich", "template": "t", "offer": "fixed", "holdout": 0}
    )
    rows = planned(
        [*buyers(3), *[a_customer("user:9", email="a@b.test", monetary=Decimal(900))]],
        campaign=campaign,
        policy=ContactPolicy(channels={"email": ChannelPolicy(requires_consent=False)}),
        rich={"attribute": "monetary", "at_least": 500},
    )
    assert list(rows) == ["user:9"]
    assert (rows["user:9"]["strategy"], rows["user:9"]["arm"]) == ("direct", "treatment")


def test_a_web_hook_is_addressed_by_person_and_a_phone_by_its_number(planned):
    for channel, address in (("webhook", "user:0"), ("sms", "+861"), ("push", None)):
        campaign = CampaignSpec.parse(
            {"name": "x", "where": {"everyone": True}, "template": "t", "channel": channel}
        )
        (row,) = planned(buyers(1, phone="+861"), campaign=campaign).values()
        assert row["address"] == address
        assert (row["reason"] == "no_address") == (address is None)


def test_names_that_nobody_defined_are_refused_before_anything_is_planned(planned):
    lost = Strategy("s", TITLE, "t", audience="nobody_defined_it")
    with pytest.raises(InvalidInput, match="nobody_defined_it"):
        planned(buyers(1), strategies=(lost,))
    gift = Strategy("s", TITLE, "t", where={"everyone": True}, offer="gift")
    with pytest.raises(InvalidInput, match="offer cannot be 'gift'; allowed: fixed, percent"):
        planned(buyers(1), strategies=(gift,))
    broken = Strategy("s", TITLE, "t", where={"all": []})
    with pytest.raises(InvalidInput, match="strategy s: where"):
        planned(buyers(1), strategies=(broken,))


def test_the_strategies_that_ship_reach_every_customer(sources):
    from tests.decisions.test_decision_definitions import DEFAULTS

    from zhiyin.decisions.api import load_definitions

    people = [
        a_customer("user:1", is_buyer=True, value_tier="at_risk", stage="dormant"),
        a_customer("user:2", is_buyer=True, value_tier="high", stage="active"),
        a_customer("user:3", is_buyer=True, value_tier="potential", stage="new"),
        a_customer("user:4", is_buyer=True, value_tier="middle", stage="churned"),
        a_customer("user:5", is_registered=True, stage="prospect"),
        a_customer("user:6", is_buyer=True, value_tier="middle", stage="active"),
        a_customer("anon:7", stage="prospect"),
    ]
    covered = strategy_coverage(load_definitions(DEFAULTS).strategies, sources(people))
    rows = ibis.duckdb.connect().to_pyarrow(covered).to_pylist()
    assert {row["person_id"]: row["strategy"] for row in rows} == {
        "user:1": "rescue",
        "user:2": "privilege",
        "user:3": "second_order",
        "user:4": "winback",
        "user:5": "first_order",
        "user:6": "content",
        "anon:7": "content",
    }


def test_people_whom_no_strategy_wants_are_counted_as_such(sources):
    found = ibis.duckdb.connect()
    for strategies in ((), (HIGH,)):
        covered = strategy_coverage(strategies, sources([a_customer("user:1")]))
        assert found.to_pyarrow(covered).to_pylist() == [
            {"person_id": "user:1", "strategy": "none"}
        ]
