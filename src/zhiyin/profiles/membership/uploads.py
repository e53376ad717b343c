"""Lists from outside: which of their ids we know, and whose they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from zhiyin.core.errors import InvalidInput

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Kinds of typed ids, in the order in which a value without a kind is tried.
KINDS = ("user", "unionid", "openid", "card", "phone", "email", "anon")
HEADERS = {
    "id": None, "person_id": None, "typed_id": None, "visitor_id": None,
    "user": "user", "user_id": "user", "customer_id": "user", "customer": "user",
    "email": "email", "e-mail": "email", "mail": "email", "邮箱": "email",
    "phone": "phone", "mobile": "phone", "tel": "phone", "手机": "phone", "手机号": "phone",
    "card": "card", "card_number": "card", "member_card": "card", "卡号": "card",
    "openid": "openid", "unionid": "unionid", "anon": "anon", "anonymous_id": "anon",
    "客户编号": "user", "会员号": "card",
}  # fmt: skip
MOST_ROWS = 5_000_000
LONGEST_ID = 1024
EXAMPLES = 20


@dataclass(frozen=True)
class Upload:
    """The ids of each row of a list: `ids` has row and visitor_id, in the order to be tried."""

    rows: int
    empty: int
    ids: pa.Table
    first_values: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Matched:
    """What became of an uploaded list.

    `rows` are those that have an id at all, `empty` those without. Of the rows, `matched` belong to
    a known person and `unmatched` to none, with the first of these as `examples`. `people` are the
    distinct persons, fewer than the rows matched by `repeated`; `conflicting` rows name ids of
    several people, of whom the one of the first column counts.
    """

    rows: int
    empty: int
    matched: int
    unmatched: int
    people: int
    repeated: int
    conflicting: int
    columns: tuple[str, ...]
    examples: tuple[str, ...]


def read_upload(text: str) -> Upload:
    """Return the ids in a CSV text: of the columns whose header is a kind of id, else of the first.

    A value may carry its kind (`email:a@b.c`); one that does not, in a column that does not tell
    it, is tried as each kind. A list without a header is read whole.

    Raises
    ------
    InvalidInput
        for an empty list and one of more than five million rows.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    first = next(rows, None)
    if first is None:
        raise InvalidInput("The list is empty; give a CSV file with one person a line.")
    kinds = {at: HEADERS[name] for at, name in enumerate(map(word, first)) if name in HEADERS}
    columns = tuple(first[at].strip() for at in kinds)
    body = rows if kinds else chain_first(first, rows)
    places: list[int] = []
    ids: list[str] = []
    firsts: list[str] = []
    empty = 0
    for row in body:
        found = [*ids_of_row(row, kinds or {0: None})]
        if not found:
            empty += 1
            continue
        if len(firsts) == MOST_ROWS:
            raise InvalidInput(f"A list has at most {MOST_ROWS:,} rows; split it.")
        places += [len(firsts)] * len(found)
        ids += found
        firsts.append(next(row[at].strip() for at in kinds or {0: None} if at < len(row)))
    table = pa.table(
        {
            "row": pa.array(places, pa.int64()),
            "place": pa.array(range(len(ids)), pa.int64()),
            "visitor_id": pa.array(ids, pa.string()),
        }
    )
    return Upload(len(firsts), empty, table, tuple(firsts), columns)


def chain_first(first: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield the first row and the others."""
    yield first
    yield from rows


def word(header: str) -> str:
    """Return a header as it is looked up."""
    return header.strip().lower().replace(" ", "_")


def ids_of_row(row: Sequence[str], kinds: dict[int, str | None]) -> Iterator[str]:
    """Yield every typed id that a row may mean, the likeliest first."""
    for at, kind in kinds.items():
        value = row[at].strip() if at < len(row) else ""
        if value and len(value) <= LONGEST_ID:
            yield from spellings(value, kind)


def spellings(value: str, kind: str | None) -> Iterator[str]:
    """Yield every typed id that a value may mean."""
    named, colon, rest = value.partition(":")
    if colon and named.lower() in KINDS and rest:
        yield from forms(named.lower(), rest.strip())
    elif kind is not None:
        yield from forms(kind, value)
    else:
        for one in KINDS:
            yield from forms(one, value)


def forms(kind: str, value: str) -> Iterator[str]:
    """Yield the typed ids of a value of a kind, written as ids are cleaned."""
    if kind == "email":
        if "@" in value:
            yield f"email:{value.lower()}"
    elif kind == "phone":
        digits = "".join(letter for letter in value if letter.isdigit())
        if digits:
            yield from (f"phone:+86{digits}", f"phone:+{digits}", f"phone:{digits}")
    else:
        yield f"{kind}:{value.upper() if kind == 'card' else value}"


def matches(upload: Upload, person_of: ir.Table) -> ir.Table:
    """Return row, place and person_id of every id of a list that somebody has."""
    named = ibis.memtable(upload.ids)
    return named.inner_join(person_of.select("visitor_id", "person_id"), "visitor_id").select(
        "row", "place", "person_id"
    )


def matched(upload: Upload, found: pa.Table) -> tuple[list[str], Matched]:
    """Return the people of a list, each once, and what became of its rows."""
    people: dict[int, str] = {}
    conflicting: set[int] = set()
    for one in found.sort_by([("row", "ascending"), ("place", "ascending")]).to_pylist():
        row = one["row"]
        if people.setdefault(row, one["person_id"]) != one["person_id"]:
            conflicting.add(row)
    missing = [value for row, value in enumerate(upload.first_values) if row not in people]
    distinct = list(dict.fromkeys(people.values()))
    return distinct, Matched(
        rows=upload.rows,
        empty=upload.empty,
        matched=len(people),
        unmatched=len(missing),
        people=len(distinct),
        repeated=len(people) - len(distinct),
        conflicting=len(conflicting),
        columns=upload.columns,
        examples=tuple(missing[:EXAMPLES]),
    )
