"""Builds that read cleaned tables, and the builds that count what cleaning did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial, reduce

import ibis
import ibis.expr.types as ir

from zhiyin.core.ids import joined_digest
from zhiyin.ports.tables import TableSpec
from zhiyin.warehouse.build_keys import code_digest
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.cleaning.counting import changes_of, rejects_of, samples_of
from zhiyin.warehouse.cleaning.engine import Trail, cleaned, trail
from zhiyin.warehouse.cleaning.neighbors import RAW
from zhiyin.warehouse.cleaning.rules import RuleBook, TableRules
from zhiyin.warehouse.cleaning.tables import CHANGES, REJECTS, SAMPLES
from zhiyin.warehouse.cleaning.verdicts import Setting
from zhiyin.warehouse.pieces import KEY, Feed, Pieces


def setting_of(context: BuildContext) -> Setting:
    """Return what rules may know of a build; `now` is when it runs, not what it looks from."""
    return Setting(context.built_at or context.as_of, context.timezone, context.currency)


def cleaned_for(raw: ir.Table, rules: TableRules, context: BuildContext) -> ir.Table:
    """Return a raw table as a build reads it."""
    return cleaned(raw, rules, setting_of(context))


@dataclass(frozen=True)
class CleanedFeed(Feed):
    """A feed whose rows belong to keys as they are after cleaning.

    The rows that it gives are as received, for the build cleans them: but for their time, which
    cleaning leaves as it is the second time.
    """

    cleaned_columns: tuple[str, ...] = ()

    def keyed(self, given: ir.Table) -> ir.Table:
        """Return the rows that matter, with their key beside them."""
        rows = super().keyed(given)
        received = {n: rows[RAW + n] for n in self.cleaned_columns if n != self.time}
        kept = [name for name in given.columns if name not in received]
        keys = [name for name in rows.columns if name.startswith(KEY)]
        return rows.select(*kept, *keys, **received)


def woven(
    build: TableBuild,
    book: RuleBook,
    *,
    timezone: str = "Asia/Shanghai",
    by_itself: tuple[TableSpec, ...] = (),
) -> TableBuild:
    """Return the build over cleaned tables; the same build where no rule is about its inputs.

    It goes on by pieces unless a rule looks at other rows than the one it judges. Tables named in
    `by_itself` are handed on as received: the build cleans them.
    """
    ruled = [book.of(spec) for spec in build.inputs if book.of(spec).rules]
    if not ruled:
        return build
    own = {spec.name for spec in by_itself}
    rest = RuleBook({name: rules for name, rules in book.tables.items() if name not in own})
    functions = [f for f in (build.build, build.additions) if f is not None]
    digests = [*map(code_digest, functions), *(rules.digest for rules in ruled)]
    changes = {
        name: _over_cleaned(function, build.inputs, rest)
        for name in ("build", "additions", "origin")
        if (function := getattr(build, name)) is not None
    }
    pieces = build.pieces
    if pieces is not None:
        is_by_row = all(rules.is_by_row for rules in ruled)
        pieces = _over_cleaned_feeds(build, pieces, book, timezone) if is_by_row else None
    definition = joined_digest([build.definition, *digests])
    return replace(build, definition=definition, pieces=pieces, **changes)


def _over_cleaned_feeds(build: TableBuild, pieces: Pieces, book: RuleBook, timezone: str) -> Pieces:
    feeds = [
        _cleaned_feed(feed, book.of(spec), timezone) if book.of(spec).rules else feed
        for spec, feed in zip(build.inputs, pieces.feeds, strict=True)
    ]
    return replace(pieces, feeds=tuple(feeds))


def _cleaned_feed(feed: Feed, rules: TableRules, timezone: str) -> CleanedFeed:
    # Rejected rows stay in: which rows they are may hang on the day of the build.
    setting = Setting(datetime(9000, 1, 1), timezone)  # noqa: DTZ001 - UTC without an offset

    def rows(given: ir.Table) -> ir.Table:
        return feed.rows(trail(given, rules, setting, remembered=rules.columns).table)

    return CleanedFeed(rows, feed.key, feed.time, cleaned_columns=rules.columns)


def _over_cleaned(
    function: Callable[..., ir.Table], inputs: tuple[TableSpec, ...], book: RuleBook
) -> Callable[..., ir.Table]:
    return partial(over_cleaned, function=function, inputs=inputs, book=book)


def over_cleaned(
    *tables: ir.Table,
    function: Callable[..., ir.Table],
    inputs: tuple[TableSpec, ...],
    book: RuleBook,
    context: BuildContext,
) -> ir.Table:
    """Run a build's function with each raw table among the inputs cleaned.

    Tables before the inputs, such as the one that is added to, are handed on.
    """
    ahead = len(tables) - len(inputs)
    clean = [
        cleaned_for(table, book.of(spec), context) if book.of(spec).rules else table
        for spec, table in zip(inputs, tables[ahead:], strict=True)
    ]
    return function(*tables[:ahead], *clean, context=context)


def counting_builds(book: RuleBook) -> tuple[TableBuild, ...]:
    """Return the builds of what rules changed, samples of it, and the rows they keep out."""
    inputs = tuple(rules.spec for rules in book.ruled)
    if not inputs:
        return ()
    rejecting = RuleBook({r.spec.name: r for r in book.ruled if r.is_rejecting})
    counted = [(CHANGES, book, _changes), (SAMPLES, book, _samples)]
    if rejecting.ruled:
        counted.append((REJECTS, rejecting, _rejects))
    return tuple(
        TableBuild(
            spec=spec,
            inputs=tuple(rules.spec for rules in rules_of.ruled),
            build=partial(counted_over, count=count, book=rules_of),
            definition=rules_of.digest,
        )
        for spec, rules_of, count in counted
    )


def counted_over(
    *tables: ir.Table,
    count: Callable[[Trail, str, BuildContext], ir.Table],
    book: RuleBook,
    context: BuildContext,
) -> ir.Table:
    """Return the counts over each raw table, one below the other."""
    parts = [
        count(trail(table, rules, setting_of(context), is_kept=True), rules.spec.name, context)
        for table, rules in zip(tables, book.ruled, strict=True)
    ]
    return reduce(lambda above, below: above.union(below), parts)


def _changes(path: Trail, table: str, context: BuildContext) -> ir.Table:
    return changes_of(path, table)


def _samples(path: Trail, table: str, context: BuildContext) -> ir.Table:
    return samples_of(path, table)


def _rejects(path: Trail, table: str, context: BuildContext) -> ir.Table:
    now = context.built_at or context.as_of
    return rejects_of(path, table, ibis.literal(now, type="timestamp(6)"))
