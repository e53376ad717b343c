"""What people say, text by text and aspect by aspect."""

from zhiyin.ports.tables import Column, TableSpec
from zhiyin.profiles.tables import FEEDBACK

__all__ = ["ALL", "FEEDBACK", "FEEDBACK_ASPECTS"]

FEEDBACK_ASPECTS = TableSpec(
    name="dm.feedback_aspects",
    grain=("feedback_id", "aspect"),
    description="What each text says of each aspect that it mentions.",
    columns={
        "feedback_id": Column("!string", "text, as in `dm.feedback`"),
        "aspect": Column("!string", "logistics | price | quality | service | packaging | fit | …"),
        "sentiment": Column("!string", "positive | negative | neutral"),
        "score": Column(
            "!float64", "0 for clearly bad, 1 for clearly good, 0.5 for neither", "share"
        ),
        "clauses": Column("!int64", "parts of sentences that mention the aspect"),
    },
    order_by=("feedback_id", "aspect"),
)

ALL = (FEEDBACK_ASPECTS,)
