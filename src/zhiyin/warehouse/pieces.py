"""Tables that are brought up to date piece by piece: which keys are due, and what came of them.

A table can be computed piece by piece if its rows for some keys need only those rows of its inputs
that belong to the keys: the lines of an order, the events of a visitor. Then a day that brings
50,000 events costs what the keys among them cost, wherever in time they belong.

What changed in a raw table is read off sums per day: how many rows a day has, and the sum of a mark
that each row has by its load and line. Sums can be parted into what later loads brought and the
rest, so rows that arrived, also for a day long past, are told from rows that were taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from zhiyin.ports.tables import TableSpec
from zhiyin.warehouse.digests import contents, total

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

KEY = "piece_"
# Above these counts computing the whole table is quicker than looking for its pieces.
MOST_DAYS = 62
MOST_KEYS = 500_000
FEW_KEYS = 20_000
PRIME = 2_147_483_647


def as_it_is(rows: ir.Table) -> ir.Table:
    """Return the input: all of its rows and columns matter."""
    return rows


@dataclass(frozen=True)
class Feed:
    """What one input gives to a table that is computed piece by piece.

    Parameters
    ----------
    rows
        Keeps what matters to the table, with all columns where there is a `key`.
    key
        Gives, for each of these rows, the key that it belongs to. An input without it is looked at
        as a whole: once what matters of it is different, every piece is due.
    time
        The column with the instant of a row of ODS, by whose days changes are looked for. Of an
        input without it the changed rows are known if the same run built it piece by piece;
        else every piece is due once it is different.
    """

    rows: Callable[[ir.Table], ir.Table] = as_it_is
    key: Callable[[ir.Table], Mapping[str, ir.Value]] | None = None
    time: str | None = None

    def keyed(self, given: ir.Table) -> ir.Table:
        """Return the rows that matter, with their key beside them."""
        assert self.key is not None
        kept = self.rows(given)
        return kept.mutate(**{KEY + name: value for name, value in self.key(kept).items()})


@dataclass(frozen=True)
class Pieces:
    """How a table falls into pieces.

    `build` over the rows of some keys must give those rows of `build` over everything that have
    these keys.

    Parameters
    ----------
    key
        Columns of the table; never null.
    feeds
        One for each input, in their order.
    time
        Column of the table with the instant that its row has in ODS; without it a row taken away
        from ODS makes the whole table due.
    from_rows
        Unless an input has so many rows, the table is computed whole: putting the queries of
        pieces together would take longer than running those of the whole.
    """

    key: tuple[str, ...]
    feeds: tuple[Feed, ...]
    time: str | None = None
    from_rows: int = 50_000


@dataclass(frozen=True)
class DaySums:
    """What one day of an input holds, and how much of it came with later loads."""

    rows: int
    mark: int
    later_rows: int = 0
    later_mark: int = 0


@dataclass(frozen=True)
class Standing:
    """How an input stood when the table was last computed.

    `token` is its version or content; `newest_load` and `days` are there for inputs with a time.
    """

    token: str
    newest_load: int = 0
    days: Mapping[date, DaySums] | None = None


@dataclass(frozen=True)
class Delta:
    """The rows that a run changed in a table: as they were before, and as they are after."""

    before: str
    after: str
    removed: pa.Table
    added: pa.Table

    @property
    def rows(self) -> pa.Table:
        """Every row that went or came."""
        return pa.concat_tables([self.removed, self.added])


def day_sums(feed: Feed, given: ir.Table, since: int) -> ir.Table:
    """Return `DaySums` per `part_date` with the `newest_load`; loads after `since` are later.

    The mark is a number below 2^31 made of load and line, so that the sums of 2^32 rows fit.
    """
    kept = feed.rows(given)
    mark = ((kept.load_id % PRIME) * 7919 + (kept.origin_line % PRIME) * 104_729) % PRIME
    is_later = (kept.load_id > since).cast("int64")
    marked = kept.select(
        part_date=kept[feed.time].date(),  # type: ignore[attr-defined]
        load_id=kept.load_id,
        mark=mark.cast("int64"),
        is_later=is_later,
    )
    return marked.group_by("part_date").aggregate(
        rows=marked.count(),
        mark=marked.mark.sum(),
        later_rows=marked.is_later.sum(),
        later_mark=(marked.mark * marked.is_later).sum(),
        newest_load=marked.load_id.max(),
    )


def changed_days(was: Standing, now: Standing) -> tuple[bool, list[date]]:
    """Return whether later loads brought rows, and the days that changed in another way too."""
    before, after = was.days or {}, now.days or {}
    grown, broken = False, []
    for day in before.keys() | after.keys():
        old, new = before.get(day, DaySums(0, 0)), after.get(day, DaySums(0, 0))
        grown = grown or new.later_rows > 0
        rest = (new.rows - new.later_rows, new.mark - new.later_mark)
        if rest != (old.rows, old.mark):
            broken.append(day)
    return grown, sorted(broken)


def standing(
    warehouse: Warehouse, spec: TableSpec, feed: Feed, *, token: str, was: Standing | None
) -> Standing:
    """Return how an input stands now; `token` stands for its version or content.

    Of an input that is looked at as a whole only what matters counts. One that has not changed
    since `was` is not looked at again.
    """
    if feed.key is None and feed.rows is not as_it_is:
        return Standing(str(total(contents(warehouse, feed.rows(warehouse.read(spec))))))
    if was is not None and was.token == token:
        return was
    if feed.time is None:
        return Standing(token)
    since = was.newest_load if was else 0
    rows = warehouse.to_arrow(day_sums(feed, warehouse.read(spec), since)).to_pylist()
    days = {
        row["part_date"]: DaySums(row["rows"], row["mark"], row["later_rows"], row["later_mark"])
        for row in rows
    }
    return Standing(token, max((row["newest_load"] for row in rows), default=since), days)


class PieceWork:
    """One table's due pieces, looked for and computed."""

    def __init__(
        self,
        warehouse: Warehouse,
        spec: TableSpec,
        inputs: tuple[TableSpec, ...],
        *,
        pieces: Pieces,
    ) -> None:
        self.warehouse = warehouse
        self.spec = spec
        self.inputs = inputs
        self.pieces = pieces

    def due(
        self,
        before: Mapping[str, Standing],
        now: Mapping[str, Standing],
        deltas: Mapping[str, Delta],
    ) -> pa.Table | None:
        """Return the keys of the pieces that may differ; None if the whole table may."""
        found: list[ir.Table] = []
        for spec, feed in zip(self.inputs, self.pieces.feeds, strict=True):
            was, is_now = before.get(spec.name), now[spec.name]
            if was is not None and was.token == is_now.token:
                continue
            if was is None or feed.key is None:
                return None
            if feed.time is not None:
                keys = self._raw_keys(spec, feed, was, is_now)
            else:
                keys = self._keys_of(feed, deltas.get(spec.name), was, is_now)
            if keys is None:
                return None
            found += keys
        return self._few(found)

    def inputs_of(self, keys: pa.Table) -> list[ir.Table]:
        """Return the inputs with only those rows that belong to the keys."""
        return [
            self._restricted(spec, feed, keys)
            for spec, feed in zip(self.inputs, self.pieces.feeds, strict=True)
        ]

    def delta(self, keys: pa.Table, rows: ir.Table) -> tuple[pa.Table, pa.Table]:
        """Return the stored rows of the keys that `rows` have not, and those they have beyond."""
        kinds = {name: kind.copy(nullable=True) for name, kind in self.spec.schema().items()}
        wanted, on = ibis.memtable(keys), list(self.pieces.key)
        # An input that is looked at as a whole brings rows of other keys too.
        mine = rows.select(list(kinds)).cast(kinds).semi_join(wanted, on)
        new = self.warehouse.to_arrow(mine)
        old = self.warehouse.to_arrow(self.warehouse.read(self.spec).semi_join(wanted, on))
        if old.num_rows == 0 or new.num_rows == 0:
            return old, new
        one, other = ibis.memtable(old), ibis.memtable(new)
        removed = self.warehouse.to_arrow(one.difference(other))
        return removed, self.warehouse.to_arrow(other.difference(one))

    def _raw_keys(
        self, spec: TableSpec, feed: Feed, was: Standing, now: Standing
    ) -> list[ir.Table] | None:
        grown, broken = changed_days(was, now)
        if len(broken) > MOST_DAYS or (broken and self.pieces.time is None):
            return None
        raw = self.warehouse.read(spec)
        found = []
        if grown:
            later = raw.filter(raw.load_id > was.newest_load)
            found.append(self._keys(feed.keyed(later)))
        if broken:
            keyed = feed.keyed(raw)
            found.append(self._keys(keyed.filter(keyed[feed.time].date().isin(broken))))  # type: ignore[attr-defined]
            here = self.warehouse.read(self.spec)
            there = here.filter(here[self.pieces.time].date().isin(broken))  # type: ignore[attr-defined]
            found.append(there.select(list(self.pieces.key)))
        return found

    def _keys_of(
        self, feed: Feed, delta: Delta | None, was: Standing, now: Standing
    ) -> list[ir.Table] | None:
        if delta is None or (delta.before, delta.after) != (was.token, now.token):
            return None
        return [self._keys(feed.keyed(ibis.memtable(delta.rows)))]

    def _keys(self, keyed: ir.Table) -> ir.Table:
        return keyed.select(**{name: keyed[KEY + name] for name in self.pieces.key})

    def _few(self, found: list[ir.Table]) -> pa.Table | None:
        if not found:
            kinds = self.spec.schema().to_pyarrow()
            return pa.schema([kinds.field(name) for name in self.pieces.key]).empty_table()
        every = found[0].union(*found[1:]) if len(found) > 1 else found[0]
        keys = self.warehouse.to_arrow(every.distinct().limit(MOST_KEYS + 1))
        if keys.num_rows <= FEW_KEYS:
            return keys
        stored = self.warehouse.read(self.spec)
        total = self.warehouse.to_arrow(stored.aggregate(rows=stored.count()))["rows"][0].as_py()
        return None if keys.num_rows > MOST_KEYS or keys.num_rows * 4 > total else keys

    def _restricted(self, spec: TableSpec, feed: Feed, keys: pa.Table) -> ir.Table:
        given = self.warehouse.read(spec)
        if feed.key is None:
            return given
        wanted = ibis.memtable(keys.rename_columns([KEY + name for name in keys.column_names]))
        on = wanted.columns
        if feed.time is None:
            return feed.keyed(given).semi_join(wanted, on).select(given.columns)
        # The keys alone are looked for first: where they lie in time leaves most of a wide raw
        # table unread.
        narrow = feed.keyed(given).select(*on, instant=feed.time).semi_join(wanted, on)
        span = narrow.aggregate(first=narrow.instant.min(), last=narrow.instant.max())
        [ends] = self.warehouse.to_arrow(span).to_pylist()
        if ends["first"] is None:
            return given.limit(0)
        keyed = feed.keyed(given)
        inside = keyed.filter(keyed[feed.time].between(ends["first"], ends["last"]))
        rows = inside.semi_join(wanted, on).select(given.columns)
        # Held in memory, for builds read an input more than once.
        return ibis.memtable(self.warehouse.to_arrow(rows))
