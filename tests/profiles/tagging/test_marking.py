"""Tags that people set and files bring."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.profiles.tagging.tag_tables import AS_OF, definition, fact_tables, tagged

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles.tagging.api import Mark, mark, undo
from zhiyin.profiles.tagging.tables import TAG_ENTRIES
from zhiyin.testing.rows import rows_of

DAY = timedelta(days=1)
TAGS = {
    "vip": definition("vip", "{family: value, manual: true, valid_days: 30}"),
    "size": definition("size", "{family: basic, manual: [s, m]}"),
    "answer": definition("answer", "{family: need, imported: any}"),
    "rule": definition("rule", "{family: need, where: {everyone: true}}"),
}
IDS = [
    {"visitor_id": "user:a", "person_id": "user:a"},
    {"visitor_id": "email:a@b.c", "person_id": "user:a"},
    {"visitor_id": "user:b", "person_id": "user:b"},
]


@pytest.fixture
def shop():
    warehouse = DuckDBWarehouse(":memory:")
    warehouse.write(PERSON_OF, rows_of(PERSON_OF, *IDS))
    yield warehouse
    warehouse.close()


def given(shop, *marks, days=1.0):
    at = AS_OF - days * DAY
    return mark(shop, [Mark(*one) for one in marks], TAGS, actor="li", at=at)


def held(shop):
    entries = shop.read(TAG_ENTRIES)
    table = shop.to_arrow(entries)
    import ibis

    found = tagged(
        {name: one for name, one in TAGS.items() if name != "rule"},
        fact_tables({"dw.person_of": IDS}),
        entries=ibis.memtable(table),
    )
    return {key: row["value"] for key, row in found.items()}


def test_the_latest_word_counts_whichever_id_it_names(shop):
    given(shop, ("user:a", "size", "s"), days=2)
    given(shop, ("email:a@b.c", "size", "m"), days=1)
    assert held(shop) == {("user:a", "size"): "m"}


def test_what_is_taken_away_is_gone_and_comes_back_when_that_is_undone(shop):
    given(shop, ("user:a", "vip"), ("user:b", "vip"), days=3)
    taken = given(shop, ("user:a", "vip", None, "unset"), days=1)
    assert held(shop) == {("user:b", "vip"): None}
    assert undo(shop, taken.batch_id, actor="wang", at=AS_OF) == 1
    assert set(held(shop)) == {("user:a", "vip"), ("user:b", "vip")}
    with pytest.raises(NotFound, match="are in force"):
        undo(shop, taken.batch_id, actor="wang", at=AS_OF)


def test_a_mark_ends_when_it_is_no_longer_valid(shop):
    given(shop, ("user:a", "vip"), days=30)
    given(shop, ("user:b", "vip"), days=29.5)
    assert set(held(shop)) == {("user:b", "vip")}


def test_ids_that_nobody_has_are_left_out_and_told(shop):
    done = given(shop, ("user:a", "answer", "blue"), ("user:zz", "answer", "red"))
    assert (done.written, done.unknown) == (1, ("user:zz",))
    assert held(shop) == {("user:a", "answer"): "blue"}


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (("user:a", "rule"), "is worked out by its definition"),
        (("user:a", "nothing"), "A tag cannot be 'nothing'"),
        (("user:a", "size", "xl"), "The value of size cannot be 'xl'; allowed: s, m"),
        (("user:a", "size"), "'size' needs a value"),
        (("user:a", "vip", "gold"), "'vip' takes no value; leave 'gold' out"),
    ],
)
def test_a_mark_that_its_tag_does_not_take_is_refused_in_a_sentence(shop, one, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        given(shop, one)
