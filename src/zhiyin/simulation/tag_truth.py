"""What tags should say of each member: told by the world itself, past all files and their dirt."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from zhiyin.simulation.catalog import CATEGORIES
from zhiyin.simulation.people import ARRIVALS, CHANNELS, TYPES
from zhiyin.simulation.truth import outcomes

if TYPE_CHECKING:
    from zhiyin.simulation.mailbox import Post
    from zhiyin.simulation.randomness import Ints
    from zhiyin.simulation.shop import Shop

YEAR = 365
BLOCK = 60  # days at a time, so that a matrix of people and days stays small
# Told of those who have shown it.
OF_TASTE = ("category_interest", "favourite_category", "favourite_channel", "discount_lover")
GENDERS = {"女": "female", "男": "male"}


def tag_truth(shop: Shop, post: Post, *, first_day: int, today: int) -> pa.Table:
    """Return id, tag and value: what is true of each present member on the morning of `today`.

    Plain tags have `true` or `false`; other tags an empty value where a person has none. Orders
    that bear nobody's number count for nobody. What a person likes is the hidden taste, which the
    shop never sees; it is told of people with at least three orders, as others have shown none.
    """
    who = np.flatnonzero(shop.people.join < today)
    ids = pa.array(
        [f"user:{name}" for name in shop.people.member_no.take(pa.array(who)).to_pylist()]
    )
    orders, in_a_year = order_counts(shop, post, who, first_day=first_day, today=today)
    columns = {**of_records(shop, who), **of_orders(orders, in_a_year), **of_taste(shop, who)}
    is_known = {name: np.ones(len(who), dtype=bool) for name in columns}
    for name in OF_TASTE:
        is_known[name] = orders >= 3
    parts = [
        pa.table(
            {
                "id": ids.filter(pa.array(is_known[name])),
                "tag": pa.array([name] * int(is_known[name].sum())),
                "value": pa.array(values[is_known[name]].tolist(), pa.string()),
            }
        )
        for name, values in columns.items()
    ]
    return pa.concat_tables(parts)


def order_counts(
    shop: Shop, post: Post, who: Ints, *, first_day: int, today: int
) -> tuple[Ints, Ints]:
    """Return each member's orders on record: all of them, and those of the last year."""
    total, recent = np.zeros(len(who), np.int64), np.zeros(len(who), np.int64)
    year = today - YEAR
    edges = sorted({*range(first_day, today, BLOCK), max(year, first_day), today})
    for first, after in pairwise(edges):
        found = outcomes(shop, who, np.arange(first, after), post).orders
        total += found
        if first >= year:
            recent += found
    return total, recent


def of_records(shop: Shop, who: Ints) -> dict[str, np.ndarray]:
    """Return what the person told the shop."""
    people, index = shop.people, pa.array(who)
    genders = people.record["gender"].take(index).to_pylist()
    can_be_reached = people.email_ok[who] & people.email.is_valid().to_numpy(False)[who]
    return {
        "gender": np.array([GENDERS.get(one, "") for one in genders]),
        "city": np.array(people.record["city"].take(index).to_pylist()),
        "acquisition_channel": np.array(ARRIVALS)[people.arrival[who]],
        "reachable_by_email": yes_or_no(can_be_reached),
    }


def of_orders(orders: Ints, in_a_year: Ints) -> dict[str, np.ndarray]:
    """Return what follows from how often a person has bought."""
    bands = np.array(["", "once", "sometimes", "often"])
    return {
        "repeat_buyer": yes_or_no(orders >= 2),
        "order_frequency": bands[np.digitize(in_a_year, [1, 2, 5])],
    }


def of_taste(shop: Shop, who: Ints) -> dict[str, np.ndarray]:
    """Return what the person likes, which is written down nowhere."""
    people = shop.people
    taste = np.array(list(CATEGORIES))[people.taste[who, 0]]
    shares = np.diff(people.channel[who], axis=1, prepend=0)
    return {
        "category_interest": taste,
        "favourite_category": taste,
        "favourite_channel": np.array(CHANNELS)[shares.argmax(axis=1)],
        "discount_lover": yes_or_no(people.type[who] == TYPES.index("bargain_hunter")),
    }


def yes_or_no(holds: np.ndarray) -> np.ndarray:
    """Return `true` and `false`."""
    return np.where(holds, "true", "false")
