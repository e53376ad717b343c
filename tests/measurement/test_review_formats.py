from datetime import date

import pytest

from zhiyin.measurement.review.formats import Formats

ZH, EN = Formats("zh-CN", "CNY"), Formats("en", "GBP")


@pytest.mark.parametrize(
    ("formats", "value", "text"),
    [
        (ZH, 1234567.8, "¥1,234,568"),
        (ZH, 12.5, "¥12.50"),
        (ZH, 300.0, "¥300"),
        (ZH, 999.999, "¥1,000"),
        (EN, -45.1, "−£45.10"),
        (Formats("en", "CNY"), 5.0, "CN¥5"),
        (Formats("en", "JPY"), 999.6, "¥1,000"),
        (Formats("en", "CHF"), 20.0, "CHF\N{NO-BREAK SPACE}20"),
        (EN, None, "–"),
        (EN, float("nan"), "–"),
    ],
)
def test_money_has_its_sign_separators_and_minor_units(formats, value, text):
    assert formats.money(value) == text


def test_a_rounded_zero_has_no_sign():
    assert (EN.number(-0.2), EN.signed(0.2), EN.percent(-0.0001)) == ("0", "0", "0.0%")


def test_changes_carry_a_sign():
    assert EN.percent(0.1234, is_signed=True) == "+12.3%"
    assert EN.points(-0.0345) == "−3.45"
    assert EN.signed(1500) == "+1,500"


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [(0, "0", "0"), (1500, "1,500", "1.5k"), (250000, "25万", "250k"), (-3e8, "−3亿", "−300M")],
)
def test_axis_numbers_are_short(value, zh, en):
    assert (ZH.short(value), EN.short(value)) == (zh, en)


@pytest.mark.parametrize(
    ("monday", "zh", "en"),
    [
        (date(2026, 6, 22), "2026年6月22日 – 6月28日", "Jun 22 – 28, 2026"),
        (date(2026, 6, 29), "2026年6月29日 – 7月5日", "Jun 29 – Jul 5, 2026"),
        (date(2025, 12, 29), "2025年12月29日 – 2026年1月4日", "Dec 29, 2025 – Jan 4, 2026"),
    ],
)
def test_weeks_are_written_as_each_language_does(monday, zh, en):
    assert (ZH.week(monday), EN.week(monday)) == (zh, en)


def test_metrics_are_written_by_their_unit():
    assert EN.figure(0.256, "share") == "25.6%"
    assert EN.figure(1.234, "orders") == "1.23"
    assert EN.figure(12.0, "people") == "12"
    assert EN.figure(None, "ratio") == "–"
