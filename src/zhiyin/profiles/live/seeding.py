"""What the warehouse knows of some people: where live profiles begin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from zhiyin.identity.api import WITHDRAWN
from zhiyin.identity.tables import LINKS, PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.profiles.deeds import ORDER, REFUND
from zhiyin.profiles.holding.api import AMOUNT_SCALE, Happening
from zhiyin.profiles.live.people import Link, Person, Tail, digest_of, nobody, plain
from zhiyin.profiles.membership.tables import AUDIENCE_MEMBERS
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.tables import TableSpec
    from zhiyin.ports.warehouse import Warehouse

Rows = list[dict[str, Any]]


class Seeds:
    """Reads some people's rows at once; a table that is not there yet has none."""

    def __init__(
        self,
        warehouse: Warehouse,
        events: Iterable[str],
        tags: Iterable[str],
        lists: Mapping[str, str] | None = None,
    ) -> None:
        """Read what conditions ask for.

        Parameters
        ----------
        events : events that conditions listen to.
        tags : tags that conditions decide, whose rows of the last run are not wanted.
        lists : of audiences that are lists, the snapshot that has the members.
        """
        self._warehouse = warehouse
        self._lists: dict[str, list[str]] = {}
        for name, snapshot in (lists or {}).items():
            self._lists.setdefault(snapshot, []).append(name)
        # Attributes count orders and refunds, whether or not a condition does.
        self._events = sorted({*events, ORDER, REFUND})
        self._tags = frozenset(tags)

    def people(self, ids: Iterable[str], *, tied: Collection[str] = ()) -> list[Person]:
        """Return the people behind typed ids that the warehouse knows, as the last run left them.

        Their facts are not in their states yet; see `facts`. `tied` are ids whose links are wanted
        also where the warehouse says that they are alone.
        """
        asked = sorted(set(ids))
        if not asked:
            return []
        known = self._where(PERSON_OF, "visitor_id", asked)
        names = sorted({row["person_id"] for row in known})
        if not names:
            return []
        ids_of: dict[str, list[str]] = {}
        for row in self._where(PERSON_OF, "person_id", names):
            ids_of.setdefault(row["person_id"], []).append(row["visitor_id"])
        found = {name: nobody(name, ids_of.get(name, ())) for name in names}
        self._describe(found)
        self._link(found, set(tied))
        return list(found.values())

    def _describe(self, found: Mapping[str, Person]) -> None:
        names = list(found)
        for row in self._where(dm.CUSTOMERS, "person_id", names):
            person = found[row["person_id"]]
            person.attributes = {name: plain(value) for name, value in row.items()}
        for row in self._where(dm.TAGS, "person_id", names):
            if row["tag"] not in self._tags:
                tags = found[row["person_id"]].tags
                tags[row["tag"]] = (row["value"], row.get("weight"))
        for row in self._where(dm.SCORES, "person_id", names):
            found[row["person_id"]].scores[row["model"]] = row["score"]
        self._list(found)

    def _list(self, found: Mapping[str, Person]) -> None:
        """Note the lists that people are on, by any id of theirs: they may have been merged."""
        if not self._lists or not self._warehouse.exists(AUDIENCE_MEMBERS):
            return
        owner_of = {one: person for person in found.values() for one in person.ids}
        members = self._narrowed(AUDIENCE_MEMBERS, "person_id", sorted(owner_of))
        rows = members.filter(members.snapshot_id.isin(sorted(self._lists)))
        for row in self._rows(rows.select("snapshot_id", "person_id")):
            person = owner_of[row["person_id"]]
            person.listed = sorted({*person.listed, *self._lists[row["snapshot_id"]]})

    def _link(self, found: Mapping[str, Person], tied: Set[str]) -> None:
        several = [one for one in found.values() if len(one.ids) > 1 or tied & set(one.ids)]
        ends = sorted({end for one in several for end in one.ids})
        if not ends:
            return
        sides = (self._where(LINKS, side, ends) for side in ("left_id", "right_id"))
        clusters = sorted({row["cluster_id"] for rows in sides for row in rows})
        links: dict[str, list[Link]] = {}
        for row in self._where(LINKS, "cluster_id", clusters):
            if row["evidence"] != WITHDRAWN:
                links.setdefault(row["cluster_id"], []).append(Link(**row))
        by_end = {
            end: rows
            for rows in links.values()
            for row in rows
            for end in (row.left_id, row.right_id)
        }
        for person in several:
            person.links = next((by_end[end] for end in person.ids if end in by_end), [])

    def facts(self, visitors: Iterable[str]) -> dict[str, list[Tail]]:
        """Return the facts of visitors that conditions ask for, by visitor."""
        asked = sorted(set(visitors))
        found: dict[str, list[Tail]] = {}
        if not asked:
            return found
        shapes = ((self._event_rows, event), (self._order_rows, order), (self._refund_rows, refund))
        for rows, shape in shapes:
            for row in rows(asked):
                found.setdefault(row["visitor_id"], []).append(shape(row))
        return found

    def _event_rows(self, visitors: list[str]) -> Rows:
        if not self._warehouse.exists(dw.EVENTS):
            return []
        events = self._narrowed(dw.EVENTS, "visitor_id", visitors)
        names = [name for name in self._events if name not in (ORDER, REFUND)]
        return self._rows(self._with_products(events.filter(events.event.isin(names))))

    def _order_rows(self, visitors: list[str]) -> Rows:
        if ORDER not in self._events or not self._warehouse.exists(dw.ORDERS):
            return []
        lines = self._with_products(self._narrowed(dw.ORDER_LINES, "visitor_id", visitors))
        orders = {
            (row["source_id"], row["order_id"]): {**row, "held_lines": []}
            for row in self._rows(self._narrowed(dw.ORDERS, "visitor_id", visitors))
        }
        for row in self._rows(lines):
            whole = orders.get((row["source_id"], row["order_id"]))
            if whole is not None:
                whole["held_lines"].append(row)
        return list(orders.values())

    def _refund_rows(self, visitors: list[str]) -> Rows:
        if REFUND not in self._events or not self._warehouse.exists(dw.REFUNDS):
            return []
        refunds: dict[tuple[str, str], dict[str, Any]] = {}
        lines = self._with_products(self._narrowed(dw.REFUNDS, "visitor_id", visitors))
        for row in self._rows(lines):
            key = (row["source_id"], row["refund_id"])
            whole = refunds.setdefault(key, {**row, "amount": None, "held_lines": []})
            whole["ts_ms"] = min(whole["ts_ms"], row["ts_ms"])
            if row["amount"] is not None:
                whole["amount"] = (whole["amount"] or 0) + row["amount"]
            whole["held_lines"].append(row)
        return list(refunds.values())

    def _with_products(self, rows: ir.Table) -> ir.Table:
        products = self._warehouse.read(dw.PRODUCTS)
        known = products.select("category", "brand", of_product="product_id")
        return rows.left_join(known, [("product_id", "of_product")]).drop("of_product")

    def _where(self, spec: TableSpec, column: str, values: list[str]) -> Rows:
        if not values or not self._warehouse.exists(spec):
            return []
        return self._rows(self._narrowed(spec, column, values))

    def _narrowed(self, spec: TableSpec, column: str, values: list[str]) -> ir.Table:
        # A table of the values, not a list: a thousand literals take longer to read than to find.
        asked = ibis.memtable(pa.table({"asked_for": pa.array(values, pa.string())}))
        return self._warehouse.read(spec).semi_join(asked, [(column, "asked_for")])

    def _rows(self, table: ir.Table) -> Rows:
        return self._warehouse.to_arrow(table).to_pylist()


EVENT_OWN = (
    "product_id", "channel", "campaign_id", "platform", "search_query", "page_path", "revenue",
)  # fmt: skip
ORDER_OWN = ("channel", "store_id", "country", "coupon_code", "amount", "pieces")
LINE = ("product_id", "category", "brand")


def event(row: Mapping[str, Any]) -> Tail:
    """Return a row of `dw.events` as a fact."""
    fact = Happening(
        row["event"], row["ts_ms"], own(row, EVENT_OWN), (own(row, LINE),), amounts(row, "revenue")
    )
    return Tail(digest_of(f"{row['source_id']}\x1f{row['event_id']}"), row["visitor_id"], fact)


def order(row: Mapping[str, Any]) -> Tail:
    """Return a row of `dw.orders` with its lines as a fact."""
    lines = tuple(own(line, LINE) for line in row["held_lines"])
    measured = amounts(row, "amount", "pieces", "discount")
    fact = Happening(ORDER, row["ts_ms"], own(row, ORDER_OWN), lines, measured)
    return Tail(digest_of(f"{ORDER}\x1f{row['order_id']}"), row["visitor_id"], fact)


def refund(row: Mapping[str, Any]) -> Tail:
    """Return the lines of one refund as a fact."""
    lines = tuple(own(line, (*LINE, "reason")) for line in row["held_lines"])
    fact = Happening(REFUND, row["ts_ms"], own(row, ("amount",)), lines, amounts(row, "amount"))
    return Tail(digest_of(f"{REFUND}\x1f{row['refund_id']}"), row["visitor_id"], fact)


def own(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the properties of a row that have a value."""
    return {name: plain(row[name]) for name in names if row[name] is not None}


def amounts(row: Mapping[str, Any], *names: str) -> dict[str, int]:
    """Return amounts of a row in ten-thousandths."""
    return {name: int(row[name] * AMOUNT_SCALE) for name in names if row[name] is not None}
