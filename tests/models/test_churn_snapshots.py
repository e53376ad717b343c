"""No day is learnt from and judged on."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.models.churn.snapshots import plan

FIRST = datetime.fromisoformat("2025-01-01")


@given(st.integers(0, 2000), st.sampled_from([None, 7, 45, 90]))
@settings(max_examples=60, deadline=None)
def test_what_a_snapshot_looks_at_ends_before_the_next_role_begins(days, horizon):
    as_of = FIRST + timedelta(days=days, hours=16)
    snapshots = plan(FIRST, as_of, horizon)
    if snapshots is None:
        assert days < 4 * (horizon or 14)
        return
    assert snapshots.training
    assert max(snapshots.training) + snapshots.horizon <= snapshots.calibration
    assert snapshots.calibration + snapshots.horizon <= snapshots.test
    assert snapshots.test + snapshots.horizon <= as_of
    assert min(snapshots.training) - FIRST >= snapshots.horizon


def test_a_year_is_looked_at_sixty_days_ahead():
    snapshots = plan(FIRST, FIRST + timedelta(days=365))
    assert snapshots is not None
    assert snapshots.horizon_days == 60
    assert len(snapshots.training) == 5


def test_two_months_are_looked_at_two_weeks_ahead():
    snapshots = plan(FIRST, FIRST + timedelta(days=60))
    assert snapshots is not None
    assert snapshots.horizon_days == 14
