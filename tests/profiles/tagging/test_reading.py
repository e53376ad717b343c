"""Definitions that are wrong or doubtful, each told in one sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.profiles.tagging.tag_tables import AS_OF, definition

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.api import DEFAULTS
from zhiyin.profiles.tagging.api import KINDS, columns_read, facts_read, load_tags, warnings

STATISTIC = "{family: value, statistic: {%s}}"
PREFERENCE = "{family: value, preference: {%s}}"
MISTAKES = [
    ("{family: value, where: {tag: t}}", "the tag 't' refers to itself"),
    ("{family: value, where: {audience: vips}}", "condition of the audience 'vips' out"),
    ("{family: value, manual: true, where: {everyone: true}}", "a tag is of one kind"),
    ("{family: value, manual: 7}", "manual is `true` for a plain tag"),
    ("{family: value, model: {score: luck}}", "model.score cannot be 'luck'"),
    ("{family: value, valid_days: 0, manual: true}", "valid_days must be above 0"),
    ("{family: value, version: 0, manual: true}", "version must be a whole number"),
    (STATISTIC % "of: visits, take: count", "statistic.of cannot be 'visits'"),
    (STATISTIC % "of: orders, take: median", "statistic.take cannot be 'median'"),
    (STATISTIC % "of: orders, take: sum", "statistic.column cannot be None"),
    (STATISTIC % "of: orders, take: sum, column: shoe", "statistic.column cannot be 'shoe'"),
    (STATISTIC % "of: orders, take: sum, column: channel", "sum needs a number, and channel"),
    (STATISTIC % "of: orders, take: count, column: amount", "count takes no column"),
    (STATISTIC % "of: orders, take: trend", "give within_days"),
    (STATISTIC % "of: orders, take: count, percentile: 0.5", "goes with take: percentile"),
    (STATISTIC % "of: orders, take: percentile, column: amount, percentile: 5", "0 and 1, not 5"),
    (STATISTIC % "of: orders, take: count, within_days: -1", "days above 0, not -1"),
    (STATISTIC % "of: orders, take: count, where: {shoe: 1}", "column of orders cannot be 'shoe'"),
    (STATISTIC % "of: orders, take: last, column: channel, bands: [{is: x}]", "last of channel"),
    (STATISTIC % "of: orders, take: count, color: red", "a key cannot be 'color'"),
    (PREFERENCE % "by: category, evidence: []", "evidence: needs a list"),
    (PREFERENCE % "by: amount, evidence: [{of: orders}]", "by, for orders, cannot be 'amount'"),
    (PREFERENCE % "by: channel, evidence: [{of: orders, weight: 0}]", "above 0, not 0"),
    (PREFERENCE % "by: channel, evidence: [{of: orders, times: channel}]", "times cannot be"),
    (PREFERENCE % "by: channel, top: 99, evidence: [{of: orders}]", "20 values are kept at most"),
    (PREFERENCE % "by: channel, least_share: 2, evidence: [{of: orders}]", "0 and 1, not 2"),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES)
def test_a_mistake_is_told_in_a_sentence(text, sentence):
    with pytest.raises(InvalidInput) as raised:
        definition("t", text)
    assert sentence in str(raised.value)
    assert str(raised.value).startswith("t.yaml: ")


def test_the_british_spelling_and_the_scene_are_read_too():
    assert definition("t", "{family: behaviour, manual: true}").family == "behavior"
    assert definition("t", "{family: scene, manual: true}").family == "need"


def test_words_do_not_change_the_digest_and_what_decides_does():
    plain = definition("t", STATISTIC % "of: orders, take: count")
    words = definition(
        "t", "{family: need, title: T, owner: me, statistic: {of: orders, take: count}}"
    )
    other = definition("t", STATISTIC % "of: orders, take: count, within_days: 3")
    assert plain.digest == words.digest != other.digest


def test_the_default_tags_are_of_every_kind_and_read_what_there_is():
    found = load_tags(DEFAULTS)
    assert 25 <= len(found) <= 40
    assert {one.kind for one in found.values()} == set(KINDS)
    assert ("dw.products", "category") in set(columns_read(found["category_interest"]))
    assert dict(facts_read(found["category_interest"])) == {
        "dw.orders": (),
        "dw.events": ("Product Added", "Product Viewed"),
    }


def test_an_event_never_seen_is_told_with_those_nearest():
    tag = definition("t", "{family: need, where: {did: Produkt Viewed, within_days: 90}}")
    found = warnings(
        {"t": tag},
        events=["Product Viewed", "Products Searched", "Log In"],
        oldest={"events": AS_OF - timedelta(days=30)},
        as_of=AS_OF,
    )
    assert [one.code for one in found] == ["unknown_event", "long_window"]
    assert found[0].sentence() == (
        "The tag 't' asks for the event 'Produkt Viewed', which was never seen; "
        "nearest: Product Viewed, Products Searched."
    )
    assert "looks back 90 days, but events reach back only 30" in found[1].sentence()


def test_facts_that_there_are_none_of_are_told():
    tag = definition("t", STATISTIC % "of: refunds, take: count")
    found = warnings({"t": tag}, events=[], oldest={"refunds": None}, as_of=AS_OF)
    assert [one.sentence() for one in found] == [
        "The tag 't' counts refunds, of which there are none yet; nobody has it."
    ]
