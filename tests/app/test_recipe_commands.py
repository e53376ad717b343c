"""`zhiyin recipe …` and `zhiyin import auto`, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from zhiyin.app.cli import zhiyin
from zhiyin.app.workspace import create_workspace
from zhiyin.core.errors import Conflict

ORDERS = "order_no,member,sku,qty,price,placed\n1,7,A,2,5.00,2025-01-13\n2,8,B,1,9.50,2025-02-01\n"


@pytest.fixture
def files(tmp_path) -> Path:
    folder = tmp_path / "web shop"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


@pytest.fixture
def shop(tmp_path) -> Path:
    create_workspace(tmp_path / "shop", language="en", currency="EUR", timezone="Europe/Berlin")
    return tmp_path / "shop"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(zhiyin, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_recipe_is_proposed_on_the_screen_without_any_workspace(files, tmp_path):
    text = run("recipe", "suggest", files, "-w", tmp_path / "nowhere")
    assert text.startswith("# Proposed by `zhiyin recipe suggest`")
    assert "target: order_lines" in text
    assert not (tmp_path / "nowhere").exists()


def test_what_holds_in_the_workspace_holds_in_the_recipe(files, shop):
    told = json.loads(run("recipe", "suggest", files, "-w", shop, "--json"))
    assert "timezone: Europe/Berlin" in told["recipe"]
    assert "currency: EUR" in told["recipe"]
    assert told["sources"][0]["target"] == "order_lines"
    assert told["sources"][0]["rows"] == 2


def test_comments_come_in_the_language_asked_for(files, shop):
    text = run("recipe", "suggest", files, "-w", shop, "--language", "zh")
    assert "没有时区的时间按此时区读取" in text


def test_a_recipe_is_written_tried_listed_shown_and_used(files, shop):
    path = shop / "recipes" / "mine.yaml"
    run("recipe", "suggest", files, "-o", path, "-w", shop)
    with pytest.raises(Conflict, match="is there already"):
        run("recipe", "suggest", files, "-o", path, "-w", shop)
    run("recipe", "suggest", files, "-o", path, "-w", shop, "--force")
    tried = run("recipe", "check", "mine", files, "-w", shop)
    assert "orders -> order_lines: 2 records read, 2 kept, 0 set aside" in tried
    assert "amount=10" in tried
    listed = json.loads(run("recipe", "list", "-w", shop, "--json"))
    assert listed[0]["name"] == "mine"
    assert listed[0]["targets"] == ["order_lines"]
    assert listed[0]["origin"] == "workspace"
    assert {"online_retail", "jdata", "taobao"} <= {recipe["name"] for recipe in listed}
    assert run("recipe", "show", "mine", "-w", shop) == path.read_text(encoding="utf-8")
    assert json.loads(run("import", "mine", files, "-w", shop, "--json"))["rows_kept"] == 2


def test_files_are_imported_without_a_recipe_and_the_proposed_one_is_kept(files, shop):
    first = json.loads(run("import", "auto", files, "-w", shop, "--json"))
    assert (first["rows_read"], first["rows_kept"]) == (2, 2)
    kept = shop / "recipes" / "web_shop.yaml"
    assert first["recipe_file"] == str(kept)
    kept.write_text(
        kept.read_text(encoding="utf-8").replace("duplicates:", "# as I like it\n    duplicates:"),
        encoding="utf-8",
    )
    again = json.loads(run("import", "auto", files, "-w", shop, "--json"))
    assert again["rows_read"] == 0
    assert "# as I like it" in kept.read_text(encoding="utf-8")


def test_records_that_would_be_set_aside_are_shown_with_their_reason(files, shop):
    path = shop / "recipes" / "mine.yaml"
    run("recipe", "suggest", files, "-o", path, "-w", shop)
    (files / "orders.csv").write_text(ORDERS + "3,9,C,many,1,2025-02-02\n", encoding="utf-8")
    told = run("recipe", "check", "mine", files, "-w", shop)
    assert "set aside unreadable_value (1), as orders.csv line 3: qty=many" in told
    assert "Nothing was written." in told
