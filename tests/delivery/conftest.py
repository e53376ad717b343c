"""The parts of a small shop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.delivery.small_shop import NOW, SETTINGS, TEMPLATES, ListedLog, an_outbox_row

from zhiyin.core.clock import FixedClock
from zhiyin.delivery.api import Renderer, load_templates
from zhiyin.ports.operational import OutboxRow


@pytest.fixture
def log() -> ListedLog:
    return ListedLog()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer(load_templates(TEMPLATES), SETTINGS)


@pytest.fixture
def a_row() -> Callable[..., OutboxRow]:
    return an_outbox_row
