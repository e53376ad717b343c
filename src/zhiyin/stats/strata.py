"""Which strata can be compared at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from zhiyin.stats.answers import NotEnough


class Counted(Protocol):
    """Anything that knows how many observations it holds."""

    @property
    def n(self) -> int: ...


Sample = TypeVar("Sample", bound=Counted)


def comparable(
    strata: Sequence[tuple[Sample, Sample]], least: int = 1
) -> list[tuple[Sample, Sample]] | NotEnough:
    """Return the strata that have `least` observations in both arms, or why there is none."""
    used = [pair for pair in strata if min(pair[0].n, pair[1].n) >= least]
    if used:
        return used
    if not any(treatment.n for treatment, _ in strata):
        return NotEnough("no_treatment")
    if not any(control.n for _, control in strata):
        return NotEnough("no_holdout")
    return NotEnough("too_few")
