"""What customers say, in figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.insights.voice.lexicon import words

if TYPE_CHECKING:
    import ibis.expr.types as ir

KINDS = ("review", "service", "survey", "post")
LONGEST_EXAMPLE = 120
Fetch = Callable[["ir.Table"], pa.Table]


@dataclass(frozen=True)
class VoiceScope:
    """Which texts are meant; None leaves a side open. `start` and `end` are naive UTC."""

    kind: str | None = None
    product_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    category: str | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise not_allowed("The kind of texts", self.kind, KINDS)
        if self.start and self.end and self.start >= self.end:
            raise InvalidInput(
                f"The period ends ({self.end}) before it begins ({self.start}); exchange the two."
            )

    def of(self, feedback: ir.Table) -> ir.Table:
        """Return the texts that are meant; with a period, those without a time are not."""
        if self.kind is not None:
            feedback = feedback.filter(feedback.kind == self.kind)
        if self.product_id is not None:
            feedback = feedback.filter(feedback.product_id == self.product_id)
        if self.category is not None:
            feedback = feedback.filter(feedback.category == self.category)
        if self.start is not None:
            feedback = feedback.filter(feedback.feedback_time >= self.start)
        if self.end is not None:
            feedback = feedback.filter(feedback.feedback_time < self.end)
        return feedback


def report(
    feedback: ir.Table, aspects: ir.Table, scope: VoiceScope, *, fetch: Fetch, most: int = 20
) -> dict[str, Any]:
    """Return how many texts there are, what they say of which aspect, and the reasons they give.

    Shares are of the texts or mentions in the same row; they are null where there are none.

    Parameters
    ----------
    feedback, aspects : dm.feedback, dm.feedback_aspects.
    most : rows of each list at most.
    """
    texts = scope.of(feedback)
    of_texts = aspects.semi_join(texts, "feedback_id")
    [total] = fetch(texts.aggregate(**tallies(texts))).to_pylist()
    told = texts.filter(texts.reason.notnull())
    moments = told.filter(told.moment.notnull())
    titles = words().titles
    return {
        "total": with_share(total),
        "methods": counted(texts, "method", fetch, most),
        "kinds": tallied(texts, "kind", fetch, most),
        "languages": tallied(texts.filter(texts.language.notnull()), "language", fetch, most),
        "aspects": tallied(of_texts, "aspect", fetch, most),
        "reasons": counted(told, "reason", fetch, most),
        "moments": counted(texts.filter(texts.moment.notnull()), "moment", fetch, most),
        "reasons_of_moments": counted(moments, ("moment", "reason"), fetch, most),
        "categories": tallied(texts.filter(texts.category.notnull()), "category", fetch, most),
        "products": worst_products(texts, fetch, most),
        "months": months(texts, fetch),
        "titles": {name: dict(title) for name, title in titles.items()},
    }


def topics(
    feedback: ir.Table, scope: VoiceScope, *, fetch: Fetch, most: int = 20, examples: int = 3
) -> list[dict[str, Any]]:
    """Return the topics, the most frequent first, with some of their texts.

    Examples are the clearest judgements among texts of the topic, ties by id.
    """
    import ibis

    texts = scope.of(feedback)
    texts = texts.filter(texts.topic.notnull())
    rows = tallied(texts, "topic", fetch, most)
    clearest = ibis.window(
        group_by="topic", order_by=[ibis.desc((texts.score - 0.5).abs()), texts.feedback_id]
    )
    shown = texts.select("topic", "text", place=ibis.row_number().over(clearest))
    shown = shown.filter(shown.place < examples).order_by("topic", "place")
    told: dict[str, list[str]] = {}
    for row in fetch(shown).to_pylist():
        told.setdefault(row["topic"], []).append(row["text"].strip()[:LONGEST_EXAMPLE])
    return [{**row, "examples": told.get(row["topic"], [])} for row in rows]


def tallies(table: ir.Table) -> dict[str, ir.Value]:
    """Return how many rows there are, and how many of each sentiment."""
    sides = ("positive", "negative", "neutral")
    return {
        "texts": table.count(),
        **{side: (table.sentiment == side).cast("int64").sum().fill_null(0) for side in sides},
    }


def tallied(table: ir.Table, by: str, fetch: Fetch, most: int) -> list[dict[str, Any]]:
    """Return `tallies` by a column, the most frequent first."""
    import ibis

    rows = table.group_by(by).aggregate(**tallies(table))
    ordered = rows.order_by(ibis.desc("texts"), by).limit(most)
    return [with_share(row) for row in fetch(ordered).to_pylist()]


def counted(
    table: ir.Table, by: str | tuple[str, ...], fetch: Fetch, most: int
) -> list[dict[str, Any]]:
    """Return how many texts there are by one or more columns, and how many people say so."""
    import ibis

    names = (by,) if isinstance(by, str) else by
    rows = table.group_by(names).aggregate(texts=table.count(), people=table.person_id.nunique())
    return fetch(rows.order_by(ibis.desc("texts"), *names).limit(most)).to_pylist()


def worst_products(texts: ir.Table, fetch: Fetch, most: int) -> list[dict[str, Any]]:
    """Return the products with the most bad texts."""
    import ibis

    known = texts.filter(texts.product_id.notnull())
    rows = known.group_by("product_id").aggregate(**tallies(known))
    bad = rows.filter(rows.negative > 0)
    ordered = bad.order_by(ibis.desc("negative"), "product_id").limit(most)
    return [with_share(row) for row in fetch(ordered).to_pylist()]


def months(texts: ir.Table, fetch: Fetch) -> list[dict[str, Any]]:
    """Return `tallies` by calendar month, UTC; texts without a time are left out."""
    known = texts.filter(texts.feedback_time.notnull())
    known = known.mutate(month=known.feedback_time.strftime("%Y-%m"))
    rows = known.group_by("month").aggregate(**tallies(known))
    return [with_share(row) for row in fetch(rows.order_by("month")).to_pylist()]


def with_share(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with the share of bad texts among those that judge."""
    judging = row["positive"] + row["negative"]
    share = row["negative"] / judging if judging else None
    return {**row, "negative_share": share}
