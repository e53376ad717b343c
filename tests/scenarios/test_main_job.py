"""The main job on real data, through the command line, as a user would do it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ZHIYIN = str(Path(sys.executable).with_name("zhiyin"))

pytestmark = [pytest.mark.data_large, pytest.mark.xdist_group("main_job")]


def zhiyin(*arguments: object, workspace: Path, fails: bool = False):
    done = subprocess.run(
        [ZHIYIN, *map(str, arguments), "-w", str(workspace), "--json"],
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    if fails:
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        return done.stderr
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def one(rows):
    assert len(rows) == 1
    return rows[0]


@pytest.fixture(scope="module")
def retail(tmp_path_factory, shared_data):
    shop = tmp_path_factory.mktemp("retail") / "shop"
    zhiyin("init", "--currency", "GBP", "--timezone", "Europe/London", workspace=shop)
    file = shared_data / "online_retail_uci" / "raw" / "online_retail_all_days.csv.gz"
    report = zhiyin("import", "online_retail", file, workspace=shop)
    zhiyin("run", workspace=shop)
    return shop, file, report


def test_every_line_of_online_retail_is_accounted_for(retail):
    shop, _, report = retail
    assert report["rows_read"] == 541_909
    assert report["rows_kept"] + sum(report["rows_quarantined"].values()) == 541_909
    assert round(float(report["total_read"]), 2) == 9_747_747.93
    parts = float(report["total_kept"]) + float(report["total_quarantined"])
    assert round(parts, 2) == 9_747_747.93
    counts = one(
        zhiyin(
            "sql",
            """
        select count(*) filter (line_kind = 'refund') refunds,
               count(*) filter (customer_id is null) anonymous
        from ods.order_lines""",
            workspace=shop,
        )
    )
    set_aside = one(
        zhiyin(
            "sql",
            """
        select count(*) filter (record like '%"InvoiceNo":"C%') refunds,
               count(*) filter (record like '%"CustomerID":""%'
                                or record like '%"CustomerID":null%') anonymous
        from ods.quarantine""",
            workspace=shop,
        )
    )
    assert counts["refunds"] + set_aside["refunds"] == 9_288
    assert counts["anonymous"] + set_aside["anonymous"] == 135_080


def test_the_same_file_again_changes_nothing(retail):
    shop, file, _ = retail
    before = zhiyin("sql", "select count(*) n from ods.order_lines", workspace=shop)
    again = zhiyin("import", "online_retail", file, workspace=shop)
    assert again["rows_kept"] == 0
    assert zhiyin("sql", "select count(*) n from ods.order_lines", workspace=shop) == before


def test_a_run_with_nothing_new_builds_nothing(retail):
    shop, _, _ = retail
    again = zhiyin("run", workspace=shop)
    outcomes = {t["table"]: t["outcome"] for s in again["stages"] for t in s["tables"]}
    assert {name for name, outcome in outcomes.items() if outcome != "unchanged"} == set()


def test_value_tiers_have_the_promised_shares(retail):
    shop, _, _ = retail
    rows = zhiyin("sql", "select value_tier t, count(*) n from dm.rfm group by 1", workspace=shop)
    total = sum(row["n"] for row in rows)
    shares = {row["t"]: row["n"] / total for row in rows}
    assert 0.10 <= shares["high"] <= 0.15
    assert 0.30 <= shares["middle"] <= 0.35
    assert 0.35 <= shares["potential"] <= 0.40
    assert 0.15 <= shares["at_risk"] <= 0.20


def test_audiences_cards_customers_and_lineage_answer(retail, tmp_path):
    shop, _, _ = retail
    named = zhiyin("audience", "list", workspace=shop)[0]
    count = zhiyin("audience", "count", named["audience"], workspace=shop)["count"]
    target = tmp_path / "people.csv"
    zhiyin("audience", "export", named["audience"], "-o", target, workspace=shop)
    assert len(target.read_text().splitlines()) == count + 1
    cards = zhiyin("models", "card", workspace=shop)
    assert {"clv", "repurchase"} == {card["model"] for card in cards}
    assert zhiyin("models", "card", "churn", workspace=shop)[0]["model"] == "repurchase"
    person = zhiyin("customer", "show", "12347", workspace=shop)
    assert person["profile"]["orders"] > 0
    up = zhiyin("lineage", "up", "dm.customers.monetary", workspace=shop)
    objects = {one["object_id"]: one for one in up["objects"]}
    assert "column:ods.order_lines.amount" in objects
    assert any(one["kind"] == "file" for one in objects.values())


def test_the_review_is_written_in_both_languages_without_outside_requests(retail):
    shop, _, _ = retail
    files = zhiyin("review", "weekly", workspace=shop)["files"]
    assert len(files) == 2
    for file in files:
        text = Path(file).read_text(encoding="utf-8")
        assert "<svg" in text
        assert not any(mark in text for mark in ('src="http', "src='http", "url(http", "<link"))


@pytest.mark.parametrize(
    ("recipe", "folders", "zone"),
    [
        ("adventureworks", ("adventureworks_retail/raw",), "America/Los_Angeles"),
        ("completejourney", ("completejourney/parquet",), "America/New_York"),
    ],
)
def test_the_other_shops_go_the_whole_way(recipe, folders, zone, tmp_path, shared_data):
    shop = tmp_path / "shop"
    zhiyin("init", "--currency", "USD", "--timezone", zone, "--language", "en", workspace=shop)
    paths = [shared_data / folder for folder in folders]
    report = zhiyin("import", recipe, *paths, workspace=shop)
    assert report["rows_read"] == report["rows_kept"] + sum(report["rows_quarantined"].values())
    zhiyin("run", workspace=shop)
    assert zhiyin("audience", "list", workspace=shop)
    assert zhiyin("models", "card", workspace=shop)
    assert len(zhiyin("review", "weekly", workspace=shop)["files"]) == 2
    assert one(zhiyin("sql", "select count(*) n from dm.rfm", workspace=shop))["n"] > 500
