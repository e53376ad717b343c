"""Recipes: what a file may say, and the sentence for one that says something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.collect import shop

from zhiyin.collect.api import builtin_files, builtin_recipes, find_recipe, load_recipe
from zhiyin.core.errors import InvalidInput, NotFound


def changed(old: str, new: str) -> str:
    assert old in shop.RECIPE
    return shop.RECIPE.replace(old, new)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            changed("timezone: Asia/Shanghai", "timezone: Mars/Base"),
            "cannot be 'Mars/Base'",
        ),
        (changed("currency: CNY\n", ""), "lacks the key 'currency'"),
        (
            changed("target: order_lines", "target: orders"),
            "cannot be 'orders'.*order_lines",
        ),
        (changed("quantity: qty", "quantum: qty"), "no column 'quantum'.*quantity"),
        (changed("quantity: qty\n", "_q: qty\n"), "'quantity', which is not made before it"),
        (changed("      order_id: no\n", ""), "'order_id', which is not made"),
        (changed("line_kind: {value: sale}", "line_kind: {valu: sale}"), "unknown key 'valu'"),
        (changed("{value: sale}", "{value: sale, from: x}"), "give exactly one of"),
        (changed("quantity * unit_price}", "quantity ** unit_price}"), "is not a calculation"),
        (changed("{below: 0}", "{under: 0}"), "unknown key 'under'; allowed: .*below"),
        (changed("source: products, on", "source: stuff, on"), "source cannot be 'stuff'"),
        (changed("D/M/YYYY h:mm", "D/M"), "time format 'D/M' must hold YYYY"),
        (changed("code: free", "code: Free!"), "'Free!'"),
        ("- just\n- a list\n", "a mapping with the keys name"),
        ("{broken", "not readable YAML"),
    ],
)
def test_a_recipe_that_does_not_fit_is_named_with_place_value_and_what_is_allowed(
    tmp_path, text, sentence
):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        shop.recipe(tmp_path, text)
    assert "shop.yaml" in str(caught.value)


def test_a_missing_recipe_file_is_not_found(tmp_path):
    with pytest.raises(NotFound, match=r"nowhere\.yaml"):
        load_recipe(tmp_path / "nowhere.yaml")


def test_the_recipes_that_ship_are_sound_and_titled_in_both_languages():
    recipes = builtin_recipes()
    assert {"adventureworks", "completejourney", "online_retail", "zhiyin_shop"} <= set(recipes)
    assert {path.stem for path in builtin_files()} == set(recipes)
    assert all(set(recipe.title) == {"zh-CN", "en"} for recipe in recipes.values())


def test_a_workspace_recipe_comes_before_a_built_in_one(tmp_path):
    (tmp_path / "recipes").mkdir()
    own = tmp_path / "recipes" / "online_retail.yaml"
    own.write_text(shop.RECIPE.replace("name: shop", "name: mine"), encoding="utf-8")
    assert find_recipe("online_retail", tmp_path).name == "mine"
    assert find_recipe("online_retail").name == "online_retail"
    assert find_recipe(str(own)).name == "mine"


def test_an_unknown_recipe_lists_the_known_ones(tmp_path):
    with pytest.raises(NotFound, match=r"No recipe is named 'amazon'.*adventureworks.*recipes/"):
        find_recipe("amazon", tmp_path)


def test_words_like_on_and_no_stay_texts(tmp_path):
    text = changed("line_kind: {value: sale}", "line_kind: {from: no, map: {No: sale, Y: refund}}")
    column = next(c for c in shop.recipe(tmp_path, text).source("lines").columns if c.steps.mapping)
    assert dict(column.steps.mapping) == {"No": "sale", "Y": "refund"}


def test_the_documented_recipe_imports_what_it_speaks_of(warehouse, tmp_path):
    page = (Path(__file__).resolve().parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
    chosen = shop.recipe(tmp_path, page.split("```yaml\n")[1].split("```")[0])
    paths = [
        shop.file(tmp_path, "products.csv", 'sku,title,price\nA,茶,"¥1,000.5"\n'),
        shop.file(
            tmp_path,
            "orders-1.csv",
            "order_no,kind,member,sku,qty,price,discount,placed_at\n"
            "1,销售,7.0,A,2,10,1,1/2/2025 9:00\n"
            "2,退货,7,A,1,10,,2025-02-03\n"
            "3,销售,7,A,1,-1,,2025-02-03\n",
        ),
    ]
    report = shop.run(warehouse, chosen, paths)
    assert report.rows_quarantined == {"negative_price": 1}
    found = shop.rows(warehouse, "order_lines")
    assert [(row["line_kind"], row["amount"]) for row in found] == [("sale", 19), ("refund", -10)]
    assert found[0]["product_name"] == "茶"
