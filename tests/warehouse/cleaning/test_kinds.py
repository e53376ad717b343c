"""What each kind of rule makes of values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

GOOD = "张伟"


def column(rows, name):
    return [row[name] for row in rows]


def test_text_loses_blanks_and_marks_nobody_sees_and_keeps_chinese_punctuation(tried):
    rule = "- {name: tidy, column: name, text: {empty: [n/a]}}"
    names = [
        " 张伟\u3000",
        "\u200b李\ufeff娜",
        "Ｊｏｈｎ  Smith",
        "上衣，红色",
        "N/A",
        "",
        GOOD,
        None,
    ]
    rows = tried("customers", rule, *({"name": name} for name in names))
    assert column(rows, "name") == [
        "张伟", "李娜", "John Smith", "上衣，红色", None, None, GOOD, None,
    ]  # fmt: skip


def test_garbled_text_is_read_again_and_lost_text_is_emptied(tried):
    rule = "- {name: mend, column: name, text: {encoding: mend, otherwise: empty}}"
    names = [
        "王小明".encode().decode("latin-1"),
        "张伟".encode().decode("gb18030"),
        "锟斤拷",
        "José",
        GOOD,
    ]
    rows = tried("customers", rule, *({"name": name} for name in names))
    assert column(rows, "name") == ["王小明", "张伟", None, "José", GOOD]


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "+86 138-0013-8000",
        "0086 138 0013 8000",
        "１３８００１３８０００",
        "13800138000.0",
    ],
)
def test_ways_to_write_one_mobile_number_come_to_one(tried, written):
    rule = "- {name: phone, column: phone, phone: {}}"
    assert column(tried("customers", rule, {"phone": written}), "phone") == ["+8613800138000"]


def test_a_phone_belongs_to_its_rows_country_else_to_the_workspace(tried):
    rule = "- {name: phone, column: phone, phone: {country: country}}"
    rows = tried(
        "customers",
        rule,
        {"phone": "020 7946 0958", "country": "GB"},
        {"phone": "138 0013 8000", "country": "GB"},
        {"phone": "010 6552 9988"},
        {"phone": "1380013800"},
    )
    assert column(rows, "phone") == ["+442079460958", "+8613800138000", "+861065529988", None]


def test_slips_in_emails_are_mended_and_other_domains_left_alone(tried):
    rule = "- {name: email, column: email, email: {}}"
    emails = [
        "A.B@Gmial.com ",
        "x＠qq．com",
        "a@gmail.con",
        "a@mail.com",
        "a@gmail.co",
        "nobody",
        "a@b.cn",
    ]
    rows = tried("customers", rule, *({"email": email} for email in emails))
    assert column(rows, "email") == [
        "a.b@gmail.com", "x@qq.com", "a@gmail.com", "a@mail.com", "a@gmail.co", None, "a@b.cn",
    ]  # fmt: skip


def test_dates_are_read_from_text_in_many_formats(tried):
    rule = "- {name: born, column: birth_date, date: {from: attributes.born}}"
    texts = ["1980年5月6日", "06 May 1980", "29347", "13/05/1980", "05/06/1980", "1980-05-06"]
    rows = tried("customers", rule, *({"attributes": f'{{"born": "{text}"}}'} for text in texts))
    may = date(1980, 5, 6)
    assert column(rows, "birth_date") == [may, may, may, date(1980, 5, 13), None, may]


def test_a_time_without_a_zone_is_of_the_workspace(tried):
    rule = "- {name: joined, column: joined_at, date: {from: attributes.at}}"
    texts = [
        "2024/3/5 08:30",
        "2024-03-05T00:30:00Z",
        "Tue, 05 Mar 2024 00:30:00 GMT",
        "1709598600",
    ]
    rows = tried("customers", rule, *({"attributes": f'{{"at": "{text}"}}'} for text in texts))
    assert set(column(rows, "joined_at")) == {datetime(2024, 3, 5, 0, 30)}


def test_amounts_are_read_with_their_units(tried):
    rule = "- {name: price, column: price, number: {from: attributes.p, unit: CNY}}"
    texts = ["¥1,234.50", "1.2万", "1250分", "99元", "$5", "350g", "12.5"]
    rows = tried("products", rule, *({"attributes": f'{{"p": "{text}"}}'} for text in texts))
    assert column(rows, "price") == [
        *(Decimal("1234.5"), Decimal(12000), Decimal("12.5"), Decimal(99)),
        *(None, None, Decimal("12.5")),
    ]


def test_words_become_codes_and_unknown_words_what_the_rule_says(tried):
    rules = """
    - {name: gender, column: gender, codes: {list: gender, otherwise: other}}
    - {name: country, column: country, codes: {list: country, otherwise: keep}}
    - {name: city, column: city, codes: {map: {北京: [bj, peking]}, otherwise: empty}}
    """
    rows = tried(
        "customers",
        rules,
        {"gender": "女", "country": "United Kingdom", "city": "Peking"},
        {"gender": "Ｍ", "country": "中国", "city": "北京"},
        {"gender": "?", "country": "Atlantis", "city": "nowhere"},
        {},
    )
    assert column(rows, "gender") == ["female", "male", "other", None]
    assert column(rows, "country") == ["GB", "CN", "Atlantis", None]
    assert column(rows, "city") == ["北京", "北京", None, None]


def test_impossible_values_are_emptied_or_keep_the_row_out(tried):
    rules = "- {name: born, column: birth_date, range: {at_least: now -120 years, at_most: now}}"
    days = [date(1900, 1, 1), date(1980, 1, 1), date(2030, 1, 1), None]
    rows = tried("customers", rules, *({"birth_date": day} for day in days))
    assert column(rows, "birth_date") == [None, date(1980, 1, 1), None, None]
    out = "- {name: many, column: quantity, range: {above: 0, otherwise: reject}}"
    rows = tried("order_lines", out, {"quantity": Decimal(0)}, {"quantity": Decimal(2)})
    assert column(rows, "quantity") == [Decimal(2)]


PRICES = [Decimal(10 + step) for step in range(10)]


def test_a_price_far_from_its_product_is_flagged_and_stays(tried):
    rule = "- {name: odd, column: unit_price, outlier: {group: product_id}}"
    lines = [{"product_id": "a", "unit_price": price} for price in [*PRICES, Decimal(400)]]
    rows = tried("order_lines", rule, *lines, {"product_id": "b", "unit_price": Decimal(400)})
    assert column(rows, "flagged") == [None] * 10 + [",odd,", None]
    assert rows[10]["unit_price"] == 400


def test_a_price_in_fen_is_brought_back_and_the_amount_follows(tried):
    rules = """
    - {name: fen, column: unit_price, unit: {group: product_id, factors: [100]}}
    - name: sum
      column: amount
      calculate: {formula: quantity * unit_price, if_changed: [unit_price]}
    """
    lines = [{"product_id": "a", "unit_price": price, "quantity": Decimal(2)} for price in PRICES]
    rows = tried("order_lines", rules, *lines, {**lines[4], "unit_price": Decimal(1400)})
    assert (rows[10]["unit_price"], rows[10]["amount"]) == (Decimal(14), Decimal(28))
    assert {row["amount"] for row in rows[:10]} == {Decimal(0)}


def test_contacts_in_each_others_column_change_places(tried):
    rule = "- {name: swapped, columns: [email, phone], swap: {shapes: [email, phone]}}"
    rows = tried(
        "customers",
        rule,
        {"email": "13800138000", "phone": "a@b.cn"},
        {"email": "a@b.cn", "phone": "13800138000"},
        {"phone": "a@b.cn"},
    )
    assert column(rows, "email") == ["a@b.cn"] * 3
    assert column(rows, "phone") == ["13800138000", "13800138000", None]


def test_what_is_filled_in_is_always_noted(tried):
    rules = """
    - {name: usual_price, column: unit_price, fill: {median_of: product_id}}
    - {name: usual_channel, column: channel, fill: {most_used_of: store_id}}
    - {name: no_coupon, column: coupon_code, fill: {value: none}}
    """
    rows = tried(
        "order_lines",
        rules,
        {"store_id": "s", "channel": "web", "coupon_code": "X"},
        {"store_id": "s", "coupon_code": "X"},
        {"store_id": "t"},
    )
    assert column(rows, "channel") == ["web", "web", None]
    assert column(rows, "filled") == [None, ",channel,", ",coupon_code,"]


def test_repeated_rows_are_merged_if_near_and_equal(tried):
    rule = "- {name: again, duplicates: {same: [order_id, product_id], within: 60, by: order_time}}"

    def at(second, **row):
        return {
            "order_id": "o",
            "order_time": datetime(2026, 1, 1, 0, second // 60, second % 60),
            **row,
        }

    rows = tried(
        "order_lines",
        rule,
        at(0, product_id="a"),
        at(30, product_id="a"),
        at(200, product_id="a"),
        at(10, product_id="b"),
        at(11, product_id=None),
        at(12, product_id=None),
    )
    assert column(rows, "origin_line") == [1, 3, 4, 5, 6]


def test_rules_see_what_earlier_rules_made_and_only_rows_they_are_for(tried):
    rules = """
    - {name: tidy, column: country, text: {case: upper}}
    - {name: chinese_only, column: phone, when: {country: CN}, phone: {otherwise: empty}}
    - {name: no_test_shop, reject: {}, when: {city: [Test, 测试]}}
    """
    rows = tried(
        "customers",
        rules,
        {"country": "cn ", "phone": "1"},
        {"country": "de", "phone": "1"},
        {"city": "Test"},
    )
    assert column(rows, "phone") == [None, "1"]


def test_without_rules_a_table_is_left_as_it_is(tried):
    [row] = tried("customers", "[]", {"name": " x "})
    assert (row["name"], row["filled"], row["flagged"]) == (" x ", None, None)
