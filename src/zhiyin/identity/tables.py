"""Who is who: evidence that two ids are one person, and the person of each id."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TIME, Column, TableSpec

EDGES = TableSpec(
    name="dw.identity_edges",
    grain=("left_id", "right_id", "evidence"),
    description="Two typed ids seen together, with the evidence. left_id < right_id.",
    columns={
        "left_id": Column(
            "!string", "typed id: user: anon: email: phone: card:", pii=Pii.IDENTIFIER
        ),
        "right_id": Column("!string", "typed id", pii=Pii.IDENTIFIER),
        "evidence": Column("!string", "customer_record | identify | login | alias"),
        "seen": Column("!int64", "how often"),
        "first_seen": Column(TIME, "first time; null where the record has no date", "UTC"),
        "last_seen": Column(TIME, "last time; null where the record has no date", "UTC"),
    },
)

PERSON_OF = TableSpec(
    name="dw.person_of",
    grain=("visitor_id",),
    description="The person behind each typed id. Facts are joined to it late.",
    order_by=("person_id",),
    columns={
        "visitor_id": Column("!string", "typed id", pii=Pii.IDENTIFIER),
        "person_id": Column(
            "!string",
            "person: the component's first id, users before devices",
            pii=Pii.IDENTIFIER,
        ),
        "ids": Column("!int64", "ids in the component"),
    },
)

ALL = (EDGES, PERSON_OF)
