from decimal import Decimal

from hypothesis import given, settings
from tests.measurement.small_shop import (
    AS_OF,
    AS_OF_MS,
    CAMPAIGNS,
    decisions,
    keyed,
    orders,
    outcomes_by_hand,
    person_table,
    persons,
    table,
    touches,
)

from zhiyin.measurement.funnel import campaign_funnel
from zhiyin.measurement.outcomes import campaign_outcomes

PRICES = {"email": Decimal("0.05"), "sms": Decimal("0.5")}


def funnel_by_hand(outcomes, contacts, person_of):
    found = {}
    for channel_key in {(campaign, row["channel"]) for (campaign, _), row in outcomes.items()}:
        mine = {
            person: row
            for (campaign, person), row in outcomes.items()
            if (campaign, row["channel"]) == channel_key
        }
        treated = {person for person, row in mine.items() if row["arm"] == "treatment"}
        seen = [
            (touch["touch_kind"], person, touch["message_id"] or touch["touch_id"])
            for touch in contacts
            if touch["campaign_id"] == channel_key[0]
            and touch["ts_ms"] < AS_OF_MS
            and (person := person_of.get(touch["visitor_id"], touch["visitor_id"])) in treated
        ]

        def people(*kinds, seen=seen):
            return len({person for kind, person, _ in seen if kind in kinds})

        def messages(*kinds, seen=seen):
            return len({message for kind, _, message in seen if kind in kinds})

        arms = [row["arm"] for row in mine.values()]
        price = PRICES.get(channel_key[1], Decimal(0))
        bought = [mine[person] for person in treated]
        found[channel_key] = {
            "eligible": len(arms),
            "suppressed": arms.count("suppressed"),
            "held_out": arms.count("holdout"),
            "treated": len(treated),
            "delivered": messages("delivered"),
            "opened": people("opened", "clicked"),
            "clicked": people("clicked"),
            "unsubscribed": people("unsubscribed"),
            "bounced": people("bounced"),
            "converted": sum(row["is_converted"] for row in bought),
            "revenue": sum((row["revenue"] for row in bought), Decimal(0)),
            "cost": messages("delivered", "bounced") * price
            + sum((row["offer_cost"] for row in bought), Decimal(0)),
        }
    return found


@given(decisions(), orders(), touches(), persons())
@settings(max_examples=12, deadline=None)
def test_the_funnel_is_the_one_counted_by_hand(made, bought, contacts, person_of):
    identity = person_table(person_of)
    outcomes = campaign_outcomes(
        table("decisions", made),
        table("orders", bought),
        table("refunds", []),
        identity,
        campaigns=CAMPAIGNS,
        as_of=AS_OF,
    )
    found = campaign_funnel(
        outcomes, table("touches", contacts), identity, message_costs=PRICES, as_of=AS_OF
    )
    by_hand = outcomes_by_hand(made, bought, [], person_of, {})
    expected = funnel_by_hand(by_hand, contacts, person_of)
    assert keyed(found, "campaign_id", "channel") == expected
