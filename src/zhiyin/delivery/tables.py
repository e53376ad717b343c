"""What was said. Receipts are events; this is the outbox as the warehouse sees it."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TIME, Column, TableSpec

# The source of receipts: events of our own, which need no tracking plan.
RECEIPTS = "delivery"

MESSAGES = TableSpec(
    name="dm.messages",
    grain=("message_id",),
    description="Messages and what became of them.",
    columns={
        "message_id": Column("!string", "digest of decision and channel"),
        "decision_id": Column("!string", "decision"),
        "campaign_id": Column("!string", "campaign"),
        "person_id": Column("!string", "person", pii=Pii.IDENTIFIER),
        "channel": Column("!string", "channel"),
        "state": Column("!string", "queued | sending | sent | refused | uncertain"),
        "changed_at": Column(TIME, "last change", "UTC"),
        "why": Column("string", "reason for refusal or deferral"),
    },
)

ALL = (MESSAGES,)
