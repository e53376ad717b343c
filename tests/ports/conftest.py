"""What the suites of the ports share."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """One Kafka broker for all suites that only read and write."""
    from tests.kafka.broker import Broker

    running = Broker(tmp_path_factory.mktemp("kafka")).start()
    yield running
    running.stop()
