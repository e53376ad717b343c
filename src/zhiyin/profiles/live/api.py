"""The front door of live profiles."""

from zhiyin.profiles.live.calls import Call, read_call
from zhiyin.profiles.live.following import Rules, advance, follow, outcome_of
from zhiyin.profiles.live.joining import Outcome, People, named_ids
from zhiyin.profiles.live.people import Person, Shown, nobody, restored, shown
from zhiyin.profiles.live.programs import program_of
from zhiyin.profiles.live.regrouping import Group, regrouped
from zhiyin.profiles.live.renewing import renewed
from zhiyin.profiles.live.seeding import Seeds

__all__ = [
    "Call",
    "Group",
    "Outcome",
    "People",
    "Person",
    "Rules",
    "Seeds",
    "Shown",
    "advance",
    "follow",
    "named_ids",
    "nobody",
    "outcome_of",
    "program_of",
    "read_call",
    "regrouped",
    "renewed",
    "restored",
    "shown",
]
