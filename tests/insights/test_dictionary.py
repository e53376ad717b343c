"""Every figure is defined once, completely, in both languages."""

from __future__ import annotations

from copy import deepcopy

import pytest
import yaml

from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.insights.api import DAILY_MEASURES, Measure, Ratio, dictionary, metric
from zhiyin.insights.dictionary import PATH
from zhiyin.insights.metric_files import read_dictionary
from zhiyin.insights.tables import DAILY

WRITTEN = yaml.safe_load(PATH.read_text("utf-8"))


def test_every_metric_has_a_title_and_a_description_in_both_languages():
    for found in dictionary().values():
        for text in (found.title, found.description):
            assert set(text) == {"zh-CN", "en"}
            assert text["zh-CN"] != text["en"]


def test_the_conversion_rate_is_ordering_over_visiting_customers():
    rate = metric("conversion_rate")
    assert isinstance(rate, Ratio)
    assert (dict(rate.numerator), dict(rate.denominator)) == (
        {"visiting_buyers": 1},
        {"visitors": 1},
    )
    visitors = metric("visitors")
    assert isinstance(visitors, Measure)
    assert (visitors.fact, visitors.how, visitors.column) == ("visits", "distinct", "person_id")


def test_every_column_of_the_daily_table_is_a_measure_of_the_dictionary():
    assert set(DAILY.columns) == {*DAILY.grain, *DAILY_MEASURES}


def test_an_unknown_metric_is_answered_with_the_known_ones():
    with pytest.raises(NotFound, match="No metric is named 'luck'; known: visitors, sessions"):
        metric("luck")


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (
            lambda w: w["ratios"]["cac"].update(numerator={"luck": 1}),
            InvalidInput,
            "cac: No metric is named 'luck'",
        ),
        (
            lambda w: w["ratios"]["cac"].update(good="left"),
            InvalidInput,
            "cac.good cannot be 'left'",
        ),
        (
            lambda w: w["measures"]["cost"].update(measure={"fact": "x", "count": True}),
            InvalidInput,
            "fact cannot be 'x'",
        ),
        (
            lambda w: w["measures"]["cost"].update(measure={"fact": "costs"}),
            InvalidInput,
            "exactly one of count",
        ),
    ],
)
def test_a_wrong_definition_is_refused(change, error, sentence):
    written = deepcopy(WRITTEN)
    change(written)
    with pytest.raises(error, match=sentence):
        read_dictionary(written)
