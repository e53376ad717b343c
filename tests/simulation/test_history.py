import hashlib
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from zhiyin.core.errors import InvalidInput
from zhiyin.simulation.api import World, WorldConfig
from zhiyin.simulation.config import shift_months
from zhiyin.simulation.files import fen_of, net_fen
from zhiyin.simulation.rows import (
    AD_COSTS,
    CRM_MEMBERS,
    POS_LINES,
    PRODUCTS,
    REVIEWS,
    SERVICE_TICKETS,
    WEB_EVENTS,
    WEB_ORDER_LINES,
)  # fmt: skip

CONFIG = WorldConfig(customers=3_000, months=12, seed=11, end=date(2026, 7, 1), dirt=4.0)


@pytest.fixture(scope="module")
def world():
    return World(CONFIG)


@pytest.fixture(scope="module")
def year(world):
    return world.history()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return World(CONFIG).write_history(tmp_path_factory.mktemp("shop"))


def sales(table: pa.Table) -> pa.Table:
    return table.filter(pc.equal(table["kind"], "sale"))


def read(written, name: str) -> pa.Table:
    """Read all files of a kind back, every CSV cell as text."""
    paths = sorted(written.folder.glob(f"{name}-*")) or [written.folder / f"{name}.csv"]
    if name == "web_events":
        return pa.concat_tables([pq.read_table(path) for path in paths])
    header = paths[0].read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
    options = csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()))
    return pa.concat_tables([csv.read_csv(path, convert_options=options) for path in paths])


def digest(folder) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        total.update(path.name.encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def test_the_same_configuration_gives_the_same_bytes(tmp_path):
    small = WorldConfig(customers=400, months=3, seed=2)
    first = World(small).write_history(tmp_path / "a")
    other = World(small)
    other.advance(2)
    second = other.write_history(tmp_path / "b")
    assert digest(first.folder) == digest(second.folder)
    third = World(WorldConfig(customers=400, months=3, seed=3)).write_history(tmp_path / "c")
    assert digest(first.folder) != digest(third.folder)


def test_every_file_has_its_columns_and_the_rows_the_report_says(written):
    schemas = {
        "web_events": WEB_EVENTS, "web_order_lines": WEB_ORDER_LINES, "pos_lines": POS_LINES,
        "crm_members": CRM_MEMBERS, "ad_costs": AD_COSTS, "reviews": REVIEWS,
        "service_tickets": SERVICE_TICKETS, "products": PRODUCTS,
    }  # fmt: skip
    assert set(written.rows) == set(schemas)
    for name, schema in schemas.items():
        table = read(written, name)
        assert table.column_names == schema.names
        assert table.num_rows == written.rows[name], name
    assert len(written.files) == 12 * 6 + 2


def test_every_defect_is_counted(written, year):
    dirt = written.dirt
    events = read(written, "web_events")
    assert (
        len(events) - pc.count_distinct(events["message_id"]).as_py()
        == dirt["web_events.duplicate"]
    )
    nobody = pc.and_(pc.is_null(events["user_id"]), pc.is_null(events["anonymous_id"]))
    assert pc.sum(nobody).as_py() == dirt["web_events.missing_ids"]
    later = pc.greater(
        events["timestamp"], pa.scalar(2_000_000_000_000_000).cast(events["timestamp"].type)
    )
    assert pc.sum(later).as_py() == dirt["web_events.future_time"]
    for name, key, time in (
        ("web_order_lines", "order_no", "placed_at"), ("pos_lines", "receipt_no", "sold_at"),
    ):  # fmt: skip
        lines = read(written, name)
        assert pc.sum(pc.equal(lines[key], "")).as_py() == dirt[f"{name}.missing_{key}"]
        assert pc.sum(pc.starts_with(lines[time], "2096")).as_py() == dirt[f"{name}.future_time"]
        extra = sum(count for defect, count in dirt.items() if defect.startswith(name))
        assert len(lines) == year.tables[name].num_rows + extra
    members = read(written, "crm_members")
    assert (
        pc.sum(pc.equal(members["birth_date"], "1900-00-00")).as_py()
        == dirt["crm_members.malformed_birth_date"]
    )
    bad = [e for e in members["email"].to_pylist() if e and not e.endswith((".example",))]
    assert 0 < len(bad) <= dirt["crm_members.malformed_email"]
    assert all(count > 0 for count in dirt.values())


def test_the_report_balances_with_the_clean_rows(written, year):
    for name in ("web_order_lines", "pos_lines"):
        table = year.tables[name]
        assert written.sold[name] == net_fen(sales(table))
        refunds = table.filter(pc.equal(table["kind"], "refund"))
        assert written.refunded[name] == -net_fen(refunds)
    assert written.orders == pc.count_distinct(sales(year.web_order_lines)["order_no"]).as_py()
    assert written.receipts == pc.count_distinct(sales(year.pos_lines)["receipt_no"]).as_py()


def test_no_defects_means_clean_files(tmp_path):
    report = World(WorldConfig(customers=200, months=2, dirt=0)).write_history(tmp_path)
    assert report.dirt == {}
    assert report.rows["crm_members"] == 200


def test_every_web_order_is_also_an_event_with_the_same_number_time_amount_and_pieces(
    year, written
):
    done = year.web_events.filter(pc.equal(year.web_events["event"], "Order Completed"))
    lines = sales(year.web_order_lines)
    lines = lines.append_column(
        "net",
        pa.array(lines["qty"].to_numpy() * fen_of(lines["unit_price"]) - fen_of(lines["discount"])),
    )
    orders = lines.group_by(["order_no", "placed_at", "member_no"]).aggregate(
        [("net", "sum"), ("qty", "sum")]
    )
    local = pc.local_timestamp(done["timestamp"].cast(pa.timestamp("s", "Asia/Shanghai"))).cast(
        pa.string()
    )
    told = {
        (number, at, member): (int(amount * 100), pieces)
        for number, at, member, amount, pieces in zip(
            done["order_id"].to_pylist(),
            local.to_pylist(),
            done["user_id"].to_pylist(),
            done["revenue"].to_pylist(),
            done["quantity"].to_pylist(),
            strict=True,
        )
    }
    filed = {
        (row["order_no"], row["placed_at"], row["member_no"]): (row["net_sum"], row["qty_sum"])
        for row in orders.to_pylist()
    }
    assert told == filed
    assert len(filed) == written.orders == written.order_events


def test_refunds_take_back_no_more_than_was_paid(year):
    for name, key in (("web_order_lines", "order_no"), ("pos_lines", "receipt_no")):
        paid: dict[tuple, int] = {}
        for row in year.tables[name].to_pylist():
            net = int(row["qty"] * row["unit_price"] * 100) - int(row["discount"] * 100)
            line = (row[key], row["line_no"] % 100)
            if row["kind"] == "refund":
                assert row["qty"] < 0
                assert -net <= paid.get(line, 0), row
            else:
                paid[line] = net
        assert any(kind == "refund" for kind in year.tables[name]["kind"].to_pylist())


def test_nothing_clean_lies_after_now_or_before_the_start(year, world):
    first, last = pc.min_max(year.web_events["timestamp"]).as_py().values()
    assert first.replace(tzinfo=None) >= world.now.replace(year=2025)
    assert last.replace(tzinfo=None) < world.now
    for name, column in (
        ("web_order_lines", "placed_at"), ("pos_lines", "sold_at"), ("reviews", "written_at"),
        ("service_tickets", "opened_at"),
    ):  # fmt: skip
        low, high = pc.min_max(year.tables[name][column]).as_py().values()
        assert "2025-07-01 00:00:00" <= low <= high < "2026-07-01 00:00:00"


def test_members_and_their_buying_are_plausible(year, world):
    members = world.members().num_rows
    assert members == CONFIG.customers
    named = pa.concat_tables(
        [
            table.select([key, "member_no"]).rename_columns(["order", "member_no"])
            for table, key in (
                (sales(year.web_order_lines), "order_no"),
                (sales(year.pos_lines), "receipt_no"),
            )
        ]
    )
    orders = (
        named.filter(pc.is_valid(named["member_no"]))
        .group_by("member_no")
        .aggregate([("order", "count_distinct")])
    )
    counts = orders["order_count_distinct"].to_numpy()
    assert 0.40 < len(counts) / members < 0.75
    assert 0.45 < (counts > 1).mean() < 0.80
    web = sales(year.web_order_lines)
    average = net_fen(web) / 100 / pc.count_distinct(web["order_no"]).as_py()
    assert 150 < average < 450
    till = sales(year.pos_lines)
    receipts = till.group_by("receipt_no").aggregate([("member_no", "max")])
    assert 0.35 < receipts["member_no_max"].null_count / len(receipts) < 0.75
    strangers = pc.mean(pc.is_null(year.web_events["user_id"])).as_py()
    assert 0.4 < strangers < 0.8


def test_ids_are_unique_and_orders_do_not_repeat_numbers(year, world):
    members = world.members()
    for column in ("member_no", "card_no", "phone"):
        assert pc.count_distinct(members[column]).as_py() == members.num_rows
    emails = members["email"].drop_null()
    assert pc.count_distinct(emails).as_py() == len(emails)
    assert 0.88 < len(emails) / members.num_rows < 0.96
    for name, key in (("web_order_lines", "order_no"), ("pos_lines", "receipt_no")):
        lines = sales(year.tables[name])
        assert len(lines) == len(lines.group_by([key, "line_no"]).aggregate([]))
    events = year.web_events
    assert pc.count_distinct(events["message_id"]).as_py() == events.num_rows


def test_people_use_several_devices_and_were_anonymous_before(year):
    events = year.web_events
    known = events.filter(pc.is_valid(events["user_id"]))
    devices = known.group_by("user_id").aggregate([("anonymous_id", "count_distinct")])
    assert (devices["anonymous_id_count_distinct"].to_numpy() > 1).mean() > 0.3
    shared = known.group_by("anonymous_id").aggregate([("user_id", "count_distinct")])
    assert pc.max(shared["user_id_count_distinct"]).as_py() == 1
    nameless = events.filter(pc.is_null(events["user_id"]))
    later_named = pc.is_in(nameless["anonymous_id"], known["anonymous_id"].combine_chunks())
    assert pc.sum(later_named).as_py() > 1_000


def test_sales_peak_at_double_eleven_and_618_and_rest_at_new_year(year):
    days = pc.utf8_slice_codeunits(sales(year.web_order_lines)["placed_at"], 0, 10)
    counts = {row["values"]: row["counts"] for row in days.value_counts().to_pylist()}
    ordinary = np.median(list(counts.values()))
    assert counts["2025-11-11"] > 2.0 * ordinary
    assert counts["2026-06-18"] > 1.6 * ordinary
    # New Year's day of 2026 is 17 February.
    assert np.mean([counts.get(f"2026-02-{day}", 0) for day in (17, 18, 19, 20)]) < 0.8 * ordinary


def test_ratings_follow_what_the_text_says(year):
    rows = year.reviews.to_pylist()
    assert len(rows) > 100
    glad = [row["rating"] for row in rows if "推荐" in row["text"] or "喜欢" in row["text"]]
    cross = [row["rating"] for row in rows if "失望" in row["text"] or "太差" in row["text"]]
    assert set(glad) == {5}
    assert set(cross) == {1}
    assert 3.6 < np.mean([row["rating"] for row in rows]) < 4.6


def test_paid_clicks_cost_money_and_bring_visits(year):
    costs = (
        year.ad_costs.group_by("channel")
        .aggregate([("clicks", "sum"), ("amount", "sum")])
        .to_pylist()
    )
    arrived = year.web_events.filter(
        pc.and_(
            pc.equal(year.web_events["type"], "page"),
            pc.is_in(year.web_events["utm_medium"], pa.array(["cpc", "paid_social"])),
        )
    )
    visits = {
        row["values"]: row["counts"] for row in arrived["utm_source"].value_counts().to_pylist()
    }
    assert (
        {row["channel"] for row in costs}
        == {"baidu", "douyin", "xiaohongshu", "wechat"}
        == set(visits)
    )
    for row in costs:
        assert visits[row["channel"]] < row["clicks_sum"] < 1.5 * visits[row["channel"]]
        assert 0.5 < float(row["amount_sum"]) / row["clicks_sum"] < 2


@pytest.mark.parametrize(("field", "value"), [("customers", 0), ("months", 0), ("products", 3)])
def test_a_world_that_cannot_be_is_refused_with_the_value(field, value):
    with pytest.raises(InvalidInput, match=f"{field} cannot be {value}"):
        WorldConfig(**{field: value})


def test_months_are_calendar_months():
    assert shift_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert shift_months(date(2026, 7, 1), -12) == date(2025, 7, 1)
    assert WorldConfig(start=date(2024, 1, 15), months=2).span == (
        date(2024, 1, 15),
        date(2024, 3, 15),
    )
