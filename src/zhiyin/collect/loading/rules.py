"""What a load goes by beside the events themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from zhiyin.collect.traffic import TrafficRules
from zhiyin.ports.regions import RegionLookup

if TYPE_CHECKING:
    import pyarrow as pa


class PlanJudge(Protocol):
    """The tracking plan, as far as the loader knows it."""

    def violations(self, events: pa.Table) -> pa.Table:
        """Return the events that break the plan.

        Parameters
        ----------
        events
            Columns `source_id`, `kind`, `event`, `properties`, `traits`, `context`; the last three
            are JSON text or null.

        Returns
        -------
        pa.Table
            `row` (int64, place in `events`), `reason` (a stable code), `detail`, and `is_blocked`:
            whether the event is to be set aside; if not it is kept, and counted. A row that breaks
            several rules is named once.
        """
        ...


@dataclass(frozen=True)
class LoadRules:
    """The workspace's rules for what arrives.

    Parameters
    ----------
    plan
        The tracking plan; None if there is none, and every event is taken.
    traffic
        What tells machines and our own people from customers.
    regions
        Where addresses are; None leaves country, region and city empty.
    duplicate_days
        For how many days after its arrival an event is recognized when it comes again.
    """

    plan: PlanJudge | None = None
    traffic: TrafficRules = field(default_factory=TrafficRules)
    regions: RegionLookup | None = None
    duplicate_days: int = 30
