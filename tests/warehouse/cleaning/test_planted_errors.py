"""Errors planted in a shop's files, of a seed that no rule was written with."""

from __future__ import annotations

import pytest
from benchmarks.dirty_shop import brought_in, score

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.simulation.api import World, WorldConfig
from zhiyin.simulation.errors import dirty_shop

pytestmark = pytest.mark.slow
SEED = 90_210


def test_planted_errors_are_caught_and_good_values_left_alone():
    world = World(WorldConfig(customers=700, seed=SEED, dirt=0))
    shop = dirty_shop(world, share=0.2, seed=SEED)
    warehouse = DuckDBWarehouse(":memory:")
    brought_in(shop, warehouse)
    found = score(shop, warehouse)
    warehouse.close()
    assert len(found.outcomes) >= 15
    assert found.planted > 300
    assert found.caught >= 0.95
    assert found.share["repaired"] >= 0.5
    assert len(found.touched) < 0.005 * found.good_values, found.touched[:5]
