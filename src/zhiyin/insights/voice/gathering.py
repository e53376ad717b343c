"""Texts of all sources in one table, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.collect import tables as ods
from zhiyin.identity.api import with_person
from zhiyin.identity.tables import PERSON_OF
from zhiyin.ports.functions import json_text
from zhiyin.profiles.tables import FEEDBACK
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import digest, milliseconds, visitor_id

if TYPE_CHECKING:
    import ibis.expr.types as ir

INPUTS = (
    ods.REVIEWS,
    ods.SERVICE_CASES,
    ods.SURVEY_ANSWERS,
    ods.SOCIAL_POSTS,
    ods.EVENTS,
    dw.PRODUCTS,
    PERSON_OF,
)
JUDGED = ("language", "sentiment", "score", "method", "topic", "reason", "moment")
GATHERED = tuple(name for name in FEEDBACK.columns if name not in JUDGED)
# Events that carry a text, and what they are.
TOLD = {
    "Review Submitted": "review",
    "Product Reviewed": "review",
    "Service Closed": "service",
    "Survey Answered": "survey",
    "Feedback Submitted": "survey",
}
TEXTS = ("text", "review_body", "comment", "answer", "content", "message")
RATINGS = ("rating", "score", "satisfaction")
PROMPTS = ("question", "topic", "subject")
ORIGIN = ("load_id", "origin", "origin_line")
SAID = (
    "kind", "source_id", "own_id", "visitor_id", "product_id", "order_id", "category", "channel",
    "feedback_time", "prompt", "text", "rating", "label", *ORIGIN,
)  # fmt: skip


def texts(  # noqa: PLR0917 - the tables that a build reads
    reviews: ir.Table,
    cases: ir.Table,
    answers: ir.Table,
    posts: ir.Table,
    events: ir.Table,
    products: ir.Table,
    person_of: ir.Table,
) -> ir.Table:
    """Return every text with who said it, when, and of what, before it is judged.

    A record that came again under the same number counts as its newest version. Texts without a
    sign other than digits, blanks and punctuation are left out: an answer that is a number is a
    rating. A text is its sender's own property `text`, `review_body`, `comment`, `answer`,
    `content` or `message` where an event brings it.

    Parameters
    ----------
    reviews, cases, answers, posts, events : the `ods` tables.
    products : dw.products.
    person_of : dw.person_of.

    Returns
    -------
    The columns of `dm.feedback` named by `GATHERED`.
    """
    parts = (
        of_reviews(reviews), of_cases(cases), of_answers(answers), of_posts(posts),
        of_events(events),
    )  # fmt: skip
    together = ibis.union(*parts)
    worded = together.filter(together.text.re_search(r"[^\s\d\p{P}]").fill_null(False))
    newest = ibis.window(
        group_by=["kind", "source_id", "own_id"],
        order_by=[ibis.desc("load_id"), "origin", ibis.desc("origin_line")],
    )
    once = worded.mutate(place=ibis.row_number().over(newest))
    once = once.filter(once.place == 0)
    owned = with_person(once, person_of)
    sold = products.select(sold_id="product_id", sold_category="category")
    table = owned.left_join(sold, owned.product_id == sold.sold_id)
    return table.mutate(
        feedback_id=digest(table.kind, table.source_id, table.own_id),
        category=ibis.coalesce(table.category, table.sold_category),
        ts_ms=milliseconds(table.feedback_time),
    ).select(*GATHERED)


def of_reviews(reviews: ir.Table) -> ir.Table:
    """Return the texts of reviews."""
    return said(
        reviews,
        kind=ibis.literal("review"),
        own_id=reviews.review_id,
        feedback_time=reviews.review_time,
    )


def of_cases(cases: ir.Table) -> ir.Table:
    """Return what was said to customer service."""
    return said(
        cases,
        kind=ibis.literal("service"),
        own_id=cases.case_id,
        feedback_time=cases.opened_at,
        prompt=cases.topic,
        rating=cases.satisfaction,
    )


def of_answers(answers: ir.Table) -> ir.Table:
    """Return the answers to survey questions that are in words."""
    who = ibis.coalesce(answers.customer_id, answers.email)
    return said(
        answers,
        kind=ibis.literal("survey"),
        own_id=digest(answers.survey_id, answers.question, who),
        feedback_time=answers.answered_at,
        prompt=answers.question,
        text=answers.answer,
        rating=answers.score,
    )


def of_posts(posts: ir.Table) -> ir.Table:
    """Return what was written on social networks."""
    return said(
        posts,
        kind=ibis.literal("post"),
        own_id=digest(posts.network, posts.action, posts.post_id),
        feedback_time=posts.acted_at,
        channel=posts.network,
    )


def of_events(events: ir.Table) -> ir.Table:
    """Return the texts among the properties of events that carry one."""
    told = events.filter(events.event.isin(list(TOLD)))
    kinds = [(told.event == event, ibis.literal(kind)) for event, kind in TOLD.items()]
    return said(
        told,
        kind=ibis.cases(*kinds),
        own_id=told.event_id,
        visitor_id=visitor_id(told.user_id, told.anonymous_id),
        feedback_time=told.event_time,
        channel=ibis.coalesce(told.platform, told.utm_source),
        prompt=first_of(told, PROMPTS),
        text=first_of(told, TEXTS),
        rating=first_of(told, RATINGS).try_cast("float64"),
    )


def first_of(events: ir.Table, names: tuple[str, ...]) -> ir.StringValue:
    """Return the first of the properties that an event has, as text."""
    found = (json_text(events.properties, f"$.{name}").nullif("") for name in names)
    return ibis.coalesce(*found)  # pyright: ignore[reportReturnType]


def said(table: ir.Table, **columns: ir.Value) -> ir.Table:
    """Return the rows as texts: given columns, the table's own, else nulls.

    A record without a number is told from others by where it stands.
    """
    if "visitor_id" not in columns:
        columns["visitor_id"] = visitor_id(table.customer_id)
    place = ibis.literal("line ") + table.origin + " " + table.origin_line.cast("string")
    columns["own_id"] = ibis.coalesce(columns["own_id"].nullif(""), place)
    lacking = {
        name: ibis.null(FEEDBACK.columns[name].type.removeprefix("!"))
        for name in SAID
        if name not in table.columns and name not in columns
    }
    return table.mutate(**lacking, **columns).select(*SAID)
