"""Fixtures that every test may use."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts jobs in the background deaf to ctrl-C, and so would their children be.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, however slow the machine; `--hypothesis-profile=default` draws
# new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real data sets; the test is skipped where it is not there."""
    folder = Path(os.environ.get("ZHIYIN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real data sets are not on this machine; set ZHIYIN_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def spark_session():
    """One local Spark for all tests; starting it takes seconds."""
    from zhiyin.adapters.warehouse.spark import local_session

    session = local_session()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def both_engines(spark_session, tmp_path_factory):
    """DuckDB and Spark side by side, see `zhiyin.testing.parity`."""
    from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
    from zhiyin.adapters.warehouse.spark import SparkWarehouse
    from zhiyin.testing.parity import BothEngines

    duck = DuckDBWarehouse(":memory:")
    yield BothEngines(duck, SparkWarehouse(tmp_path_factory.mktemp("lake"), spark_session))
    duck.close()


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests: Playwright starts once in a process."""
    if not Path(CHROMIUM).is_file():
        pytest.skip(f"there is no Chromium at {CHROMIUM}; set CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is imported by now: it would look at it again and again."""
    gc.collect()
    gc.freeze()
