"""Texts gathered on DuckDB and on Spark."""

from __future__ import annotations

import pytest

from zhiyin.insights.voice.api import INPUTS, texts
from zhiyin.testing.voice_shop import voice_shop

pytestmark = pytest.mark.spark


def test_texts_of_all_sources_are_the_same_on_both_engines(both_engines):
    shop = voice_shop()
    rows = both_engines.same_rows(texts, *(shop[spec.name] for spec in INPUTS))
    assert len(rows) == 10
