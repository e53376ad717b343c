"""The report and the alerts: both languages, nothing from outside, nobody's values in clear."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
import yaml
from tests.warehouse.quality.everything import NOW, TABLES, THINGS, expect, things
from tests.warehouse.quality.test_reading import WRITTEN, entry, read

from zhiyin.core.errors import InvalidInput
from zhiyin.warehouse.cleaning.tables import CHANGES, REJECTS
from zhiyin.warehouse.quality import api as quality
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import promised
from zhiyin.warehouse.quality.report.render import sparkline
from zhiyin.warehouse.quality.report.wording import FOLDER
from zhiyin.warehouse.quality.scoring import as_arrow

MAIL = expect(rules.Matches("@"), "mail", name="mail_has_a_form")
EXPECTED = {THINGS.name: (*promised(THINGS), MAIL)}
REPORTING = quality.Reporting("Shop <b>", "Asia/Shanghai", NOW, lambda table, column, value: "***")

ODD = quality.Anomaly(
    "dw.orders", date(2026, 3, 1), "amount", "mean", 8_687.8, 902.6, 385.0, 2_116.3, 9.9, NOW
)


@pytest.fixture
def report(warehouse):
    warehouse.write(
        THINGS,
        things(*({"number": n, "mail": "secret" if n else "a@b.c"} for n in range(3))),
    )
    for day in range(3):
        watch = quality.Watch(warehouse, TABLES, EXPECTED, NOW + timedelta(days=day))
        watch.look_at([THINGS.name], as_of=NOW)
        watch.settle(run_id=f"r{day}", timezone="UTC")
    changed = {"table_name": "ods.things", "column": "mail", "rule": "trim", "action": "repaired"}
    warehouse.write(CHANGES, as_arrow(CHANGES, [{**changed, "rows": 9, "changed": 4}]))
    rejected = {
        "table_name": "ods.things", "load_id": 1, "origin": "f", "origin_line": 1, "source_id": "s",
        "rule": "impossible", "column": "price", "value": "x", "rejected_at": NOW,
    }  # fmt: skip
    warehouse.write(REJECTS, as_arrow(REJECTS, [rejected]))
    made = quality.quality_report(warehouse, EXPECTED, REPORTING)
    return replace(made, anomalies=(ODD,))


def test_the_report_is_of_the_newest_look_and_knows_the_ones_before(report):
    (line,) = report.tables
    assert (line.failed, len(line.history)) == (1, 3)
    (check,) = report.failed
    assert (check.name, check.failed, check.rows) == ("mail_has_a_form", 2, 3)
    assert report.cleaning[0].changed == 4
    assert report.rejects[0].rows == 1


@pytest.mark.parametrize("language", quality.LANGUAGES)
def test_the_page_needs_nothing_from_outside_and_shows_no_value_in_clear(report, language):
    page = quality.render_report(report, language)
    assert f'<html lang="{language}">' in page
    assert not re.search(r"(src|href)=|url\(|https?://|<script", page)
    assert "secret" not in page
    assert "***" in page
    assert "Shop &lt;b&gt;" in page
    assert "<polyline" in page
    assert "8,688" in page


def test_the_page_says_what_was_expected_in_its_language(report):
    assert "mail matches @" in quality.render_report(report, "en")
    assert "mail 符合 @" in quality.render_report(report, "zh-CN")
    with pytest.raises(InvalidInput, match="zh-CN, en"):
        quality.render_report(report, "fr")


@pytest.mark.parametrize("language", quality.LANGUAGES)
def test_a_workspace_without_a_look_has_a_page_too(warehouse, language):
    empty = quality.quality_report(warehouse, EXPECTED, REPORTING)
    assert empty.score is None
    assert "zhiyin run" in quality.render_report(empty, language)


@pytest.mark.parametrize("language", quality.LANGUAGES)
@pytest.mark.parametrize(("text", "rule"), WRITTEN)
def test_every_rule_can_be_said(tmp_path, language, text, rule):
    found = read(tmp_path, entry(text)).values()
    said = quality.Words(language).rule(next(one for one in found if one.rule == rule))
    assert said
    assert "{" not in said


def keys(tree, at=""):
    if isinstance(tree, dict):
        return {key for name, below in tree.items() for key in keys(below, f"{at}.{name}")}
    return {at}


def test_both_languages_have_the_same_messages():
    zh, en = (yaml.safe_load((FOLDER / f"{x}.yaml").read_text("utf-8")) for x in ("zh-CN", "en"))
    assert keys(zh) == keys(en)


def test_a_share_that_is_not_whole_never_reads_as_whole():
    words = quality.Words("en")
    assert words.percent(0.999999) == "99.99%"
    assert words.percent(1.0) == "100%"
    assert words.score(99.9999) == "99.9"
    assert words.score(None) == "–"


def test_one_look_is_no_trend():
    assert sparkline([99.0]) == ""
    assert sparkline([99.0, 100.0]).count(",") == 2


LAST = date(2026, 3, 1)


def odd(day, **changes):
    return replace(ODD, day=day, **changes)


def test_odd_days_in_a_row_are_one_finding_told_of_its_newest_day():
    days = [odd(LAST - timedelta(days=n)) for n in (0, 1, 2)]
    (told,) = quality.findings([], days, last_day=LAST)
    assert told.anomaly == days[0]
    assert told.key.endswith(str(LAST - timedelta(days=2)))


def test_history_that_an_import_brought_is_not_told():
    old = odd(LAST - timedelta(days=quality.ALERT_DAYS))
    assert quality.findings([], [old], last_day=LAST) == []
    assert len(quality.findings([], [odd(old.day + timedelta(days=1))], last_day=LAST)) == 1


@pytest.mark.parametrize("language", quality.LANGUAGES)
def test_an_alert_tells_what_is_wrong_and_quotes_nobody(report, language):
    told = quality.findings(report.failed, [ODD], last_day=LAST)
    said = quality.alert_text(told, workspace="Shop", language=language)
    assert "2" in said.subject
    assert "dw.things" in said.text
    assert "***" not in said.text
    assert "8,688" in said.text
    assert said.html.count("<li>") == 2
    alone = quality.alert_text(told[1:], workspace="Shop", language=language)
    assert "dw.orders" in alone.subject
