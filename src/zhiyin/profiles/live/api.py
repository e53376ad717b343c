"""The front door of live profiles."""

from zhiyin.profiles.live.calls import Call, read_call
from zhiyin.profiles.live.following import Rules, advance, follow
from zhiyin.profiles.live.joining import People, other_ids, owner_of
from zhiyin.profiles.live.people import Person, Shown, decoded, nobody, shown
from zhiyin.profiles.live.programs import program_of
from zhiyin.profiles.live.regrouping import regrouped
from zhiyin.profiles.live.renewing import renewed
from zhiyin.profiles.live.seeding import Seeds

__all__ = [
    "Call",
    "People",
    "Person",
    "Rules",
    "Seeds",
    "Shown",
    "advance",
    "decoded",
    "follow",
    "nobody",
    "other_ids",
    "owner_of",
    "program_of",
    "read_call",
    "regrouped",
    "renewed",
    "shown",
]
