"""Strategies, offers, policies and campaigns as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zhiyin.decisions
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.decisions.api import (
    CampaignSpec,
    Offer,
    QuietHours,
    load_definitions,
    load_offers,
    load_policy,
    load_strategies,
)

DEFAULTS = Path(zhiyin.decisions.__file__).parent / "defaults"
TITLE = "title: {zh-CN: 甲, en: A}"


def written(tmp_path: Path, text: str, name: str = "x.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_definitions_that_ship_with_the_product_agree_with_each_other():
    definitions = load_definitions(DEFAULTS)
    names = [strategy.name for strategy in definitions.strategies]
    assert names == ["rescue", "privilege", "second_order", "winback", "first_order", "content"]
    assert definitions.offers["winback_15"].percent == 15
    assert definitions.policy.channel("email").requires_consent
    assert definitions.policy.global_holdout.share == 0.02


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("percent: -5", r"offer a: percent is -5; .* no offer raises it"),
        ("percent: 101", "at most 100"),
        ("amount: -1", "amount is -1; it cannot be negative"),
        ("percent: 5\n    amount: 3", "has percent and amount"),
        ("price: 3", "unknown field `price`"),
        ("kind: gift", "Invalid enum value 'gift'"),
        ("percent: 5\n    valid_days: 0", "valid_days is 0"),
        ("", "coupon without a value"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused_in_one_sentence(tmp_path, line, says):
    kind = "" if "kind" in line else "kind: coupon"
    text = f"offers:\n  - offer_id: a\n    {TITLE}\n    {kind}\n    {line}\n"
    with pytest.raises(InvalidInput, match=says):
        load_offers(written(tmp_path, text))


def test_an_offer_id_comes_only_once(tmp_path):
    offer = f"  - offer_id: a\n    {TITLE}\n    kind: content\n"
    with pytest.raises(InvalidInput, match="offer a is there twice"):
        load_offers(written(tmp_path, "offers:\n" + offer * 2))


@given(
    price=st.decimals(0, 100_000, places=2),
    percent=st.none() | st.decimals(0, 100, places=1),
    amount=st.none() | st.decimals(0, 1000, places=2),
    floor=st.decimals(0, 200, places=0),
)
@settings(max_examples=50, deadline=None)
def test_no_offer_ever_raises_the_public_price(price, percent, amount, floor):
    offer = Offer("a", {}, "coupon", percent=percent, amount=amount, min_spend=floor)
    assert 0 <= offer.price_for(price) <= price


def test_a_discount_is_counted_from_the_public_price():
    offer = Offer("a", {}, "coupon", percent=Decimal(15), min_spend=Decimal(50))
    assert offer.price_for(Decimal("99.99")) == Decimal("84.99")
    assert offer.price_for(Decimal("49.99")) == Decimal("49.99")


STRATEGY = f"name: s\n{TITLE}\ntemplate: t\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "either `audience`"),
        ("audience: a\nwhere: {everyone: true}", "and not both"),
        ("audience: a\nchannel: pigeon", "channel cannot be 'pigeon'; allowed: email"),
        ("audience: a\nholdout: 1", r"holdout is 1.0; .* such as 0.1"),
        ("audience: a\ngoal: {days: 0}", "goal.days is 0"),
        ("audience: a\nofer: x", "unknown field `ofer`; fields of the whole: name,"),
        ("audience: a\nholdout: much", "Expected `float`"),
        ("audience: [", "cannot be read as YAML"),
    ],
)
def test_a_strategy_with_a_mistake_is_refused_in_one_sentence(tmp_path, text, says):
    says = says.replace("unknown field `ofer`;", "unknown field `ofer`.*;")
    written(tmp_path, STRATEGY + text)
    with pytest.raises(InvalidInput, match=says):
        load_strategies(tmp_path)


def test_a_title_is_needed_in_both_languages(tmp_path):
    written(tmp_path, "name: s\ntitle: {en: A}\ntemplate: t\naudience: a\n")
    with pytest.raises(InvalidInput, match="no text for zh-CN"):
        load_strategies(tmp_path)


def test_strategies_are_ranked_by_priority_then_name(tmp_path):
    for name, priority in (("b", 5), ("c", 1), ("a", 5)):
        text = f"name: {name}\n{TITLE}\ntemplate: t\naudience: x\npriority: {priority}"
        written(tmp_path, text, f"{name}.yaml")
    assert [s.name for s in load_strategies(tmp_path)] == ["c", "a", "b"]


def test_two_strategies_cannot_share_a_name(tmp_path):
    for file in ("a.yaml", "b.yaml"):
        written(tmp_path, STRATEGY + "audience: x", file)
    with pytest.raises(InvalidInput, match=r"b.yaml: the name s is taken"):
        load_strategies(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("global_holdout: {share: 2}", "global_holdout.share is 2.0"),
        ("quiet_hours: {start: late}", "quiet_hours.start is 'late'"),
        ("channels: {email: {caps: [{messages: 1, days: 0}]}}", "cap of 1 messages in 0 days"),
    ],
)
def test_a_policy_with_a_mistake_is_refused_in_one_sentence(tmp_path, text, says):
    with pytest.raises(InvalidInput, match=says):
        load_policy(written(tmp_path, text))


def test_a_missing_policy_is_named_with_the_next_step(tmp_path):
    with pytest.raises(NotFound, match="zhiyin init"):
        load_policy(tmp_path / "contact.yaml")


@pytest.mark.parametrize(
    ("local", "ends"),
    [
        ("2026-03-02 21:59", None),
        ("2026-03-02 22:00", "2026-03-03 08:00"),
        ("2026-03-03 07:59", "2026-03-03 08:00"),
        ("2026-03-03 08:00", None),
    ],
)
def test_quiet_hours_end_the_next_morning_in_the_workspace_zone(local, ends):
    from zoneinfo import ZoneInfo

    shanghai = ZoneInfo("Asia/Shanghai")
    now = datetime.fromisoformat(local).replace(tzinfo=shanghai).astimezone(UTC)
    expected = ends and datetime.fromisoformat(ends).replace(tzinfo=shanghai)
    assert QuietHours("22:00", "08:00").ends_at(now, "Asia/Shanghai") == expected


def test_quiet_hours_within_one_day_end_that_day():
    noon = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    assert QuietHours("12:00", "14:00").ends_at(noon, "UTC") == noon.replace(hour=14, minute=0)
    assert QuietHours("12:00", "14:00").ends_at(noon.replace(hour=14), "UTC") is None


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"name": "x"}, "either `strategies` or an audience"),
        ({"name": "x", "strategies": ["a"], "audience": "b"}, "either `strategies`"),
        ({"name": "x", "audience": "b"}, "no template"),
        ({"name": " ", "strategies": "all"}, "empty name"),
        ({"name": "x", "strategies": "all", "holdout": 1.5}, "holdout is 1.5"),
        ({"name": "x", "strategies": "all", "language": "fr"}, "allowed: zh-CN, en"),
        ({"name": "x", "strategy": "a"}, "unknown field `strategy`"),
        ({}, "missing required field `name`"),
    ],
)
def test_a_campaign_with_a_mistake_is_refused_in_one_sentence(raw, says):
    with pytest.raises(InvalidInput, match=says):
        CampaignSpec.parse(raw)


def test_a_campaign_names_known_strategies_and_may_set_their_hold_out():
    strategies = load_strategies(DEFAULTS / "strategies")
    spec = CampaignSpec.parse({"name": "x", "strategies": ["winback", "rescue"], "holdout": 0.3})
    assert [(s.name, s.holdout) for s in spec.chosen(strategies)] == [
        ("rescue", 0.3),
        ("winback", 0.3),
    ]
    with pytest.raises(InvalidInput, match="strategy cannot be 'y'; allowed: rescue"):
        CampaignSpec.parse({"name": "x", "strategies": ["y"]}).chosen(strategies)
    assert len(CampaignSpec.parse({"name": "x", "strategies": "all"}).chosen(strategies)) == 6
