"""The door of membership: snapshots, lists, samples, overlaps, exports."""

from zhiyin.profiles.membership.exports import HASHED_COLUMNS, hashed_contacts, plain_rows
from zhiyin.profiles.membership.lists import listed_people, people_in
from zhiyin.profiles.membership.overlaps import Pair, Region, pairs, regions
from zhiyin.profiles.membership.sampling import drawn, sample_size
from zhiyin.profiles.membership.snapshots import (
    Taken,
    history,
    let_go,
    members_of,
    newest,
    take,
)
from zhiyin.profiles.membership.uploads import Matched, Upload, matched, matches, read_upload

__all__ = [
    "HASHED_COLUMNS",
    "Matched",
    "Pair",
    "Region",
    "Taken",
    "Upload",
    "drawn",
    "hashed_contacts",
    "history",
    "let_go",
    "listed_people",
    "matched",
    "matches",
    "members_of",
    "newest",
    "pairs",
    "people_in",
    "plain_rows",
    "read_upload",
    "regions",
    "sample_size",
    "take",
]
