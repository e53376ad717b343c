"""Who is who: evidence, what policy makes of it, the person of each id, and how that changed."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TIME, Column, TableSpec

LEFT = Column("!string", "typed id, the smaller of the two in text order", pii=Pii.IDENTIFIER)
RIGHT = Column("!string", "typed id, the greater of the two", pii=Pii.IDENTIFIER)
PERSON = Column("!string", "person", pii=Pii.IDENTIFIER)

EDGES = TableSpec(
    name="dw.identity_edges",
    grain=("left_id", "right_id", "evidence", "source_id"),
    description="Two typed ids seen together, by kind of evidence and source. left_id < right_id.",
    columns={
        "left_id": Column(
            "!string",
            "typed id: user: unionid: openid: card: phone: email: anon:",
            pii=Pii.IDENTIFIER,
        ),
        "right_id": Column("!string", "typed id", pii=Pii.IDENTIFIER),
        "evidence": Column("!string", "customer_record | identify | login | alias | external_id"),
        "source_id": Column("!string", "source that brought the evidence"),
        "seen": Column("!int64", "how often"),
        "first_seen": Column(TIME, "first time; null where the record has no date", "UTC"),
        "last_seen": Column(TIME, "last time; null where the record has no date", "UTC"),
        "load_id": Column("!int64", "newest load that added to it"),
    },
)

BLOCKED = TableSpec(
    name="dw.identity_blocked",
    grain=("blocked_id",),
    description="Ids that identify nobody: placeholders, test values, values that many share.",
    columns={
        "blocked_id": Column("!string", "typed id", pii=Pii.IDENTIFIER),
        "reason": Column("!string", "placeholder | pattern | shared | declared | too_long"),
        "users": Column("!int64", "customer numbers it was seen with"),
        "seen": Column("!int64", "how often it was seen"),
        "detail": Column("string", "the pattern or limit that speaks against it"),
    },
)

LINKS = TableSpec(
    name="dw.identity_links",
    grain=("left_id", "right_id"),
    description="Each pair of ids with evidence, and what the merge policy made of it.",
    columns={
        "left_id": LEFT,
        "right_id": RIGHT,
        "evidence": Column(
            "!string",
            "kinds of evidence, strongest first, parted by commas; `decision` and `linkage` too",
        ),
        "sources": Column("!string", "sources of the evidence, parted by commas"),
        "strength": Column("!int64", "rank of the strongest evidence; higher is stronger"),
        "seen": Column("!int64", "how often"),
        "first_seen": Column(TIME, "first time", "UTC"),
        "last_seen": Column(TIME, "last time", "UTC"),
        "verdict": Column("!string", "linked | refused | blocked"),
        "reason": Column(
            "string",
            "why not: blocked | users_differ | names_differ | limit | shared_device | separated "
            "| cut; null where linked",
        ),
        "cluster_id": Column(
            "!string",
            "first id of everything that unblocked evidence connects; what is worked out together",
            pii=Pii.IDENTIFIER,
        ),
        "rule": Column(
            "string",
            "what let it join two customer numbers: decision | alias | a kind of id | names "
            "| linkage; null where it did not",
        ),
        "load_id": Column("!int64", "newest load that added to it; 0 for a decision or a match"),
        "changed_at": Column("!" + TIME, "build that last changed the row", "UTC"),
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
            "person: its first id, users before devices",
            pii=Pii.IDENTIFIER,
        ),
        "ids": Column("!int64", "ids of the person"),
        "cluster_id": Column("!string", "as in dw.identity_links", pii=Pii.IDENTIFIER),
        "changed_at": Column("!" + TIME, "build of links that last changed its cluster", "UTC"),
    },
)

HOUSEHOLDS = TableSpec(
    name="dw.households",
    grain=("person_id",),
    description="People who share a phone, e-mail, device or address without being one person.",
    columns={
        "person_id": PERSON,
        "household_id": Column("!string", "first person of the household", pii=Pii.IDENTIFIER),
        "members": Column("!int64", "people in the household"),
        "shared_by": Column("!string", "kinds of id shared, parted by commas"),
        "changed_at": Column("!" + TIME, "newest change of links when the row was made", "UTC"),
    },
)

HISTORY = TableSpec(
    name="dw.identity_history",
    grain=("visitor_id", "changed_at"),
    description="Which person each id belonged to since when; rows are only ever added.",
    columns={
        "visitor_id": Column("!string", "typed id", pii=Pii.IDENTIFIER),
        "changed_at": Column("!" + TIME, "when the build found it", "UTC"),
        "person_id": PERSON,
        "previous_person_id": Column("string", "person before; null at first", pii=Pii.IDENTIFIER),
        "change_id": Column("string", "merge or split it was part of; null at first"),
        "run_id": Column("!string", "run that found it"),
    },
)

CHANGES = TableSpec(
    name="dw.identity_changes",
    grain=("change_id",),
    description="The ledger: every merge and split of people, with its cause.",
    columns={
        "change_id": Column("!string", "number of the change, such as m-3f9a…"),
        "kind": Column("!string", "merge | split"),
        "person_id": Column("!string", "person that others joined or left", pii=Pii.IDENTIFIER),
        "other_person_id": Column("!string", "person that joined or left", pii=Pii.IDENTIFIER),
        "ids": Column("!int64", "ids that changed their person"),
        "cause_left_id": Column("string", "evidence that joined them", pii=Pii.IDENTIFIER),
        "cause_right_id": Column("string", "its other end", pii=Pii.IDENTIFIER),
        "cause": Column("!string", "kind of evidence, `policy`, or `decision`"),
        "decision_id": Column("string", "decision that caused it"),
        "changed_at": Column("!" + TIME, "when the build found it", "UTC"),
        "run_id": Column("!string", "run that found it"),
    },
)

DECISIONS = TableSpec(
    name="dw.identity_decisions",
    grain=("decision_id", "left_id", "right_id"),
    description="What people decided about who is who; it goes before all evidence.",
    columns={
        "decision_id": Column("!string", "number of the decision, such as d-81c2…"),
        "kind": Column("!string", "join | separate (never one person) | cut (drop this evidence)"),
        "left_id": LEFT,
        "right_id": RIGHT,
        "change_id": Column("string", "merge that it undoes"),
        "why": Column("string", "reason given"),
        "actor": Column("!string", "who decided"),
        "decided_at": Column("!" + TIME, "when", "UTC"),
        "revoked_by": Column("string", "who took it back"),
        "revoked_at": Column(TIME, "when it was taken back; null while it holds", "UTC"),
    },
)

MATCHES = TableSpec(
    name="dw.identity_matches",
    grain=("left_id", "right_id"),
    description="Pairs of customer records that look alike, with the probability of a match.",
    columns={
        "left_id": LEFT,
        "right_id": RIGHT,
        "probability": Column("!float64", "that both are one person, by the model"),
        "match_weight": Column("!float64", "log2 of the Bayes factor", "bit"),
        "model_id": Column("!string", "model that scored it"),
        "verdict": Column("!string", "accepted | review | rejected"),
        "comparison": Column("!string", "JSON: field -> agreement level and its weight"),
        "matched_at": Column("!" + TIME, "as of when", "UTC"),
    },
)

PEOPLE = TableSpec(
    name="dw.people",
    grain=("person_id",),
    description="The golden record of those known by more than a device, each field by its rule.",
    columns={
        "person_id": PERSON,
        "customer_ids": Column("!int64", "customer numbers of the person"),
        "member_card": Column("string", "membership card number", pii=Pii.IDENTIFIER),
        "email": Column("string", "e-mail", pii=Pii.CONTACT),
        "phone": Column("string", "phone", pii=Pii.CONTACT),
        "name": Column("string", "full name", pii=Pii.PERSONAL),
        "gender": Column("string", "female | male | other", pii=Pii.PERSONAL),
        "birth_date": Column("date", "date of birth", pii=Pii.PERSONAL),
        "age_group": Column("string", "age band", pii=Pii.PERSONAL),
        "income_group": Column("string", "income band", pii=Pii.SENSITIVE),
        "city": Column("string", "city", pii=Pii.PERSONAL),
        "country": Column("string", "country"),
        "joined_at": Column(TIME, "when the customer joined", "UTC"),
        "acquisition_channel": Column("string", "channel the customer came by"),
        "email_consent": Column("boolean", "agrees to marketing e-mail; null if never asked"),
        "sms_consent": Column("boolean", "agrees to marketing SMS; null if never asked"),
        "completeness": Column("!float64", "share of the counted fields that are known", "0 to 1"),
    },
)

SURVIVORS = TableSpec(
    name="dw.people_survivors",
    grain=("person_id", "field"),
    description="Where records of one person differ: whose value survived, and by which rule.",
    columns={
        "person_id": PERSON,
        "field": Column("!string", "column of dw.people"),
        "visitor_id": Column("!string", "record whose value survived", pii=Pii.IDENTIFIER),
        "rule": Column("!string", "newest | oldest | most_frequent | longest | sources | any_no"),
        "values": Column("!int64", "different values there were"),
    },
)

RATES = TableSpec(
    name="dw.identity_rates",
    grain=("source_id",),
    description="How much of what each source brings is linked to a known person.",
    columns={
        "source_id": Column("!string", "source"),
        "events": Column("!int64", "customers' own events"),
        "events_linked": Column("!int64", "events of a person with a customer number or contact"),
        "orders": Column("!int64", "orders"),
        "orders_linked": Column("!int64", "orders of such a person"),
        "records": Column("!int64", "customer records"),
        "ids": Column("!int64", "different typed ids"),
        "ids_linked": Column("!int64", "ids that share their person with another id"),
        "people": Column("!int64", "people it knows"),
        "people_shared": Column("!int64", "people whom another source knows too"),
        "completeness": Column("float64", "mean completeness of its people's records", "0 to 1"),
    },
)

ALL = (
    EDGES,
    BLOCKED,
    LINKS,
    PERSON_OF,
    HOUSEHOLDS,
    HISTORY,
    CHANGES,
    DECISIONS,
    MATCHES,
    PEOPLE,
    SURVIVORS,
    RATES,
)
