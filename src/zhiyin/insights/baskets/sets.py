"""Frequent sets of items, and the rules they make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.baskets.kernels import deliver
from zhiyin.insights.baskets.measures import MEASURES, measures
from zhiyin.stats.loops import fitting

SETS = pa.schema(
    [
        ("items", pa.list_(pa.string())),
        ("size", pa.int64()),
        ("baskets", pa.int64()),
        ("support", pa.float64()),
    ]
)
RULES = pa.schema(
    [
        ("antecedent", pa.list_(pa.string())),
        ("consequent", pa.list_(pa.string())),
        ("baskets", pa.int64()),
        *((name, pa.float64()) for name in MEASURES),
    ]
)
LONGEST = 6
MOST_SETS = 200_000


@dataclass(frozen=True)
class Coded:
    """Baskets one after the other, items as numbers that rise with how often they are bought."""

    names: pa.Array
    items: np.ndarray
    ends: np.ndarray


def frequent_sets(
    contents: pa.Table, *, min_support: float, longest: int = 3, most: int = MOST_SETS
) -> pa.Table:
    """Return the sets of up to `longest` items that enough baskets hold.

    Depth first over ascending items with occurrence deliver (LCM; Uno, Kiyomi, Arimura, 2004).

    Parameters
    ----------
    contents : `basket` (integers) and `item` (texts), neither null; an item counts once a basket.
    min_support : share of all baskets, above 0 and at most 1.
    longest : items in a set, 1 to 6.
    most : sets that may be found.

    Returns
    -------
    `items` (sorted), `size`, `baskets`, `support`; most baskets first, then by size and items.

    Raises
    ------
    InvalidInput
        for bounds out of range, and if there are more than `most` sets.
    """
    if not 0 < min_support <= 1:
        raise InvalidInput(f"min_support must be above 0 and at most 1, not {min_support}.")
    if not 1 <= longest <= LONGEST:
        raise InvalidInput(f"The longest set has 1 to {LONGEST} items, not {longest}.")
    total = len(pc.unique(contents["basket"]))
    # Rounded a little down, so that 0.1 of 30 is 3 although it is 3.0000000000000004.
    at_least = max(1, int(np.ceil(min_support * total - 1e-9)))
    coded = encoded(contents, at_least)
    rows = []
    for chosen, count in walk(coded, at_least, longest):
        if len(rows) == most:
            raise InvalidInput(
                f"More than {most:,} sets have a support of {min_support}; "
                "raise min_support or choose shorter sets."
            )
        rows.append((sorted(coded.names[item].as_py() for item in chosen), count))
    rows.sort(key=lambda row: (-row[1], len(row[0]), row[0]))
    return pa.table(
        {
            "items": [names for names, _ in rows],
            "size": [len(names) for names, _ in rows],
            "baskets": [count for _, count in rows],
            "support": [count / total for _, count in rows],
        },
        schema=SETS,
    )


def encoded(contents: pa.Table, at_least: int) -> Coded:
    """Return baskets of items that are frequent, rare items first within each.

    An item that is written down twice in a basket may be kept although it is too rare; `walk` sees
    that.
    """
    names, codes = numbered(contents["item"])
    _, baskets = numbered(contents["basket"])
    bought = np.bincount(codes, minlength=len(names))
    order = np.argsort(bought, kind="stable")
    order = order[bought[order] >= at_least]
    rank = np.full(len(names), -1, np.int64)
    rank[order] = np.arange(len(order))
    ranks = rank[codes]
    cells = baskets[ranks >= 0].astype(np.int64) * len(names) + ranks[ranks >= 0]
    cells.sort()
    cells = cells[np.diff(cells, prepend=-1) > 0]
    baskets, items = np.divmod(cells, max(1, len(names)))
    last = np.flatnonzero(np.diff(baskets, append=-1))
    ends = np.repeat(last + 1, np.diff(last, prepend=-1))
    return Coded(names.take(pa.array(order)), items.astype(np.int32), ends)


def numbered(column: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Return the different values of a column and the place of each row's value among them."""
    words = column.combine_chunks().dictionary_encode()
    if isinstance(words, pa.ChunkedArray):
        words = words.unify_dictionaries().combine_chunks()
    return words.dictionary, words.indices.to_numpy(zero_copy_only=False)


def walk(coded: Coded, at_least: int, longest: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield each frequent set, as numbers of items, and the baskets that hold it."""
    width = len(coded.names)
    counts = np.zeros(width, np.int64)
    run = fitting(deliver, len(coded.items))
    # Sixteen bits are sorted by their digits, which takes a third of the time.
    keys = coded.items.astype(np.uint16) if width <= np.iinfo(np.uint16).max else coded.items
    by_item = np.argsort(keys, kind="stable")
    bounds = np.searchsorted(keys[by_item], np.arange(width + 1))

    def grow(chosen: tuple[int, ...], places: np.ndarray) -> Iterator[tuple[tuple[int, ...], int]]:
        yield chosen, len(places)
        if len(chosen) == longest:
            return
        found, starts, where = run(places, coded.items, coded.ends, at_least, counts)
        for n, item in enumerate(found.tolist()):
            yield from grow((*chosen, item), where[starts[n] : starts[n + 1]])

    for item in range(width):
        places = by_item[bounds[item] : bounds[item + 1]]
        if len(places) >= at_least:
            yield from grow((item,), places)


def rules(sets: pa.Table, *, min_confidence: float = 0.0, min_lift: float = 0.0) -> pa.Table:
    """Return every rule "who has the antecedent has the consequent" that frequent sets make.

    Parameters
    ----------
    sets : from `frequent_sets`, complete: each part of a set is there too.
    min_confidence, min_lift : rules below are left out.

    Returns
    -------
    `antecedent`, `consequent`, `baskets` and the five measures, highest leverage first.
    """
    counts = {
        tuple(row["items"]): row["baskets"] for row in sets.select(["items", "baskets"]).to_pylist()
    }
    if not counts:
        return RULES.empty_table()
    first = sets.slice(0, 1).to_pylist()[0]
    total = round(first["baskets"] / first["support"])
    found = []
    for whole, both in counts.items():
        for antecedent, consequent in parts(whole):
            own, other = counts[antecedent], counts[consequent]
            if both / own >= min_confidence and both * total / (own * other) >= min_lift:
                found.append(
                    {
                        "antecedent": list(antecedent),
                        "consequent": list(consequent),
                        "baskets": both,
                        **measures(both, own, other, total),
                    }
                )
    found.sort(key=lambda rule: (-rule["leverage"], -rule["confidence"], rule["antecedent"]))
    return pa.Table.from_pylist(found, schema=RULES)


def parts(whole: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield each way to divide a set into two parts that are not empty, both ways round."""
    for size in range(1, len(whole)):
        for antecedent in combinations(whole, size):
            yield antecedent, tuple(item for item in whole if item not in antecedent)
