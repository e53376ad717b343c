"""The default plan on public sets of made-up persons whose true pairs are known.

Nothing is fitted to the labels: plan, thresholds and estimation are those of every workspace.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhiyin.adapters.linkage.splink_linker import SplinkLinker
from zhiyin.identity.linkage.api import comparable, default_plan

FEBRL = {
    "given_name": "name",
    "surname": "name",
    "date_of_birth": "date",
    "soc_sec_id": "postcode",
    "postcode": "postcode",
    "street_number": "exact",
    "address_1": "text",
    "address_2": "text",
    "suburb": "text",
    "state": "exact",
}
FAKE = {"first_name": "name", "surname": "name", "dob": "date", "city": "text", "email": "email"}


def scored(records, kinds, **terms):
    """Return the pairs that the default plan finds, with their probabilities."""
    cleaned = comparable(records, kinds)
    result = SplinkLinker(memory_limit="1GB").link(cleaned, default_plan(kinds, **terms))
    return {
        (row["left_id"], row["right_id"]): row["probability"] for row in result.pairs.to_pylist()
    }


def f1(pairs, truth, least: float) -> float:
    found = {pair for pair, probability in pairs.items() if probability >= least}
    return 2 * len(found & truth) / (len(found) + len(truth))


@pytest.mark.slow
def test_febrl_4_is_linked_almost_without_a_mistake(shared_data):
    sides = []
    for source in ("4a", "4b"):
        table = pq.read_table(shared_data / f"splink_identity/parquet/dataset{source}.parquet")
        names = {name: name.strip() for name in table.column_names} | {"rec_id": "record_id"}
        sides.append(
            table.rename_columns([names[name] for name in table.column_names]).append_column(
                "source_id", pa.repeat(source, len(table))
            )
        )
    records = pa.concat_tables(sides)
    pairs = scored(records, FEBRL, between_sources=True)
    people = [one.removesuffix("-org") for one in sides[0]["record_id"].to_pylist()]
    truth = {tuple(sorted((f"{one}-org", f"{one}-dup-0"))) for one in people}
    assert len(truth) == 5000
    # Three of the 5,000 agree on no blocking rule; the target is 0.999.
    assert f1(pairs, truth, 0.99) >= 0.999


def test_fake_1000_is_linked_better_than_by_equal_values(shared_data):
    table = pq.read_table(shared_data / "splink_identity/parquet/fake_1000.parquet")
    records = table.rename_columns(["record_id", *table.column_names[1:]])
    pairs = scored(records.append_column("source_id", pa.repeat("f", len(table))), FAKE)
    people = defaultdict(list)
    for row in table.to_pylist():
        people[row["cluster"]].append(row["unique_id"])
    truth = {pair for ids in people.values() for pair in combinations(sorted(ids), 2)}
    # Joining on equal values comes to 0.53; Splink with the settings of its own example to 0.64
    # at 0.99, and to 0.80 at 0.5.
    assert f1(pairs, truth, 0.99) > 0.78
    assert f1(pairs, truth, 0.5) > 0.88
