"""Who is in an audience: counted, portrayed, compared, exported."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.bitmaps.api import CountingBook, dimension_rows, tag_rows
from zhiyin.profiles.membership import api as membership

if TYPE_CHECKING:
    from pyroaring import BitMap

    from zhiyin.app.workspace import Workspace

FORMATS = (".csv", ".parquet")
SAMPLE = 8
TAGS_SHOWN = 12
REACHABLE = {"attribute": "can_email", "equals": True}


def asked(workspace: Workspace, name: str | None, where: Any) -> profiles.Condition:
    """Return the tree of an audience, or of a condition; one of the two is given."""
    if (name is None) == (where is None):
        raise InvalidInput("Give either an audience's name or a condition with --where.")
    definitions = workspace.counting.definitions()
    return definitions.named(name).where if name is not None else definitions.parsed(where)


def audience_count(
    workspace: Workspace, *, name: str | None = None, where: Any = None, exclude: Any = None
) -> dict[str, Any]:
    """Count the people in an audience, or those for whom a condition holds.

    `warnings` has `nobody` or `everybody` where that is the answer; `notes` tells of windows that
    look further back than history.
    """
    started = perf_counter()
    tree = excluding(workspace, asked(workspace, name, where), exclude)
    book = workspace.counting.current()
    members = book.people(tree)
    reachable = book.people(profiles.parse_condition(REACHABLE))
    people, count = len(book.everyone), len(members)
    return {
        "audience": name,
        "count": count,
        "reachable": members.intersection_cardinality(reachable),
        "people": people,
        "share": count / people if people else 0.0,
        "as_of": book.sources.as_of.isoformat(),
        "warnings": warnings_of(count, people),
        "notes": notes_of(tree, book),
        "milliseconds": round(1000 * (perf_counter() - started), 1),
    }


def excluding(workspace: Workspace, tree: profiles.Condition, exclude: Any) -> profiles.Condition:
    """Return a condition less the people of some audiences."""
    if not exclude:
        return tree
    apart = [{"not": {"audience": name}} for name in exclude]
    return workspace.counting.definitions().parsed({"all": [profiles.to_dict(tree), *apart]})


def warnings_of(count: int, people: int) -> list[str]:
    """Return what is odd about a size: nobody, or everybody."""
    if not count:
        return ["nobody"]
    return ["everybody"] if count == people else []


def notes_of(tree: profiles.Condition, book: CountingBook) -> list[str]:
    """Return a sentence for each window that looks further back than facts are known."""
    if not any(profiles.deeds(leaf) for leaf in profiles.leaves(tree)):
        return []
    return profiles.warnings(tree, book.history_start, book.sources.as_of)


def audience_portrait(
    workspace: Workspace, *, name: str | None = None, where: Any = None, exclude: Any = None
) -> dict[str, Any]:
    """Describe an audience beside everybody: attributes, tags, and its best customers."""
    tree = excluding(workspace, asked(workspace, name, where), exclude)
    book = workspace.counting.current()
    members = book.people(tree)
    rows, missing = dimension_rows(book.shelf, members, profiles.DIMENSIONS)
    if missing:
        table = profiles.portrait_rows(tree, book.sources)
        rows += workspace.warehouse.to_arrow(
            table.filter(table.dimension.isin(missing))
        ).to_pylist()
    return {
        **profiles.portrait(rows),
        "tags": marked(tag_rows(book.shelf, members), len(members), len(book.everyone)),
        "sample": [
            {key: told(value) for key, value in row.items()}
            for row in best(workspace, book, members, SAMPLE)
        ],
    }


def marked(rows: list[dict[str, Any]], members: int, base: int) -> list[dict[str, Any]]:
    """Return the tags in which members differ most from everybody, by what is not chance."""
    found = [
        {
            "tag": row["tag"],
            "members": row["members"],
            "share": row["members"] / members if members else 0.0,
            "base_share": row["base"] / base,
            "index": row["members"] / members / (row["base"] / base) if members else None,
            "p_value": profiles.p_value(row["members"], members, row["base"], base),
        }
        for row in rows
        if row["base"]
    ]
    told_apart = [row for row in found if row["p_value"] is not None]
    told_apart.sort(key=lambda row: -abs(row["share"] - row["base_share"]))
    return told_apart[:TAGS_SHOWN]


def best(
    workspace: Workspace, book: CountingBook, people: BitMap, count: int
) -> list[dict[str, Any]]:
    """Return the rows of the people who brought most: numbers are in that order."""
    ids = book.shelf.ids(people[:count]).to_pylist()
    customers = workspace.warehouse.read(dm.CUSTOMERS)
    rows = workspace.warehouse.to_arrow(customers.filter(customers.person_id.isin(ids)))
    return sorted(rows.to_pylist(), key=lambda row: ids.index(row["person_id"]))


def told(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else float(value)


def audience_overlap(workspace: Workspace, *, names: list[str]) -> dict[str, Any]:
    """Return how two to eight audiences overlap: every region, and every pair."""
    definitions, book = workspace.counting.definitions(), workspace.counting.current()
    people = {name: book.people(definitions.named(name).where) for name in dict.fromkeys(names)}
    return {
        "audiences": [{"audience": name, "members": len(one)} for name, one in people.items()],
        "regions": [asdict(one) for one in membership.regions(people)],
        "pairs": [asdict(one) for one in membership.pairs(people)],
    }


def audience_export(
    workspace: Workspace, *, name: str, output: str, hashed: bool = False
) -> dict[str, Any]:
    """Write an audience's people to a file that appears whole or not at all.

    With `hashed` it holds the SHA-256 of normalized e-mail addresses and phone numbers, as ad
    platforms match them, and nothing else.
    """
    target = Path(output)
    if target.suffix not in FORMATS:
        raise not_allowed(f"The ending of {target.name}", target.suffix, FORMATS)
    if not target.parent.is_dir():
        raise InvalidInput(f"The directory {target.parent} does not exist; make it first.")
    members = members_table(workspace, name)
    rows = membership.hashed_contacts(members) if hashed else members
    draft = target.with_name(f".{target.name}.draft")
    if target.suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(rows, draft, compression="zstd")
    else:
        from pyarrow import csv

        csv.write_csv(rows, draft)
    draft.replace(target)
    return {
        "audience": name,
        "count": rows.num_rows,
        "members": members.num_rows,
        "file": str(target),
    }


def members_table(workspace: Workspace, name: str) -> pa.Table:
    """Return the rows of `dm.customers` of an audience's people, by id."""
    tree = workspace.counting.definitions().named(name).where
    book = workspace.counting.current()
    ids = pa.table({"person_id": book.shelf.ids(book.people(tree))})
    customers = workspace.warehouse.read(dm.CUSTOMERS)
    rows = customers.semi_join(ibis.memtable(ids), "person_id")
    return workspace.warehouse.to_arrow(rows.order_by("person_id"))
