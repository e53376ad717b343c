"""The shop is built once; tests that need another state of accounts take an empty workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api.small_shop import empty_workspace, simulated_shop

from zhiyin.app import wiring
from zhiyin.testing.channels import MemoryChannel

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Keep these tests in one process, which builds the shop once."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("api"))


@pytest.fixture(scope="session")
def mailbox():
    """Where the shop's messages arrive."""
    channel = MemoryChannel()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "channels", lambda _: {"email": channel})
        yield channel


@pytest.fixture(scope="session")
def shop(tmp_path_factory, mailbox):
    with simulated_shop(tmp_path_factory.mktemp("api")) as opened:
        yield opened


@pytest.fixture(scope="session")
def unused(tmp_path_factory):
    """A workspace with accounts and no data."""
    with empty_workspace(tmp_path_factory.mktemp("unused") / "shop") as opened:
        opened.add_accounts()
        yield opened


@pytest.fixture
def fresh(tmp_path):
    """A workspace that nobody has set up."""
    with empty_workspace(tmp_path / "shop") as opened:
        yield opened
