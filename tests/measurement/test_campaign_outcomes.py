from hypothesis import given, settings
from tests.measurement.small_shop import (
    AS_OF,
    CAMPAIGNS,
    decisions,
    keyed,
    orders,
    outcomes_by_hand,
    person_table,
    persons,
    refunds,
    table,
)

from zhiyin.measurement.outcomes import campaign_outcomes
from zhiyin.measurement.tables import CAMPAIGN_OUTCOMES

CODES = {"Tracked": "track"}


def measured(made, bought, returned, person_of, campaigns=CAMPAIGNS):
    return campaign_outcomes(
        table("decisions", made),
        table("orders", bought),
        table("refunds", returned),
        person_table(person_of),
        campaigns=campaigns,
        as_of=AS_OF,
        offer_codes=CODES,
    )


@given(decisions(), orders(), refunds(), persons())
@settings(max_examples=20, deadline=None)
def test_outcomes_are_those_counted_by_hand(made, bought, returned, person_of):
    found = keyed(measured(made, bought, returned, person_of), "campaign_id", "person_id")
    assert found == outcomes_by_hand(made, bought, returned, person_of, CODES)


def test_without_campaigns_there_are_no_outcomes_and_the_columns_are_those_promised():
    empty = measured([], [], [], {}, campaigns=())
    assert empty.to_pyarrow().num_rows == 0
    assert set(empty.columns) == set(CAMPAIGN_OUTCOMES.columns)


def decided(person: str, arm: str) -> dict:
    return {"decision_id": person, "campaign_id": "c1", "person_id": person, "arm": arm}


def test_a_person_merged_from_both_arms_belongs_to_neither():
    made = [decided("user:1", "treatment"), decided("anon:a", "holdout")]
    found = keyed(measured(made, [], [], {"anon:a": "user:1"}), "campaign_id", "person_id")
    assert {key: row["arm"] for key, row in found.items()} == {("c1", "user:1"): "crossed"}


def test_a_person_decided_twice_counts_once():
    made = [decided("user:1", "treatment"), decided("anon:a", "treatment")]
    found = keyed(measured(made, [], [], {"anon:a": "user:1"}), "campaign_id", "person_id")
    assert [row["arm"] for row in found.values()] == ["treatment"]
