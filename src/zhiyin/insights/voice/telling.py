"""The answer to a question about what customers say: over time, about what, and why."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.insights.behavior.periods import Periods, place
from zhiyin.insights.voice.asking import Asked
from zhiyin.insights.voice.lexicon import words
from zhiyin.insights.voice.reporting import (
    Fetch,
    VoiceScope,
    counted,
    tallied,
    tallies,
    with_share,
    worst_products,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

LONGEST_QUOTE = 160
SHORTEST_QUOTE = 6
QUOTED = ("feedback_id", "kind", "feedback_time", "product_id", "sentiment")
# Addresses and long numbers in a text are how to reach somebody, whatever was meant by them.
CONTACT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,64}(\.[\w-]{1,64})+"  # an e-mail address
    r"|[+(（]*\d([ ./()（）·—–-]{0,2}\d){6,}"  # seven digits and more, however divided
    r"|(qq|wechat|weixin|wx|vx|微信)\W{0,3}\d{5,}|wxid_\w+",
    re.IGNORECASE,
)
# Signs of a text that may be looked at for a quote; what is covered makes it shorter.
LONGEST_READ = 4 * LONGEST_QUOTE
Rows = list[dict[str, Any]]


def told(
    feedback: ir.Table, aspects: ir.Table, products: ir.Table, question: Asked, *, fetch: Fetch
) -> dict[str, Any]:
    """Return how good and bad texts are over time, and what they are about.

    Parameters
    ----------
    feedback, aspects, products : dm.feedback, dm.feedback_aspects, dw.products.

    Returns
    -------
    total, earlier
        Texts by sentiment, `people`, mean `score` and `negative_share`: the share of bad texts
        among those that judge, null where none does. `earlier` is null where texts do not reach
        back that far.
    starts, lines, undated
        The same for each period, and how many texts have no time.
    topics, aspects, reasons, moments, products
        The most frequent first, products with the most complaints first. A topic's `share` is of
        all texts, a reason's of texts that give one.
    """
    spec, texts = question.spec, question.scope.of(feedback)
    total = overall(texts, fetch)
    earlier = before(feedback, question, fetch)
    periods = question.periods
    return {
        "interval": periods.interval if periods else None,
        "total": total,
        "earlier": earlier,
        "starts": periods.labels if periods else [],
        "lines": over_time(texts, periods, fetch) if periods else [],
        "undated": count(texts.filter(texts.feedback_time.isnull()), fetch),
        "topics": topics_told(texts, feedback, question, (total, earlier), fetch),
        "aspects": tallied(aspects.semi_join(texts, "feedback_id"), "aspect", fetch, spec.most),
        "reasons": reasons_told(texts, question, fetch),
        "moments": moments_told(texts, fetch, spec.most),
        "products": with_names(worst_products(texts, fetch, spec.most), products, fetch),
        "methods": counted(texts, "method", fetch, spec.most),
        "choices": choices(feedback, fetch),
        "titles": {name: dict(title) for name, title in words().titles.items()},
    }


def overall(texts: ir.Table, fetch: Fetch) -> dict[str, Any]:
    """Return texts by sentiment, the people who said them, and their mean score."""
    figures = {**tallies(texts), "people": texts.person_id.nunique(), "score": texts.score.mean()}
    [row] = fetch(texts.aggregate(**figures)).to_pylist()
    return with_share(row)


def before(feedback: ir.Table, question: Asked, fetch: Fetch) -> dict[str, Any] | None:
    """Return the figures of the days before; None where texts do not reach back that far.

    The first text may come up to a tenth of these days after their beginning: texts are rare.
    """
    scope = question.earlier
    if scope is None or scope.start is None or scope.end is None:
        return None
    since = replace(scope, start=None).of(feedback)
    first = fetch(since.aggregate(first=since.feedback_time.min()))["first"][0].as_py()
    if first is None or first > scope.start + (scope.end - scope.start) / 10:
        return None
    found = overall(scope.of(feedback), fetch)
    return found if found["texts"] else None


def over_time(texts: ir.Table, periods: Periods, fetch: Fetch) -> Rows:
    """Return texts by sentiment of each period, those without any among them."""
    found = {row.pop("period"): row for row in fetch(by_period(texts, periods)).to_pylist()}
    nothing = dict.fromkeys(("texts", "positive", "negative", "neutral"), 0)
    return [
        {"start": start, "is_whole": whole, **with_share(found.get(number, nothing))}
        for number, (start, whole) in enumerate(zip(periods.labels, periods.are_whole, strict=True))
    ]


def by_period(texts: ir.Table, periods: Periods) -> ir.Table:
    """Return the number of each period that has texts, and these by sentiment."""
    stamp = texts.ts_ms
    dated = texts.filter(stamp >= periods.marks[0], stamp < periods.marks[-1])
    placed = dated.mutate(period=place(dated.ts_ms, periods))
    return placed.group_by("period").aggregate(**tallies(placed))


def count(table: ir.Table, fetch: Fetch) -> int:
    """Return how many rows there are."""
    return fetch(table.aggregate(rows=table.count()))["rows"][0].as_py()


def topics_told(
    texts: ir.Table,
    feedback: ir.Table,
    question: Asked,
    totals: tuple[dict[str, Any], dict[str, Any] | None],
    fetch: Fetch,
) -> Rows:
    """Return the topics with their share of all texts, now and in the days before."""
    spec, (total, earlier) = question.spec, totals
    known = texts.filter(texts.topic.notnull())
    rows = tallied(known, "topic", fetch, spec.most)
    people = {row["topic"]: row["people"] for row in counted(known, "topic", fetch, spec.most)}
    before = share_by_topic(question.earlier, feedback, earlier, fetch)
    quoted = quotes(known, "topic", spec.examples, fetch)
    for row in rows:
        row["people"] = people.get(row["topic"], 0)
        row["share"] = row["texts"] / total["texts"]
        row["earlier_share"] = None if before is None else before.get(row["topic"], 0.0)
        row["examples"] = quoted.get(row["topic"], [])
    return rows


def share_by_topic(
    scope: VoiceScope | None, feedback: ir.Table, earlier: dict[str, Any] | None, fetch: Fetch
) -> dict[str, float] | None:
    """Return each topic's share of the texts before; None where there are none."""
    if scope is None or earlier is None:
        return None
    texts = scope.of(feedback)
    texts = texts.filter(texts.topic.notnull())
    rows = fetch(texts.group_by("topic").aggregate(texts=texts.count())).to_pylist()
    return {row["topic"]: row["texts"] / earlier["texts"] for row in rows}


def reasons_told(texts: ir.Table, question: Asked, fetch: Fetch) -> Rows:
    """Return the reasons with their share of texts that give one."""
    spec, given = question.spec, texts.filter(texts.reason.notnull())
    rows, all_given = counted(given, "reason", fetch, spec.most), count(given, fetch)
    quoted = quotes(given, "reason", spec.examples, fetch)
    return [
        {**row, "share": row["texts"] / all_given, "examples": quoted.get(row["reason"], [])}
        for row in rows
    ]


def moments_told(texts: ir.Table, fetch: Fetch, most: int) -> Rows:
    """Return the moments that texts tell of, each with the reasons given for it."""
    known = texts.filter(texts.moment.notnull())
    why: dict[str, Rows] = {}
    given = known.filter(known.reason.notnull())
    for row in counted(given, ("moment", "reason"), fetch, most * most):
        why.setdefault(row.pop("moment"), []).append(row)
    rows = counted(known, "moment", fetch, most)
    return [{**row, "reasons": why.get(row["moment"], [])[:most]} for row in rows]


def quotes(texts: ir.Table, by: str, most: int, fetch: Fetch) -> dict[str, Rows]:
    """Return texts of each value of a column; addresses and long numbers are covered."""
    found: dict[str, Rows] = {}
    if most:
        for row in fetch(clearest(texts, by, most).order_by(by, "place")).to_pylist():
            said = {name: row[name] for name in QUOTED} | {"text": quoted(row["said"])}
            found.setdefault(row[by], []).append(said)
    return found


def clearest(texts: ir.Table, by: str, most: int) -> ir.Table:
    """Return the clearest texts of each value: no text twice, those easily read first.

    Ties go by the text's id. `place` counts from 0, `said` is the text without blanks around it.
    """
    plain = texts.text.strip()
    texts = texts.mutate(
        said=plain,
        clear=(texts.score - 0.5).abs(),
        is_handy=(plain.length() >= SHORTEST_QUOTE) & (plain.length() <= LONGEST_QUOTE),
    )
    same = ibis.window(group_by=[by, "said"], order_by="feedback_id")
    once = texts.mutate(copy=ibis.row_number().over(same))
    once = once.filter(once.copy == 0)
    order = [ibis.desc("is_handy"), ibis.desc("clear"), "feedback_id"]
    placed = once.mutate(place=ibis.row_number().over(ibis.window(group_by=by, order_by=order)))
    return placed.filter(placed.place < most).select(by, "said", "place", *QUOTED)


def quoted(text: str) -> str:
    """Return a text cut to what is read at a glance, without ways to reach anybody."""
    covered = CONTACT.sub("***", text[:LONGEST_READ])
    return covered if len(covered) <= LONGEST_QUOTE else covered[:LONGEST_QUOTE].rstrip() + "…"


def with_names(rows: Rows, products: ir.Table, fetch: Fetch) -> Rows:
    """Add the products' names."""
    ids = [row["product_id"] for row in rows]
    if not ids:
        return rows
    known = products.filter(products.product_id.isin(ids)).select("product_id", "name")
    names = {row["product_id"]: row["name"] for row in fetch(known).to_pylist()}
    return [{**row, "name": names.get(row["product_id"])} for row in rows]


def choices(feedback: ir.Table, fetch: Fetch) -> dict[str, Rows]:
    """Return the kinds and categories that there are, whatever was asked."""
    return {
        name: tallied(feedback.filter(feedback[name].notnull()), name, fetch, 50)
        for name in ("kind", "category")
    }
