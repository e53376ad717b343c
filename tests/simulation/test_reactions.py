from datetime import datetime, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest

from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.simulation.api import MessageEffect, ReceivedMessage, World, WorldConfig
from zhiyin.simulation.config import day_number
from zhiyin.simulation.truth import outcomes


def world_of(customers=2_000, seed=1, **effect):
    return World(
        WorldConfig(
            customers=customers, months=3, seed=seed, message_effect=MessageEffect(**effect)
        )
    )


def buyers(emitted) -> set[str]:
    found: set[str] = set()
    for table in (emitted.web_order_lines, emitted.pos_lines):
        sold = table.filter(pc.equal(table["kind"], "sale"))
        found |= set(sold["member_no"].drop_null().to_pylist())
    return found


def messages(addresses, offer="10% off", **more):
    return [ReceivedMessage(address, offer=offer, **more) for address in addresses]


@pytest.mark.parametrize("lift", [0.01, 0.03, 0.08])
def test_the_planted_lift_is_the_average_of_the_individual_effects(lift):
    world = world_of(conversion_lift=lift)
    people = world.shop.people
    asked = [world.person(address) for address in world.addresses()]
    assert people.email_ok[asked].all()
    # The solver stops within 2e-9 of its scale, and the lift moves less than ten times as fast.
    assert world.truth().effects[asked].mean() == pytest.approx(lift, abs=1e-7)


def test_the_realised_effect_of_many_people_is_the_planted_one():
    world = world_of(customers=40_000, conversion_lift=0.05)
    addresses = world.addresses()
    effect = world.true_effect(addresses, days=world.config.message_effect.days + 3)
    error = effect.individual.std() / np.sqrt(effect.people)
    # Three more days let late openers finish; they add their own ordinary purchases to both arms,
    # which hides a little of the effect: below a tenth of it.
    assert abs(effect.conversion - 0.05) < 4 * error + 0.005
    assert effect.conversion == pytest.approx(effect.conversion_with - effect.conversion_without)
    assert effect.revenue > 0


def test_a_random_half_against_the_other_half_measures_the_planted_effect():
    world = world_of(customers=12_000, conversion_lift=0.06, seed=5)
    addresses = world.addresses()
    truth = world.true_effect(addresses, days=14)
    draw = np.random.default_rng(0).permutation(len(addresses))
    treated = [addresses[i] for i in draw[: len(draw) // 2]]
    emitted = world.react(messages(treated), days=14)
    members = world.shop.people.member_no.to_pylist()
    bought = buyers(emitted)
    rates = [
        np.mean([members[world.person(address)] in bought for address in group])
        for group in (treated, [addresses[i] for i in draw[len(draw) // 2 :]])
    ]
    error = np.sqrt(sum(rate * (1 - rate) / (len(draw) / 2) for rate in rates))
    assert abs(rates[0] - rates[1] - truth.conversion) < 3 * error
    assert truth.conversion > 4 * error


def test_who_is_not_written_to_does_the_same_whoever_else_is():
    quiet, loud = world_of(), world_of()
    addresses = quiet.addresses()
    silent = quiet.advance(14)
    noisy = loud.react(messages(addresses[::2]), days=14)
    left_alone = {
        quiet.shop.people.member_no[quiet.person(address)].as_py() for address in addresses[1::2]
    }
    for name in ("web_order_lines", "pos_lines"):
        first, second = (
            [row for row in emitted.tables[name].to_pylist() if row["member_no"] in left_alone]
            for emitted in (silent, noisy)
        )
        assert first == second
        assert first


def test_a_day_at_a_time_equals_all_days_at_once():
    at_once, daily = world_of(customers=600), world_of(customers=600)
    mail = messages(at_once.addresses()[:100], campaign_id="c1")
    whole = at_once.react(mail, days=35)
    for message in mail:
        daily.receive(message)
    parts = [daily.advance(1) for _ in range(35)]
    for name, table in whole.tables.items():
        if name != "web_events":  # compared as a set: ties within a second keep no order
            rows = [row for part in parts for row in part.tables[name].to_pylist()]
            assert rows == table.to_pylist(), name
    key = "message_id"
    told = sorted((row for p in parts for row in p.web_events.to_pylist()), key=lambda r: r[key])
    assert told == sorted(whole.web_events.to_pylist(), key=lambda r: r[key])
    assert [(r.kind, r.at) for p in parts for r in p.reactions] == [
        (r.kind, r.at) for r in whole.reactions
    ]


def test_live_days_go_on_the_same_whether_or_not_the_history_was_asked_for():
    asked, silent = world_of(customers=500), world_of(customers=500)
    asked.history()
    assert asked.advance(20).tables == silent.advance(20).tables


def test_a_world_without_effects_has_none_whatever_is_sent():
    world = world_of(conversion_lift=0.0)
    effect = world.true_effect(world.addresses(), days=20, offer="30% off")
    assert effect.conversion == 0
    assert not effect.individual.any()
    assert not world.truth().effects.any()


def test_persuadables_gain_and_sleeping_dogs_lose():
    world = world_of(customers=20_000, conversion_lift=0.05)
    truth = world.truth()
    mean = {
        kind: truth.effects[np.array(truth.responses) == kind].mean()
        for kind in ("persuadable", "sure_thing", "lost_cause", "sleeping_dog")
    }
    assert mean["persuadable"] > 0.05
    assert 0 < mean["sure_thing"] < 0.2 * mean["persuadable"]
    assert mean["lost_cause"] == 0
    assert mean["sleeping_dog"] < 0
    numbers = np.array(truth.member_numbers)
    dogs = numbers[np.array(truth.responses) == "sleeping_dog"].tolist()
    realised = world.true_effect(dogs, days=14)
    assert realised.conversion < 0
    assert set(np.unique(realised.individual)) <= {-1.0, 0.0}


def test_a_bigger_discount_moves_more_people():
    world = world_of(customers=10_000, conversion_lift=0.05)
    people = world.addresses()
    lifts = [
        world.true_effect(people, days=14, offer=offer).conversion
        for offer in ("", "10% off", "7折")
    ]
    assert lifts[0] < lifts[1] < lifts[2]


def test_fatigue_takes_from_the_effect_of_one_more_message():
    fresh, tired = (world_of(customers=10_000, conversion_lift=0.06) for _ in range(2))
    people = fresh.addresses()
    for back in range(8):
        for message in messages(people, at=tired.now - timedelta(days=back + 1, hours=3)):
            tired.receive(message)
    assert (
        tired.true_effect(people, days=14).conversion
        < 0.6 * fresh.true_effect(people, days=14).conversion
    )


def test_the_question_about_a_campaign_ignores_its_own_messages():
    world = world_of(customers=3_000)
    people = world.addresses()
    before = world.true_effect(people, days=14, offer="10% off")
    start = world.now
    world.react(messages(people[::2], campaign_id="spring"), days=14)
    after = world.true_effect(people, days=14, offer="10% off", campaign_id="spring", start=start)
    assert (after.conversion, after.revenue) == (before.conversion, before.revenue)


def test_arms_contain_what_really_happened():
    world = world_of(customers=3_000)
    people = world.addresses()
    numbers = np.array([world.person(address) for address in people])
    days = np.arange(world.today, world.today + 10)
    for message in messages(people[::2]):
        world.receive(message)
    seen = outcomes(world.shop, numbers, days, world._post(world._letters))
    bought = world.advance(10)
    members = world.shop.people.member_no.to_pylist()
    happened = buyers(bought)
    claimed = {members[number] for number, yes in zip(numbers, seen.converted, strict=True) if yes}
    assert claimed == happened & {members[number] for number in numbers}
    amounts: dict[str, float] = {}
    for table in (bought.web_order_lines, bought.pos_lines):
        for row in table.filter(pc.equal(table["kind"], "sale")).to_pylist():
            net = float(row["qty"] * row["unit_price"] - row["discount"])
            amounts[row["member_no"]] = amounts.get(row["member_no"], 0.0) + net
    expected = [amounts.get(members[number], 0.0) for number in numbers]
    assert seen.revenue.tolist() == pytest.approx(expected)


def test_reactions_come_in_order_and_only_after_the_message():
    world = world_of(customers=3_000)
    start = world.now
    emitted = world.react(messages(world.addresses(), campaign_id="c9"), days=10)
    kinds = [reaction.kind for reaction in emitted.reactions]
    assert 0.1 < kinds.count("open") / len(world.messages) < 0.6
    assert 0.05 < kinds.count("click") / kinds.count("open") < 0.5
    assert 0 < kinds.count("unsubscribe") < 0.1 * kinds.count("open")
    instants = [reaction.at for reaction in emitted.reactions]
    assert instants == sorted(instants)
    assert start < instants[0] <= instants[-1] < world.now
    clicked = [reaction for reaction in emitted.reactions if reaction.kind == "click"]
    landed = emitted.web_events.filter(pc.equal(emitted.web_events["campaign_id"], "c9"))
    visits = {key.rpartition("-")[0] for key in landed["message_id"].to_pylist()}
    assert visits == {reaction.visit for reaction in clicked}
    assert pc.unique(landed["utm_source"]).to_pylist() == ["email"]


def test_an_offer_is_redeemed_only_after_its_message_was_opened():
    world = world_of(customers=6_000, conversion_lift=0.1)
    emitted = world.react(messages(world.addresses(), offer="OFFER20"), days=12)
    members = world.shop.people.member_no.to_pylist()
    opened = {
        members[world.person(reaction.message.address)]: reaction.at
        for reaction in emitted.reactions
        if reaction.kind == "open"
    }
    lines = emitted.web_order_lines
    redeemed = lines.filter(pc.equal(lines["coupon"], "OFFER20")).to_pylist()
    assert len(redeemed) > 50
    for row in redeemed:
        local = datetime.fromisoformat(row["placed_at"])
        assert local - timedelta(hours=8) >= opened[row["member_no"]]
        full = row["qty"] * row["unit_price"]
        assert float(row["discount"]) == pytest.approx(float(full) * 0.2, abs=0.011)


def test_a_message_to_nobody_is_not_received():
    world = world_of(customers=100)
    assert not world.receive(ReceivedMessage("nobody@mail.example"))
    assert world.messages == []
    with pytest.raises(NotFound, match=r"nobody@mail\.example"):
        world.react([ReceivedMessage("nobody@mail.example")], days=1)


def test_new_members_go_on_joining_after_now():
    world = world_of(customers=4_000)
    before = world.members().num_rows
    joined = world.advance(30).crm_members
    assert world.members().num_rows == before + joined.num_rows > before
    assert world.today == day_number(world.config.span[1]) + 30


def test_an_effect_that_cannot_be_is_refused():
    with pytest.raises(InvalidInput, match=r"conversion_lift below 0\."):
        world_of(conversion_lift=0.5)
    with pytest.raises(InvalidInput, match="cannot be planted"):
        MessageEffect(conversion_lift=-0.1)


@pytest.mark.slow
def test_intervals_of_a_plain_comparison_cover_the_true_effect_as_often_as_they_say():
    covered = 0
    for seed in range(200):
        world = world_of(customers=2_000, seed=seed, conversion_lift=0.05)
        addresses = world.addresses()
        truth = world.true_effect(addresses, days=28)
        shuffled = np.random.default_rng(seed).permutation(addresses).tolist()
        groups = shuffled[: len(shuffled) // 2], shuffled[len(shuffled) // 2 :]
        bought = buyers(world.react(messages(groups[0]), days=28))
        members = world.shop.people.member_no.to_pylist()
        shares = [np.mean([members[world.person(a)] in bought for a in group]) for group in groups]
        variance = sum(
            share * (1 - share) / len(group) for share, group in zip(shares, groups, strict=True)
        )
        covered += abs(shares[0] - shares[1] - truth.conversion) < 1.96 * np.sqrt(variance)
    # At 95 % coverage 200 worlds cover 190 times, give or take 3.1. The comparison's variance is
    # conservative for the effect on exactly these people, so only too few would be an error.
    assert covered >= 190 - 3 * 3.1
