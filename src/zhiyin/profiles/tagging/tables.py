"""DM: what tags rest on beside facts, and how each tag stood at each run."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TIME, Column, TableSpec

PERSON = Column("!string", "person", pii=Pii.IDENTIFIER)
TAG = Column("!string", "tag name")

TAG_ENTRIES = TableSpec(
    name="dm.tag_entries",
    grain=("entry_id",),
    description="Tags set and unset by people and by imported files; what was undone stays.",
    columns={
        "entry_id": Column("!string", "digest of batch, id and tag"),
        "batch_id": Column("!string", "one act of a person, or one imported file"),
        "visitor_id": Column("!string", "typed id that was named", pii=Pii.IDENTIFIER),
        "tag": TAG,
        "value": Column("string", "the value given; null for plain tags"),
        "action": Column("!string", "set | unset", one_of=("set", "unset")),
        "actor": Column("!string", "who did it"),
        "at": Column("!" + TIME, "when", "UTC"),
        "why": Column("string", "reason, or the file's name"),
        "undone_by": Column("string", "who took it back; null while it counts"),
        "undone_at": Column(TIME, "when it was taken back", "UTC"),
    },
)

TAG_PREFERENCES = TableSpec(
    name="dm.tag_preferences",
    grain=("person_id", "tag", "place"),
    description="The strongest values of each preference tag of each person, with their shares.",
    columns={
        "person_id": PERSON,
        "tag": TAG,
        "place": Column("!int64", "1 for the strongest value"),
        "value": Column("!string", "category, brand, channel, …"),
        "weight": Column("!float64", "share of all the person's decayed evidence", "share"),
        "facts": Column("!int64", "facts that speak for the value"),
    },
)

TAG_VALUES = TableSpec(
    name="dm.tag_values",
    grain=("run_id", "tag", "value"),
    description="How many people had which value of each tag at each run.",
    columns={
        "run_id": Column("!string", "the run"),
        "tag": TAG,
        "value": Column("!string", "value; the lower bound for numbers; empty for all the rest"),
        "place": Column("!int64", "1 for the value with most holders; 0 for all the rest"),
        "low": Column("float64", "lower bound, for numbers"),
        "holders": Column("!int64", "people with this value"),
    },
)

TAG_STATISTICS = TableSpec(
    name="dm.tag_statistics",
    grain=("run_id", "tag"),
    description="Every tag at every run: how many have it, how it moved, how fresh its facts are.",
    columns={
        "run_id": Column("!string", "the run"),
        "tag": TAG,
        "as_of": Column("!" + TIME, "instant it was computed from", "UTC"),
        "built_at": Column("!" + TIME, "when", "UTC"),
        "definition": Column("!string", "digest of the definition"),
        "people": Column("!int64", "everybody"),
        "holders": Column("!int64", "people with the tag"),
        "coverage": Column("!float64", "holders / people; 0 when there is nobody", "share"),
        "distinct_values": Column("!int64", "different values"),
        "mean": Column("float64", "mean of the numbers behind it"),
        "p10": Column("float64", "tenth percentile of the numbers behind it"),
        "p50": Column("float64", "median of the numbers behind it"),
        "p90": Column("float64", "ninetieth percentile of the numbers behind it"),
        "drift": Column(
            "float64",
            "population stability index against the run before; null at a tag's first run",
        ),
        "newest_fact_at": Column(
            TIME, "newest of the facts that it reads; null for records and files", "UTC"
        ),
    },
)

TAG_WEIGHTS = TableSpec(
    name="dm.tag_weights",
    grain=("proposal_id", "tag"),
    description="Mailbox: how much each tag says about response. Written from campaign results.",
    columns={
        "proposal_id": Column("!string", "one estimation"),
        "tag": TAG,
        "weight": Column("!float64", "1 is the mean over all tags"),
        "weight_before": Column("!float64", "weight in force when it was estimated"),
        "effect": Column(
            "float64", "standardized log-odds of response by the tag; null where never seen"
        ),
        "effect_error": Column("float64", "standard error of the effect"),
        "people": Column("!int64", "people in the campaigns that had the tag"),
        "state": Column("!string", "proposed | approved | rejected | replaced"),
        "proposed_at": Column("!" + TIME, "when it was estimated", "UTC"),
        "decided_at": Column(TIME, "when it was approved or rejected", "UTC"),
        "decided_by": Column("string", "who approved or rejected"),
    },
)

ALL = (TAG_ENTRIES, TAG_PREFERENCES, TAG_VALUES, TAG_STATISTICS, TAG_WEIGHTS)
