from dataclasses import replace

import pytest
from tests.measurement.review_sample import campaign, empty_review, figure, review

from zhiyin.measurement.review.findings import findings
from zhiyin.measurement.review.model import ChannelLine, ModelLine, Quality

ALL_CODES = {
    "revenue_down_buyers", "high_value_silent", "campaign_works", "campaign_costs_more",
    "campaign_no_proof", "campaign_harmful", "campaign_no_holdout", "channel_without_orders",
    "channel_loss", "cac_up", "refunds_up", "unsubscribes_high", "orders_unattributed",
    "model_behind", "rows_quarantined",
}  # fmt: skip


def codes(found) -> list[str]:
    return [finding.code for finding in found.findings]


def test_every_planted_cause_is_named_once_and_bad_ones_come_first():
    found = review()
    assert sorted(codes(found)) == sorted(ALL_CODES)
    levels = [finding.level for finding in found.findings]
    assert levels == sorted(levels, key=["bad", "warning", "good"].index)


def test_nothing_to_say_is_no_finding():
    assert codes(empty_review()) == []


@pytest.mark.parametrize(
    ("factor", "code"),
    [
        ("buyers", "revenue_down_buyers"),
        ("orders_per_buyer", "revenue_down_orders_per_buyer"),
        ("average_order_value", "revenue_down_average_order_value"),
    ],
)
def test_a_fall_in_revenue_is_put_down_to_the_factor_that_fell_most(factor, code):
    names = ("buyers", "orders_per_buyer", "average_order_value")
    figures = [figure(name, 70.0 if name == factor else 98.0, 100.0) for name in names]
    found = review(figures=(figure("revenue", 700.0, 1000.0), *figures))
    assert code in codes(found)


def test_a_rise_names_the_factor_that_rose_most_and_small_moves_are_left_alone():
    rise = (
        figure("revenue", 1300.0, 1000.0),
        figure("buyers", 90.0, 100.0),
        figure("average_order_value", 14.4, 10.0),
    )
    (found,) = [f for f in review(figures=rise).findings if f.code == "revenue_up"]
    assert found.values["driver"] == "average_order_value"
    calm = review(figures=(figure("revenue", 1050.0, 1000.0), *rise[1:]))
    assert not any(code.startswith("revenue") for code in codes(calm))


@pytest.mark.parametrize(("new", "is_found"), [(100.0, True), (8.0, False)])
def test_a_dearer_channel_is_named_only_beyond_chance(new, is_found):
    line = ChannelLine("baidu", 900, new, 9e6, 150 * new, 150.0, 5.0, 100.0, new)
    assert ("cac_up" in codes(review(channels=(line,)))) is is_found


def test_a_running_campaign_is_not_judged():
    running = replace(campaign("weak", (800, 60), (200, 14)), is_final=False)
    assert not any(code.startswith("campaign") for code in codes(review(campaigns=(running,))))


def test_an_error_measure_is_good_when_it_is_below_its_baseline():
    line = ModelLine("clv", "v1", "value_error", 0.4, 0.5, review().written_at)
    assert "model_behind" not in codes(review(models=(line,)))
    assert "model_behind" in codes(review(models=(replace(line, value=0.6),)))


def test_findings_of_a_review_do_not_depend_on_those_it_has():
    found = review()
    assert findings(replace(found, findings=())) == list(found.findings)


def test_few_rows_set_aside_are_no_finding():
    assert "rows_quarantined" not in codes(review(quality=Quality(1000, 995, 5)))
