"""Searching personas, telling them anew, and asking for them in conditions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.app import personas
from zhiyin.app.commands import personas as commands
from zhiyin.core.clock import FixedClock, naive_utc
from zhiyin.identity.tables import PERSON_OF
from zhiyin.ports.warehouse import How
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.bitmaps.api import CountingBook, Shelf
from zhiyin.profiles.personas.tables import PERSONA_FITS, PERSONA_OF, PERSONAS
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse import tables as dw

AS_OF = naive_utc(datetime(2025, 6, 30, tzinfo=UTC))
BUYERS = 240


def buyer(n: int) -> dict:
    """Every third buyer spends much, every third has long been silent, every third is neither."""
    kind = n % 3
    return {
        "person_id": f"user:{n:03}",
        "orders": 1,
        "order_days": 1,
        "monetary": Decimal(5000 if kind == 0 else 50) + Decimal(n % 7) / 100,
        "average_order": Decimal(5000 if kind == 0 else 50) + Decimal(n % 7) / 100,
        "recency_days": 300 if kind == 1 else 10,
        "tenure_days": 300 if kind == 1 else 10,
    }


def write_buyers(warehouse, people):
    names = [one["person_id"] for one in people]
    at = AS_OF - timedelta(days=5)
    orders = [
        {"source_id": "s", "order_id": name, "visitor_id": name, "order_time": at,
         "ts_ms": (at - EPOCH) // timedelta(milliseconds=1), "amount": Decimal(1)}
        for name in names
    ]  # fmt: skip
    warehouse.write(dm.PURCHASES, rows_of(dm.PURCHASES, *people))
    warehouse.write(dw.ORDERS, rows_of(dw.ORDERS, *orders))
    ids = ({"visitor_id": name, "person_id": name} for name in names)
    warehouse.write(PERSON_OF, rows_of(PERSON_OF, *ids))


@pytest.fixture
def shop():
    warehouse = DuckDBWarehouse(":memory:")
    write_buyers(warehouse, [buyer(n) for n in range(BUYERS)])
    built = {"run_id": "r", "table_name": dm.CUSTOMERS.name, "outcome": "built", "as_of": AS_OF}
    warehouse.write(dw.BUILDS, rows_of(dw.BUILDS, built), How.MERGE)
    clock = FixedClock(datetime(2025, 7, 1, tzinfo=UTC))
    yield SimpleNamespace(
        warehouse=warehouse, clock=clock, settings=SimpleNamespace(timezone="UTC")
    )
    warehouse.close()


def search(shop):
    found = personas.search(shop, on_progress=lambda _: None)
    shop.clock.advance(timedelta(days=30))
    return found


def owners(shop):
    table = shop.warehouse.to_arrow(shop.warehouse.read(PERSONA_OF))
    return {row["person_id"]: row["persona_id"] for row in table.to_pylist()}


def test_a_search_writes_personas_and_whose_is_whose(shop):
    assert search(shop)
    mine = owners(shop)
    assert len(mine) == BUYERS
    for kind in range(3):
        assert len({mine[f"user:{n:03}"] for n in range(kind, BUYERS, 3)}) == 1
    shown = commands.show(shop, on_progress=lambda _: None)
    assert {one["persona_id"] for one in shown["personas"]} == set(mine.values())
    assert [one["people_now"] for one in shown["personas"]] == [80, 80, 80]
    assert all(one["kept"] is None for one in shown["personas"])
    assert shown["why"] is None


def test_a_second_search_among_the_same_buyers_keeps_ids(shop):
    search(shop)
    before = owners(shop)
    search(shop)
    assert owners(shop) == before
    shown = commands.show(shop, on_progress=lambda _: None)
    assert [one["kept"] for one in shown["personas"]] == [1.0, 1.0, 1.0]


def test_telling_gives_a_new_buyer_the_nearest_persona_and_searches_nothing(shop):
    assert personas.tell(shop, AS_OF) == 0
    search(shop)
    newcomer = {**buyer(0), "person_id": "user:new"}
    moved = {**buyer(2), "person_id": "user:000"}
    write_buyers(shop.warehouse, [moved, *(buyer(n) for n in range(1, BUYERS)), newcomer])
    before = owners(shop)
    assert personas.tell(shop, AS_OF) == BUYERS + 1
    now = owners(shop)
    assert now["user:new"] == before["user:000"] == before["user:003"]
    assert now["user:000"] == before["user:002"]
    fits = shop.warehouse.to_arrow(shop.warehouse.read(PERSONA_FITS))
    assert fits.num_rows == 1


def test_telling_what_is_known_writes_nothing(shop):
    search(shop)
    personas.tell(shop, AS_OF)
    version = shop.warehouse.version(PERSONA_OF)
    personas.tell(shop, AS_OF)
    assert shop.warehouse.version(PERSONA_OF) == version
    personas.tell(shop, AS_OF + timedelta(days=1))
    assert shop.warehouse.version(PERSONA_OF) != version


def test_too_few_buyers_have_no_personas_and_those_of_before_stay(shop):
    search(shop)
    before = owners(shop)
    write_buyers(shop.warehouse, [buyer(n) for n in range(50)])
    assert not search(shop)
    assert owners(shop) == before
    asked = commands.show(shop, refit=True, on_progress=lambda _: None)
    assert (asked["why"], asked["personas"]) == ("too_few_buyers", [])


def test_before_the_first_search_the_answer_says_so(shop):
    asked = commands.show(shop, on_progress=lambda _: None)
    assert (asked["why"], asked["personas"]) == ("not_searched", [])
    assert shop.warehouse.to_arrow(shop.warehouse.read(PERSONAS)).num_rows == 0


def test_an_audience_may_ask_for_a_persona_in_the_warehouse_and_in_bitmaps(shop, tmp_path):
    search(shop)
    read = shop.warehouse.read
    inputs = {name: read(spec) for name, spec in profiles.CUSTOMER_INPUTS.items()}
    people = shop.warehouse.to_arrow(profiles.customers(inputs, as_of=AS_OF))
    shop.warehouse.write(dm.CUSTOMERS, people)
    mine = owners(shop)
    wanted = sorted(name for name, persona in mine.items() if persona == mine["user:001"])
    tree = profiles.parse_condition({"attribute": "persona", "equals": mine["user:001"]})
    sources = profiles.Sources.read(shop.warehouse, AS_OF, {})
    selected = profiles.select(tree, sources).order_by("person_id").to_pyarrow()
    assert selected["person_id"].to_pylist() == wanted
    book = CountingBook(Shelf(tmp_path / "bits", shop.warehouse), sources)
    assert sorted(book.shelf.ids(book.people(tree)).to_pylist()) == wanted
    tag = profiles.load_tags(profiles.DEFAULTS)["persona"]
    assert tag.value is not None
    assert tag.value.attribute == "persona"
    nobody = profiles.parse_condition({"attribute": "persona", "exists": False})
    assert profiles.select(nobody, sources).to_pyarrow().num_rows == 0
