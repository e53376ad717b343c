"""A workspace's own metrics: what is taken, and what is said of what is not."""

from __future__ import annotations

import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.api import Measure, Ratio, dictionary, formula, grain, load_metrics, used_in

APP = """
title: {zh-CN: 应用内销售额, en: Revenue in the app}
measure: {fact: orders, sum: amount, where: [{column: channel, one_of: [app, mini_program]}]}
unit: currency
good: up
owner: sales
"""
SHARE = """
title: Share of the app
numerator: app_revenue
denominator: {revenue: 1}
unit: share
version: 2
"""


@pytest.fixture
def write(tmp_path):
    (tmp_path / "metrics").mkdir()

    def written(**files):
        for name, text in files.items():
            (tmp_path / "metrics" / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_metrics(tmp_path)

    return written


def test_own_metrics_stand_beside_the_shipped_ones(write):
    found = write(app_revenue=APP, app_share=SHARE)
    assert list(found)[: len(dictionary())] == list(dictionary())
    revenue, share = found["app_revenue"], found["app_share"]
    assert isinstance(revenue, Measure)
    assert revenue.columns == {"amount", "channel"}
    assert (revenue.origin, revenue.version) == ("metrics/app_revenue.yaml", 1)
    assert isinstance(share, Ratio)
    assert (dict(share.numerator), share.version) == ({"app_revenue": 1}, 2)
    assert share.title == {"zh-CN": "Share of the app", "en": "Share of the app"}
    assert used_in("app_revenue", found) == ("app_share",)


def test_a_workspace_without_own_metrics_has_the_shipped_ones(tmp_path):
    assert load_metrics(tmp_path) == dictionary()


def test_what_nobody_knows_whom_it_was_for_is_not_divided_by_people(write):
    found = write(app_revenue=APP, app_share=SHARE)
    assert grain("app_share", found) == ("day", "channel", "person")
    assert grain("cost", found) == grain("roi", found) == ("day", "channel")


def test_a_formula_is_told_in_plain_values(write):
    found = write(app_revenue=APP, app_share=SHARE)
    told = formula(found["app_revenue"])
    assert (told["how"], told["column"], told["fact"]) == ("sum", "amount", "orders")
    assert told["where"] == [
        {"column": "channel", "operator": "one_of", "value": ["app", "mini_program"]}
    ]
    assert formula(found["app_share"])["denominator"] == [{"metric": "revenue", "factor": 1}]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (APP.replace("amount", "amont"), "app_revenue.measure.sum cannot be 'amont'; allowed: "),
        (APP.replace("sum: amount", "sum: coupon_code"), "cannot be 'coupon_code'; allowed: amou"),
        (APP.replace("orders", "sales"), "measure.fact cannot be 'sales'; allowed: visits, orders"),
        (APP.replace("sum: amount", "average: amount"), "A key of .* cannot be 'average'"),
        (APP.replace("column: channel", "column: chanel"), r"where\[0\].column cannot be 'chanel'"),
        (APP.replace("one_of: [app, mini_program]", "at_least: 3"), "is a text, which takes"),
        (APP.replace("one_of: [app, mini_program]", ""), "say what channel is compared with"),
        (APP.replace("column: channel", "column: day"), "day cannot be filtered by"),
        (APP.replace("currency", "dollars"), "unit cannot be 'dollars'; allowed: people"),
        (APP.replace("good: up", "good: high"), "good cannot be 'high'; allowed: up, down"),
        (APP + "version: 0\n", "version must be a whole number from 1 on, not 0"),
        (APP + "denominator: orders\n", "either measure, or numerator and denominator"),
        (APP + "formula: 1\n", "'formula' does not belong here; allowed: name, title"),
        ("title: x\nunit: share\n", "either measure, or numerator and denominator"),
        (SHARE.replace("app_revenue", "revenu"), "did you mean revenue"),
        (SHARE.replace("{revenue: 1}", "{revenue: 0}"), "revenue must be a number other than 0"),
        (SHARE.replace("{revenue: 1}", "[revenue]"), "is a metric's name, or a mapping"),
        ("- a list", "must hold a mapping"),
        ("a: [", "is no YAML in UTF-8"),
        ("name: Big Sales\n" + APP, "a metric's name has small letters"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_what_is_allowed(write, text, sentence):
    with pytest.raises(InvalidInput, match=sentence) as error:
        write(app_revenue=text)
    assert str(error.value).count("app_revenue.yaml") == 1


def test_a_name_that_ships_with_the_product_is_taken(write):
    with pytest.raises(InvalidInput, match=r"'revenue' is taken by a metric that ships"):
        write(revenue=APP)


def test_a_circle_is_shown_as_one(write):
    one = SHARE.replace("app_revenue", "second")
    two = SHARE.replace("app_revenue", "first")
    with pytest.raises(InvalidInput, match=r"first → second → first"):
        write(first=one, second=two)
