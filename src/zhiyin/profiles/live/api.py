"""The front door of live profiles."""

from zhiyin.profiles.live.calls import Call, read_call
from zhiyin.profiles.live.following import Rules, advance, follow
from zhiyin.profiles.live.joining import People, other_ids, owner_of
from zhiyin.profiles.live.people import Person, Shown, nobody, restored, shown
from zhiyin.profiles.live.programs import program_of
from zhiyin.profiles.live.regrouping import Group, regrouped
from zhiyin.profiles.live.renewing import renewed
from zhiyin.profiles.live.seeding import Seeds

__all__ = [
    "Call",
    "Group",
    "People",
    "Person",
    "Rules",
    "Seeds",
    "Shown",
    "advance",
    "follow",
    "nobody",
    "other_ids",
    "owner_of",
    "program_of",
    "read_call",
    "regrouped",
    "renewed",
    "restored",
    "shown",
]
