"""What a column's values are: dates decided by all of them, numbers however they are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.collect.suggest.dates import dates_in
from zhiyin.collect.suggest.kinds import look_at
from zhiyin.collect.suggest.names import plain, vocabulary, words
from zhiyin.collect.suggest.numbers import numbers_in
from zhiyin.collect.suggest.sampling import SampledColumn
from zhiyin.collect.times import read_time

DAYS = st.dates(date(1950, 1, 1), date(2060, 12, 31))
WRITTEN = {
    "{d.year:04}-{d.month:02}-{d.day:02}": "ISO",
    "{d.day}/{d.month}/{d.year}": "D/M/YYYY",
    "{d.month:02}-{d.day:02}-{d.year}": "M-D-YYYY",
    "{d.year}/{d.month}/{d.day} 9:05": "YYYY/M/D h:mm",
    "{d.year}年{d.month}月{d.day}日": "YYYY年M月D日",
    "{d.day} {name} {d.year}": "D MMM YYYY",
    "{name} {d.day}, {d.year} 1:30 PM": "MMM D, YYYY h:mm A",
    "{d.year:04}{d.month:02}{d.day:02}": "YYYYMMDD",
    "{d.day:02}.{d.month:02}.{short:02}": "D.M.YY",
}


def written(form: str, day: date) -> str:
    return form.format(d=day, name=day.strftime("%b"), short=day.year % 100)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(list(WRITTEN)), st.lists(DAYS, min_size=1, max_size=20))
def test_the_format_of_a_column_is_found_and_reads_every_value(form, days):
    days = [date(d.year if d.year < 2060 else 2059, d.month, d.day) for d in days]
    days = [d.replace(year=max(d.year, 1970)) if "short" in form else d for d in days]
    days = [*days, date(2024, 2, 29), date(2024, 11, 30)]  # evidence for what comes first
    texts = [written(form, day) for day in days]
    found = dates_in(texts, is_named=True)
    assert found is not None
    assert found.formats == (WRITTEN[form],)
    assert found.share == 1
    table = ibis.memtable(pa.table({"t": texts, "n": list(range(len(texts)))}))
    value, _ = read_time(table.t, found.formats)
    read = table.mutate(v=value).order_by("n").to_pyarrow()["v"].to_pylist()
    assert [moment.date() for moment in read] == days


def test_one_day_above_twelve_decides_for_the_whole_column():
    month = dates_in(["04-08-1966", "5/14/1965", "08-12-1965"])
    assert month is not None
    assert set(month.formats) == {"M-D-YYYY", "M/D/YYYY"}
    assert (month.order, month.evidence, month.against) == ("month", 1, 0)
    day = dates_in(["04-08-1966", "14/5/1965", "08-12-1965"])
    assert day is not None
    assert set(day.formats) == {"D-M-YYYY", "D/M/YYYY"}


def test_without_evidence_the_habit_decides_and_is_told_as_such():
    for habit in ("day", "month"):
        found = dates_in(["01/02/2025", "03/04/2025"], habit=habit)
        assert found is not None
        assert (found.order, found.evidence) == (habit, 0)


def test_contradicting_values_are_counted_against_the_greater_number():
    found = dates_in(["13/01/2025"] * 9 + ["01/14/2025"])
    assert found is not None
    assert (found.order, found.evidence, found.against, found.share) == ("day", 9, 1, 0.9)


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["1512189107", "1512089912"], ("epoch_s",)),
        (["1512189107.0", "1512089912.0"], ("epoch_s",)),
        (["1512189107123", "1512089912001"], ("epoch_ms",)),
        (["2025-01-01T08:00:00Z", "2025-01-01T08:00:00+08:00"], ("ISO",)),
        (["2025-01-01", "2025/2/3"], ("ISO", "YYYY/M/D")),
    ],
)
def test_epochs_offsets_and_mixtures_are_told_apart(texts, formats):
    found = dates_in(texts, is_named=True)
    assert found is not None
    assert found.formats == formats


@pytest.mark.parametrize("texts", [["20250101", "20250102"], ["1512189107"], ["12", "13"], ["x"]])
def test_digits_are_no_dates_in_a_column_that_does_not_speak_of_time(texts):
    assert dates_in(texts) is None


@pytest.mark.parametrize(
    ("form", "currency"),
    [
        ("{:,.2f}", None),
        ("{:.2f}", None),
        ("¥{:,.2f}", "CNY"),
        ("{:.2f}元", "CNY"),
        ("${:,.2f}", "USD"),
        ("{:,.2f} €", "EUR"),
    ],
)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.decimals(0, 10**9, places=2), min_size=2, max_size=20))
def test_numbers_are_read_however_they_are_written(form, currency, values):
    is_european = "€" in form
    texts = [form.format(value) for value in [*values, Decimal("1234567.89")]]
    if is_european:
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    found = numbers_in(texts)
    assert found is not None
    assert (found.share, found.currency) == (1, currency)
    for text, value in zip(texts, values, strict=False):
        bare = text
        for piece in found.remove:
            bare = bare.replace(piece, "")
        for piece, instead in found.replace.items():
            bare = bare.replace(piece, instead)
        assert Decimal(bare.strip()) == value


def test_a_comma_before_three_digits_parts_thousands_and_before_two_it_is_a_point():
    thousands, decimals = numbers_in(["1,234", "12"]), numbers_in(["1,23", "12"])
    assert thousands is not None
    assert decimals is not None
    assert (thousands.remove, thousands.high) == ((",",), 1234)
    assert (decimals.replace, decimals.high) == ({",": "."}, 12)


def test_prose_is_no_number():
    assert numbers_in(["three", "four"]) is None
    assert numbers_in([]) is None


def seen(name: str, texts: list[str | None]) -> str:
    filled = sum(text is not None for text in texts)
    cells = pa.chunked_array([pa.array(texts, pa.string())])
    return look_at(SampledColumn(name, cells, len(texts), filled)).kind


@pytest.mark.parametrize(
    ("name", "texts", "kind"),
    [
        ("mail", ["a@b.cn", "c@d.org"], "email"),
        ("手机", ["13800000001", "13912345678"], "phone"),
        ("phone", ["+44 20 7946 0958", "020 7946 0000"], "phone"),
        ("agrees", ["是", "否", "是"], "flag"),
        ("page", ["https://a.example/x", "www.b.example"], "url"),
        (
            "评论",
            ["做父母一定要有这样的心态，不断地学习，不断地进步，让自己保持年轻的心。"],
            "prose",
        ),
        ("city", ["上海", "北京"], "word"),
        ("price", ["NA", "12.5", "3"], "number"),
        ("gone", [None, "NULL"], "empty"),
        ("下单时间", ["20250101", "20250102"], "time"),
        ("code", ["20250101", "20250102"], "number"),
    ],
)
def test_the_kind_of_a_column_is_seen(name, texts, kind):
    assert seen(name, texts) == kind


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("OrderDate", ["order", "date"]),
        ("order_date", ["order", "date"]),
        ("ORDER DATE", ["order", "date"]),
        ("SKUId", ["sku", "id"]),
        ("JData", ["jdata"]),
        ("用户ID", ["用户", "id"]),
    ],
)
def test_names_fall_into_words(name, told):
    assert words(name) == told


@pytest.mark.parametrize(
    ("target", "name", "column"),
    [
        ("order_lines", "InvoiceNo", "order_id"),
        ("order_lines", "订单编号", "order_id"),
        ("order_lines", "dingdanhao", "order_id"),
        ("customers", "手机号码", "phone"),
        ("customers", "shengri", "birth_date"),
        ("events", "会员ID", "user_id"),
        ("products", "商品名称", "name"),
    ],
)
def test_english_chinese_and_pinyin_names_are_known(target, name, column):
    assert vocabulary().columns[target][plain(name)] == column
