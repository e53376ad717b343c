"""DM: audiences as they stood."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TIME, Column, TableSpec

REASONS = ("schedule", "manual", "upload", "sample", "look_alike")

AUDIENCE_SNAPSHOTS = TableSpec(
    name="dm.audience_snapshots",
    grain=("snapshot_id",),
    description="Every time an audience was written down: how many were in it, who came and went.",
    columns={
        "snapshot_id": Column("!string", "one snapshot"),
        "audience": Column("!string", "audience name"),
        "taken_at": Column("!" + TIME, "when it was written down", "UTC"),
        "as_of": Column("!" + TIME, "instant its members were looked up from", "UTC"),
        "reason": Column("!string", "what it was taken for", one_of=REASONS),
        "members": Column("!int64", "people in it"),
        "entered": Column("int64", "of these, not in the snapshot before; null for the first"),
        "left": Column("int64", "in the snapshot before and no more; null for the first"),
        "people": Column("!int64", "everybody in dm.customers then"),
        "has_members": Column("!boolean", "whether dm.audience_members keeps who they were"),
        "definition": Column("!string", "the condition, or where the list came from; JSON"),
        "actor": Column("string", "who took it; null for the schedule"),
    },
)

AUDIENCE_MEMBERS = TableSpec(
    name="dm.audience_members",
    grain=("snapshot_id", "person_id"),
    description="Who was in an audience when it was written down, by the person id of that time.",
    order_by=("snapshot_id",),
    columns={
        "snapshot_id": Column("!string", "snapshot"),
        "person_id": Column("!string", "person, as known then", pii=Pii.IDENTIFIER),
        "score": Column("float64", "likeness to the seed, 0 to 1; null unless a look-alike"),
    },
)

ALL = (AUDIENCE_SNAPSHOTS, AUDIENCE_MEMBERS)
