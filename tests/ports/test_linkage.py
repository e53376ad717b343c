"""The linker's contract, over the adapter and the fake."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from zhiyin.adapters.linkage.splink_linker import SplinkLinker
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.linkage import Comparison, LinkagePlan
from zhiyin.testing.linkage import MemoryLinker

LINKERS = {"splink": lambda: SplinkLinker(memory_limit="500MB", threads=2), "memory": MemoryLinker}
PLAN = LinkagePlan(
    comparisons=(
        Comparison("name", "name", has_frequencies=True),
        Comparison("born", "date"),
        Comparison("email", "email"),
    ),
    blocking=(("name",), ("born",), ("email",)),
    training=(("born",), ("email",)),
)
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("record_id", "source_id", "name", "born", "email")]
)


def people(count: int = 60, again: int = 20) -> pa.Table:
    """Return records of `count` people, of whom the first `again` are there twice."""
    rng = np.random.default_rng(5)
    names = ["anna", "bela", "carl", "dora", "emil", "fritz", "greta", "hugo"]
    rows = [
        {
            "record_id": f"a{number:03d}",
            "source_id": "a",
            "name": f"{rng.choice(names)} {rng.choice(names)}er",
            "born": f"19{rng.integers(50, 99)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
            "email": f"{rng.choice(names)}{number}@b.example",
        }
        for number in range(count)
    ]
    for number, row in enumerate(rows[:again]):
        changed = {"born": None} if number % 4 else {"email": f"new{number}@c.example"}
        rows.append({**row, **changed, "record_id": f"b{number:03d}", "source_id": "b"})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@pytest.fixture(params=LINKERS)
def linker(request):
    return LINKERS[request.param]()


@pytest.fixture(scope="module", params=LINKERS)
def linked(request):
    """One result of each linker, since learning takes a second."""
    chosen = LINKERS[request.param]()
    return chosen, chosen.link(people(), PLAN)


def test_records_of_one_person_are_found_and_others_are_not(linked):
    _, result = linked
    sure = {
        (row["left_id"], row["right_id"])
        for row in result.pairs.to_pylist()
        if row["probability"] > 0.5
    }
    assert sure == {(f"a{number:03d}", f"b{number:03d}") for number in range(20)}


def test_pairs_come_in_the_order_of_their_ids_each_once_and_left_first(linked):
    rows = linked[1].pairs.to_pylist()
    places = [(row["left_id"], row["right_id"]) for row in rows]
    assert places == sorted(set(places))
    assert all(left < right for left, right in places)


def test_probability_grows_with_weight_and_each_field_tells_its_part(linked):
    rows = sorted(linked[1].pairs.to_pylist(), key=lambda row: row["match_weight"])
    assert all(one["probability"] <= two["probability"] for one, two in pairwise(rows))
    told = json.loads(rows[-1]["comparison"])
    assert list(told) == ["name", "born", "email"]
    assert told["name"]["level"] == "equal"
    assert told["name"]["weight"] > 0


def test_a_model_scores_again_as_it_did(linked):
    chosen, result = linked
    again = chosen.score(people(), PLAN, result.model)
    assert again.pairs == result.pairs


def test_the_order_of_records_and_a_second_time_change_nothing(linked):
    chosen, result = linked
    shuffled = people().take(np.random.default_rng(3).permutation(80))
    assert chosen.link(shuffled, PLAN).pairs == result.pairs


def test_a_model_for_other_columns_is_refused(linked):
    chosen, result = linked
    other = replace(PLAN, comparisons=PLAN.comparisons[:2], training=(("born",), ("name",)))
    with pytest.raises(InvalidInput, match="model compares"):
        chosen.score(people(), other, result.model)


def test_between_sources_only_pairs_of_two_sources_are_looked_at(linker):
    pairs = linker.link(people(), replace(PLAN, between_sources=True)).pairs.to_pylist()
    assert pairs
    assert all((row["left_id"][0], row["right_id"][0]) == ("a", "b") for row in pairs)


def test_pairs_below_the_lowest_probability_are_left_out(linker):
    pairs = linker.link(people(), replace(PLAN, keep_at_least=0.9)).pairs
    assert min(pairs["probability"].to_pylist()) >= 0.9


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"record_id": "a", "source_id": "s", "name": "x", "born": None, "email": None}],
        [{"record_id": key, "source_id": "s"} for key in "abc"],
        [{"record_id": key, "source_id": "s", "name": key} for key in "abc"],
    ],
    ids=["none", "one", "all_unknown", "nothing_agrees"],
)
def test_records_without_a_pair_to_look_at_give_no_pairs(linker, rows):
    result = linker.link(pa.Table.from_pylist(rows, schema=SCHEMA), PLAN)
    assert result.pairs.num_rows == 0
    assert result.pairs.column_names == [
        "left_id",
        "right_id",
        "probability",
        "match_weight",
        "comparison",
    ]


@pytest.mark.parametrize("count", [2, 40])
def test_records_that_are_all_the_same_are_linked_or_not_but_never_an_error(linker, count, capfd):
    row = {"source_id": "s", "name": "anna", "born": "1980-01-01", "email": "a@b.example"}
    rows = [{**row, "record_id": f"{number:02d}"} for number in range(count)]
    pairs = linker.link(pa.Table.from_pylist(rows, schema=SCHEMA), PLAN).pairs
    assert pairs.num_rows in (0, count * (count - 1) // 2)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"comparisons": ()}, "compares nothing"),
        ({"comparisons": (Comparison("name", "sound"),)}, "allowed: exact, name"),
        ({"comparisons": PLAN.comparisons + PLAN.comparisons[:1]}, "compares name twice"),
        ({"blocking": ()}, "no blocking rule"),
        ({"blocking": ((),)}, "no blocking rule"),
        ({"blocking": (("street",),)}, "names street, which the records do not have"),
        ({"training": (("name", "born"),)}, "nothing is learned about it"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused_in_one_sentence(linker, changed, sentence):
    with pytest.raises(InvalidInput, match=sentence) as refused:
        linker.link(people(), replace(PLAN, **changed))
    assert "\n" not in str(refused.value)


def test_records_without_a_number_of_their_own_are_refused(linker):
    for wrong in ("a000", None):
        records = people().to_pylist()
        records[1]["record_id"] = wrong
        with pytest.raises(InvalidInput, match="record_id"):
            linker.link(pa.Table.from_pylist(records, schema=SCHEMA), PLAN)


def test_the_columns_that_records_lack_are_named(linker):
    assert linker.missing(PLAN, ["record_id", "name"]) == ["born", "email"]
    assert linker.missing(PLAN, SCHEMA.names) == []
