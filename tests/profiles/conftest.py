"""The small shop after a run, and ways to ask it."""

from __future__ import annotations

import ibis
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.clock import FixedClock
from zhiyin.identity import api as identity
from zhiyin.profiles import api as profiles
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import AS_OF, CONTEXT, FACTS, small_shop
from zhiyin.warehouse.api import run_builds


@pytest.fixture(scope="session")
def shop():
    """The warehouse after a run without models, by the builds that a real run uses."""
    warehouse = DuckDBWarehouse(":memory:")
    for spec, _ in FACTS:
        warehouse.write(spec, small_shop()[spec.name])
    builds = [*identity.builds(), *profiles.builds(), *profiles.late_builds(profiles.DEFAULTS)]
    run_builds(builds, warehouse, context=CONTEXT, clock=FixedClock(), run_id="r1")
    yield warehouse
    warehouse.close()


@pytest.fixture
def sources(shop):
    audiences = profiles.trees_of(profiles.load_audiences(profiles.DEFAULTS))
    return profiles.Sources.read(shop, AS_OF, audiences)


@pytest.fixture
def people_where(sources):
    """Return the people for whom a condition, as a file holds it, is true."""

    def people(**written):
        table = profiles.select(profiles.parse_condition(written), sources)
        ids = table.to_pyarrow()["person_id"].to_pylist()
        assert len(set(ids)) == len(ids)
        return sorted(ids)

    return people


@pytest.fixture
def memtable():
    def table(spec, *rows):
        return ibis.memtable(rows_of(spec, *rows))

    return table
