"""The front door of the reader of conditions that goes event by event."""

from zhiyin.profiles.holding.happenings import AMOUNT_SCALE, Happening
from zhiyin.profiles.holding.known import Known
from zhiyin.profiles.holding.program import Program, TagTree, compiled
from zhiyin.profiles.holding.stepping import (
    Change,
    State,
    Stepped,
    looked_at_anew,
    merged,
    step,
    tags_held,
)

__all__ = [
    "AMOUNT_SCALE",
    "Change",
    "Happening",
    "Known",
    "Program",
    "State",
    "Stepped",
    "TagTree",
    "compiled",
    "looked_at_anew",
    "merged",
    "step",
    "tags_held",
]
