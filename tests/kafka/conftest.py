"""The broker that tests share which do not kill it."""

from tests.ports.conftest import broker

__all__ = ["broker"]
