from collections import defaultdict

import pytest
from hypothesis import given, settings
from tests.measurement.small_shop import (
    AS_OF,
    CAMPAIGNS,
    decisions,
    orders,
    outcomes_by_hand,
    person_table,
    persons,
    refunds,
    table,
)

from zhiyin.measurement.outcomes import campaign_outcomes
from zhiyin.measurement.results import (
    ArmSums,
    Stratum,
    campaign_results,
    campaign_sums,
    compare,
    results_expression,
)
from zhiyin.measurement.tables import CAMPAIGN_RESULTS
from zhiyin.stats.sums import Proportion, SampleMean

CAMPAIGN = CAMPAIGNS[0]


@given(decisions(), orders(), refunds(), persons())
@settings(max_examples=10, deadline=None)
def test_sums_are_those_of_the_outcomes_counted_by_hand(made, bought, returned, person_of):
    outcomes = campaign_outcomes(
        table("decisions", made),
        table("orders", bought),
        table("refunds", returned),
        person_table(person_of),
        campaigns=CAMPAIGNS,
        as_of=AS_OF,
    )
    expected = defaultdict(list)
    for (campaign, _), row in outcomes_by_hand(made, bought, returned, person_of, {}).items():
        if row["arm"] in ("treatment", "holdout"):
            expected[(campaign, row["strategy"], row["arm"])].append(row)
    sums = campaign_sums(outcomes).to_pyarrow().to_pylist()
    assert {(s["campaign_id"], s["strategy"], s["arm"]) for s in sums} == set(expected)
    for found in sums:
        rows = expected[(found["campaign_id"], found["strategy"], found["arm"])]
        spent = [float(row["revenue"]) for row in rows]
        assert found["people"] == len(rows)
        assert found["converted"] == sum(row["is_converted"] for row in rows)
        assert found["revenue"] == pytest.approx(sum(spent))
        assert found["revenue_squares"] == pytest.approx(sum(x**2 for x in spent))
        assert found["revenue_cubes"] == pytest.approx(sum(x**3 for x in spent))


def arm(people: int, buyers: int, amount: float = 100.0) -> ArmSums:
    """Return an arm in which every buyer spent the same amount."""
    powers = (buyers * amount**k for k in (1, 2, 3))
    return ArmSums(Proportion(people, buyers), SampleMean(people, *powers))


def results(*strata: Stratum):
    return compare(CAMPAIGN, strata, as_of=AS_OF)


def test_a_clear_rise_works_and_a_clear_fall_is_harmful():
    up = results(Stratum(0.2, arm(8000, 800), arm(2000, 120)))
    down = results(Stratum(0.2, arm(8000, 320), arm(2000, 140)))
    assert [r.verdict for r in up] == ["works", "works"]
    assert [r.verdict for r in down] == ["harmful", "harmful"]


def test_increment_and_lift_are_those_of_the_difference():
    conversion, revenue = results(Stratum(0.2, arm(8000, 800), arm(2000, 120)))
    assert conversion.difference == pytest.approx(0.04)
    assert conversion.total_increment == pytest.approx(320)
    assert conversion.lift == pytest.approx(0.10 / 0.06 - 1)
    assert revenue.difference == pytest.approx(4.0)
    assert revenue.total_increment == pytest.approx(32_000)
    assert revenue.total_low < 32_000 < revenue.total_high
    assert conversion.lift_low < conversion.lift < conversion.lift_high


def test_an_uneven_split_makes_the_result_doubtful():
    conversion, _ = results(Stratum(0.2, arm(8000, 800), arm(1500, 90)))
    assert (conversion.verdict, conversion.why) == ("doubtful", "uneven_split")
    assert conversion.srm_p_value < 0.001


def test_strategies_with_other_shares_are_compared_within_themselves():
    # Loyal people convert at 30 % in both arms, others at 3 %; pooled, treatment would look bad.
    conversion, _ = results(
        Stratum(0.1, arm(9000, 270), arm(1000, 30)), Stratum(0.5, arm(1000, 300), arm(1000, 300))
    )
    assert conversion.difference == pytest.approx(0)
    assert conversion.verdict == "no_proof"
    assert conversion.holdout_mean == pytest.approx(conversion.treated_mean)


def test_people_of_a_stratum_without_hold_out_earn_no_increment():
    compared = Stratum(0.2, arm(8000, 800), arm(2000, 120))
    with_more = results(Stratum(0.0, arm(5000, 4000), ArmSums()), compared)
    alone = results(compared)
    assert with_more[0].treated == 13_000
    assert with_more[0].total_increment == pytest.approx(alone[0].total_increment)
    assert with_more[0].treated_mean == alone[0].treated_mean


@pytest.mark.parametrize(
    ("strata", "why"),
    [
        ([Stratum(0.0, arm(500, 40), ArmSums())], "no_holdout"),
        ([Stratum(0.2, ArmSums(), arm(500, 40))], "no_treatment"),
        ([], "no_treatment"),
        ([Stratum(0.2, arm(400, 0), arm(100, 0))], "no_variation"),
    ],
)
def test_where_arms_allow_no_answer_there_is_a_reason_and_no_number(strata, why):
    for result in results(*strata):
        assert (result.verdict, result.why) == ("no_answer", why)
        numbers = ("difference", "low", "high", "p_value", "total_increment", "lift")
        assert all(getattr(result, name) is None for name in numbers)


def test_results_become_rows_of_the_promised_table():
    outcomes = campaign_outcomes(
        table("decisions", []),
        table("orders", []),
        table("refunds", []),
        person_table({}),
        campaigns=CAMPAIGNS,
        as_of=AS_OF,
    )
    sums = campaign_sums(outcomes).to_pyarrow()
    found = campaign_results(sums, CAMPAIGNS, as_of=AS_OF)
    rows = results_expression(outcomes, found)
    assert rows.columns == tuple(CAMPAIGN_RESULTS.columns)
    assert rows.to_pyarrow().num_rows == 4
    assert {(r.campaign_id, r.is_final) for r in found} == {("c1", True), ("c2", False)}
