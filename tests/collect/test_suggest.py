"""A recipe proposed for unknown files: read, imported, and every guess told with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.collect import shop

from zhiyin.adapters.sources.files import Files
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.recipe_shelf import load_recipe
from zhiyin.collect.suggest.suggestion import Suggestion, suggest
from zhiyin.core.errors import InvalidInput, NotFound


def proposed(folder: Path, **options: str) -> Suggestion:
    return suggest([folder], files=Files(), **options)  # pyright: ignore[reportArgumentType]


def imported(warehouse: DuckDBWarehouse, folder: Path, made: Suggestion):
    path = folder.parent / f"{made.name}.yaml"
    path.write_text(made.text, encoding="utf-8")
    return shop.run(warehouse, load_recipe(path), [folder])


def given_files(tmp_path: Path, **contents: str) -> Path:
    folder = tmp_path / "given"
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        shop.file(folder, f"{name}.csv", content)
    return folder


ORDERS = """订单编号,下单时间,会员号,货号,商品名称,数量,单价,备注
D-1,2025/3/1 9:05,7.0,A,绿茶,2,"¥1,039.50",快递
D-2,2025/3/13 19:30,8.0,B,茶壶,1,"¥1,280.00",
D-3,2025/3/14 08:00,,A,绿茶,-1,¥1039.50,
"""


def test_a_chinese_order_file_is_imported_as_proposed(warehouse, tmp_path):
    folder = given_files(tmp_path, 销售明细=ORDERS)
    report = imported(warehouse, folder, proposed(folder))
    assert (report.rows_read, report.rows_quarantined) == (3, {})
    first, second, third = shop.rows(warehouse, "order_lines")
    assert (first["order_id"], first["customer_id"], first["amount"]) == ("D-1", "7", 2079)
    assert str(first["order_time"]) == "2025-03-01 01:05:00"
    assert first["attributes"] == '{"备注":"快递"}'
    assert (second["unit_price"], second["attributes"]) == (1280, None)
    assert (third["line_kind"], third["customer_id"]) == ("refund", None)


def test_the_same_files_give_the_same_recipe(tmp_path):
    folder = given_files(tmp_path, orders=ORDERS)
    assert proposed(folder).text == proposed(folder).text


def test_pinyin_headers_are_understood(warehouse, tmp_path):
    lines = "huiyuanid,xingming,xingbie,shengri,shoujihao\n7,王芳,女,1990-05-01,13800000001\n"
    folder = given_files(tmp_path, huiyuan=lines + "8,李明,男,1988-01-01,13800000002\n")
    imported(warehouse, folder, proposed(folder))
    row = shop.rows(warehouse, "customers")[0]
    assert (row["customer_id"], row["name"], row["gender"]) == ("7", "王芳", "female")
    assert (row["phone"], str(row["birth_date"])) == ("13800000001", "1990-05-01")


def test_sure_columns_are_silent_and_guesses_carry_confidence_and_reason(tmp_path):
    folder = given_files(tmp_path, orders="order_id,order_listprice,order_date\n1,5,01/02/2025\n")
    lines = proposed(folder).text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("unit_price:"))
    assert lines[at - 1].strip() == "# 85 %: the column's name order_listprice says so, in part"
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("order_id:"))
    assert not lines[at - 1].strip().startswith("#")
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("order_time:"))
    assert "no value of order_date has a day above 12" in " ".join(lines[at - 2 : at])


def test_a_log_without_header_is_read_from_its_first_line_on(warehouse, tmp_path):
    lines = "".join(f"{n % 4},{n % 3 + 100},{500},pv,{1511544070 + n}\n" for n in range(30))
    folder = given_files(tmp_path, UserBehavior=lines + "1,101,500,buy,1511544170\n")
    made = proposed(folder)
    assert "format: {has_header: false}" in made.text
    assert "# 40 %: the file has no header: taken by its place" in made.text
    report = imported(warehouse, folder, made)
    rows = shop.rows(warehouse, "events")
    assert report.rows_read == len(rows) == 31
    assert (rows[0]["user_id"], rows[0]["product_id"]) == ("0", "100")
    assert (rows[-1]["event"], str(rows[-1]["event_time"])) == (
        "Order Completed",
        "2017-11-24 17:22:50",
    )


def test_a_time_that_no_name_tells_is_found_by_its_values(tmp_path):
    text = "order_id,amount,placed\n1,5,2025-01-13 08:00\n"
    made = proposed(given_files(tmp_path, orders=text))
    assert "# 60 %: no column is named so; placed holds times" in made.text
    assert "order_time: placed" in made.text.replace('{from: placed, formats: ["', "placed")


def test_an_ambiguous_date_follows_the_other_columns(tmp_path):
    text = "order_id,amount,order_date,shipped_date\n1,5,01/02/2025,12/25/2025\n"
    made = proposed(given_files(tmp_path, orders=text))
    assert "order_time: {from: order_date, formats: [M/D/YYYY]}" in made.text
    assert "month first as in the other columns" in made.text


def test_comments_come_in_chinese(tmp_path):
    folder = given_files(tmp_path, orders=ORDERS)
    text = proposed(folder, language="zh-CN").text
    assert "有负数量：视为退货" in text
    assert "returns" not in text


def test_codes_of_events_are_left_to_the_reader_with_a_place_for_each(warehouse, tmp_path):
    rows = "".join(f"{n % 3},2025-01-01 00:00:{n:02},{n % 2 + 1},{n}\n" for n in range(20))
    folder = given_files(tmp_path, action="user_id,time,type,sku_id\n" + rows)
    made = proposed(folder)
    assert 'event: {from: type, map: {"1": type 1, "2": type 2}}' in made.text
    assert "# 30 %: type holds codes" in made.text
    assert imported(warehouse, folder, made).rows_kept == 20


def test_event_words_become_names_of_segment(warehouse, tmp_path):
    lines = "用户ID,商品ID,行为类型,时间戳\n1,9,pv,1512189107\n1,9,buy,1512189207\n"
    lines += "2,9,签到,1512189307\n"
    folder = given_files(tmp_path, 行为日志=lines)
    imported(warehouse, folder, proposed(folder))
    rows = shop.rows(warehouse, "events")
    assert [row["event"] for row in rows] == ["Product Viewed", "Order Completed", "签到"]
    assert str(rows[0]["event_time"]) == "2017-12-02 04:31:47"


def test_what_an_order_line_lacks_is_looked_up_by_the_values_they_share(warehouse, tmp_path):
    folder = given_files(
        tmp_path,
        sales="OrderNumber,OrderDate,ProductKey,Quantity\n1,2025-01-13,A,2\n2,2025-01-14,B,1\n",
        products="ProductKey,ProductName,ListPrice,SubKey\nA,Tea,5,1\nB,Pot,50,2\nC,Cup,3,2\n",
        groups="SubKey,CategoryName\n1,Drinks\n2,Ware\n",
    )
    report = imported(warehouse, folder, proposed(folder))
    lines = shop.rows(warehouse, "order_lines")
    assert [(row["amount"], row["product_name"]) for row in lines] == [(10, "Tea"), (50, "Pot")]
    products = shop.rows(warehouse, "products")
    assert [row["category"] for row in products] == ["Drinks", "Ware", "Ware"]
    assert {file.source: file.target for file in report.files}["groups"] == "lookup"


def test_page_files_take_their_time_from_the_file_of_users(warehouse, tmp_path):
    folder = given_files(
        tmp_path,
        home_page="user_id,page\n1,home\n2,home\n",
        users="user_id,date,sex\n1,2025-01-01,Female\n2,2025-01-02,Male\n",
    )
    imported(warehouse, folder, proposed(folder))
    rows = shop.rows(warehouse, "events")
    assert [(row["kind"], row["page_name"], row["user_id"]) for row in rows] == [
        ("page", "home", "1"),
        ("page", "home", "2"),
    ]
    assert str(rows[1]["event_time"]) == "2025-01-01 16:00:00"


def test_rows_without_an_id_get_one_and_stay_apart(warehouse, tmp_path):
    same = "30,teacher,single,no\n"
    folder = given_files(tmp_path, people="age,job,marital,churn\n" + same * 3)
    report = imported(warehouse, folder, proposed(folder))
    assert report.rows_kept == 3
    assert len({row["customer_id"] for row in shop.rows(warehouse, "customers")}) == 3


def test_wide_surveys_become_one_record_per_answer(warehouse, tmp_path):
    folder = given_files(tmp_path, survey="member_id,Q1,Q2\n7,9,good\n8,3,\n")
    report = imported(warehouse, folder, proposed(folder))
    rows = shop.rows(warehouse, "survey_answers")
    assert [(row["customer_id"], row["question"], row["answer"]) for row in rows] == [
        ("7", "Q1", "9"),
        ("8", "Q1", "3"),
        ("7", "Q2", "good"),
    ]
    assert report.rows_read == 3


def test_a_birth_date_that_cannot_be_read_keeps_its_text_and_its_customer(warehouse, tmp_path):
    rows = "".join(f"{n},1980-01-{n:02}\n" for n in range(1, 20))
    folder = given_files(tmp_path, members="member_id,birthday\n" + rows + "20,1980-13-45\n")
    report = imported(warehouse, folder, proposed(folder))
    last = shop.rows(warehouse, "customers")[-1]
    assert (report.rows_kept, last["birth_date"]) == (20, None)
    assert last["attributes"] == '{"birthday":"1980-13-45"}'


def test_rows_that_fit_nothing_are_kept_whole(warehouse, tmp_path):
    folder = given_files(tmp_path, weather="station,degrees\nA,3.5\nB,4\n")
    imported(warehouse, folder, proposed(folder))
    rows = shop.rows(warehouse, "records")
    assert [row["attributes"] for row in rows] == [
        '{"station":"A","degrees":3.5}',
        '{"station":"B","degrees":4}',
    ]


def test_what_is_not_mapped_is_told_at_the_end(tmp_path):
    folder = given_files(tmp_path, members="member_id,email,fax\n7,a@b.cn,\n8,c@d.cn,\n")
    text = proposed(folder).text
    assert text.rstrip().endswith("# - members: fax: empty in all 2 records")


def test_files_of_other_days_fit_the_pattern(tmp_path):
    folder = tmp_path / "days"
    folder.mkdir()
    shop.file(folder, "orders-2025-01-01.csv", "order_id,amount,date\n1,5,2025-01-01\n")
    shop.file(folder, "orders-2025-01-02.csv", "order_id,amount,date\n2,5,2025-01-02\n")
    (source,) = yaml.safe_load(proposed(folder).text)["sources"]
    assert (source["name"], source["files"]) == ("orders", ["orders-*.*"])


def test_a_currency_sign_names_the_currency(tmp_path):
    folder = given_files(tmp_path, orders="order_id,amount,date\n1,€ 5.00,2025-01-01\n")
    assert yaml.safe_load(proposed(folder).text)["currency"] == "EUR"


def test_a_target_can_be_told(tmp_path):
    folder = given_files(tmp_path, x="order_id,amount,date\n1,5,2025-01-01\n")
    assert proposed(folder, target="payments").sources[0]["target"] == "payments"
    with pytest.raises(InvalidInput, match=r"target cannot be 'orders'.*order_lines"):
        proposed(folder, target="orders")


def test_nothing_to_read_is_said_plainly(tmp_path):
    with pytest.raises(NotFound):
        suggest([tmp_path / "nowhere"], files=Files())
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match="could be read as a table"):
        suggest([tmp_path / "empty"], files=Files())


NAMES = st.sampled_from(
    [
        *("order_id", "date", "amount", "quantity", "price", "user_id", "event", "email", "sku"),
        *("x", "备注", "姓名", "Q1", "#", "on", "null", "123", "{y}", "name", "time", "it's"),
        *("a: b", "- c", 'say "so"', "two words"),
    ]
)
CELLS = st.one_of(
    st.sampled_from(["", "NA", "1", "2.50", "2025-01-31", "31/01/2025", "a@b.cn", "茶", "pv"]),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_is_proposed_can_be_read_and_accounts_for_every_record(tmp_path, data):
    names = data.draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    assume(names != ["123"])  # a first line of nothing but numbers is data
    rows = data.draw(
        st.lists(st.lists(CELLS, min_size=len(names), max_size=len(names)), min_size=1, max_size=8)
    )
    rows = [row for row in rows if any(cell.strip() for cell in row)] or [["1"] * len(names)]
    folder = tmp_path / "any"
    folder.mkdir(exist_ok=True)
    lines = [
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [names, *rows]
    ]
    shop.file(folder, "any.csv", "\n".join(lines) + "\n")
    made = proposed(folder)
    warehouse = DuckDBWarehouse(":memory:", threads=1)
    report = imported(warehouse, folder, made)
    assert report.rows_read == report.rows_kept + sum(report.rows_quarantined.values())
    used = str(yaml.safe_load(made.text)) + str(made.left_out)
    assert all(name.strip() in used for name in names)
    warehouse.close()


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
