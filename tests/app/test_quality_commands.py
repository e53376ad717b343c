"""`zhiyin quality`: from a file with mistakes to the page that shows them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from zhiyin.app.cli import zhiyin
from zhiyin.app.workspace import create_workspace
from zhiyin.testing.channels import HttpSink

RECIPE = """
name: till
title: {zh-CN: 收银, en: Till}
timezone: UTC
currency: CNY
sources:
  - name: lines
    files: ["*.csv"]
    target: order_lines
    columns:
      order_id: no
      line_kind: {value: sale}
      customer_id: who
      product_id: sku
      quantity: qty
      unit_price: price
      amount: {calculate: quantity * unit_price}
      order_time: {from: at, formats: [ISO]}
      currency: {value: CNY}
"""
LINE = "{n},u{n},tea,1,{price},2025-03-{day:02d}T10:00:00\n"


def call(shop, *arguments, fails=False):
    done = CliRunner().invoke(zhiyin, [*arguments, "-w", str(shop)])
    assert (done.exit_code != 0) is fails, done.output
    return str(done.exception) if fails else done.output


def told(shop, *arguments):
    return json.loads(call(shop, *arguments, "--json"))


@pytest.fixture(scope="module")
def hook():
    with HttpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def shop(tmp_path_factory, hook):
    """A workspace that ran over 20 orders, all but four of them without a product."""
    root = tmp_path_factory.mktemp("quality") / "shop"
    create_workspace(root, timezone="UTC", language="en")
    for rules in (root / "cleaning").glob("*.yaml"):
        rules.unlink()  # what is not looked at here need not be compiled
    settings = root / "zhiyin.toml"
    text = settings.read_text("utf-8").replace("[alerts]", f'[alerts]\nwebhook = "{hook.url}"')
    settings.write_text(text, encoding="utf-8")
    (root / "recipes" / "till.yaml").write_text(RECIPE, encoding="utf-8")
    lines = [LINE.format(n=n, price=5, day=1 + n % 9) for n in range(20)]
    lines = [line if n < 4 else line.replace("tea", "") for n, line in enumerate(lines)]
    (root / "a.csv").write_text("no,who,sku,qty,price,at\n" + "".join(lines), encoding="utf-8")
    call(root, "import", "till", str(root / "a.csv"))
    call(root, "run", "warehouse")
    return root


def test_a_run_looks_at_what_it_builds_and_tells_once(shop, hook):
    again = told(shop, "run", "warehouse")
    assert again["quality"]["alerts"]["told"] == 0
    assert len(hook.posts) == 1
    assert "product_id holds a value" in hook.posts[0]["body_text"]


def test_the_report_names_what_is_missed_and_is_written_as_a_page(shop, tmp_path):
    page = tmp_path / "pages" / "quality.html"
    found = told(shop, "quality", "report", "--html", str(page), "--lang", "zh-CN")
    missed = {(one["table"], one["expectation"]): one for one in found["failed"]}
    assert missed["dw.order_lines", "product_is_given"]["failed"] == 16
    assert missed["dw.order_lines", "product_is_given"]["meaning"] == "product_id 有值"
    assert '<html lang="zh-CN">' in page.read_text("utf-8")
    assert "product_id holds a value: " in call(shop, "quality", "report")


def test_a_check_looks_now_and_a_table_can_be_named(shop):
    found = told(shop, "quality", "check", "dw.orders")
    assert found["tables"] == 1
    assert all(one["passed"] for one in found["checks"])
    assert "product_is_given" in call(shop, "quality", "check")


def test_the_trend_of_a_table_has_a_line_per_day(shop):
    (day,) = told(shop, "quality", "trend", "dw.order_lines")
    assert day["failed_checks"] == 1
    assert 90 < day["score"] < 100
    assert "No scored table is named 'dw.nope'" in call(
        shop, "quality", "trend", "dw.nope", fails=True
    )


def test_days_that_do_not_stand_out_are_none(shop):
    assert told(shop, "quality", "anomalies") == []
    assert "No day stands out" in call(shop, "quality", "anomalies")


def test_an_unknown_table_is_told_from_one_that_is_not_built_yet(shop):
    assert "No table is named 'dw.nope'" in call(shop, "quality", "check", "dw.nope", fails=True)
    said = call(shop, "quality", "check", "dw.custmers", fails=True)
    assert "near to it: dw.customers" in said
    assert "quality report" in said
    assert "dw.costs" not in said
    assert "zhiyin run" in call(shop, "quality", "check", "dm.customers", fails=True)


def test_a_wrong_file_of_expectations_is_named_before_anything_is_built(shop):
    wrong = shop / "quality" / "wrong.yaml"
    wrong.write_text("table: dw.nope\n", encoding="utf-8")
    said = call(shop, "run", "warehouse", fails=True)
    wrong.unlink()
    assert "wrong.yaml" in said
    assert "dw.nope" in said
