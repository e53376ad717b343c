"""Counts: trees in, people out; what bitmaps do not know is asked of the warehouse once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pyroaring import BitMap

from zhiyin.profiles.bitmaps.evaluation import people_of
from zhiyin.profiles.conditions import Condition
from zhiyin.profiles.selection import select
from zhiyin.profiles.sources import Sources

if TYPE_CHECKING:
    from zhiyin.profiles.bitmaps.shelf import Shelf

MOST_LEAVES = 64


@dataclass
class CountingBook:
    """Who is meant by a tree, in one state of the tables.

    `asked` keeps what the warehouse answered about leaves that have no bitmap, behaviors above
    all: while somebody edits another condition of the tree they are not asked again.
    """

    shelf: Shelf
    sources: Sources
    asked: OrderedDict[Condition, BitMap] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def everyone(self) -> BitMap:
        return self.shelf.everyone

    @cached_property
    def history_start(self) -> datetime | None:
        """The oldest event or order; None where there are none."""
        oldest = []
        for facts, column in (
            (self.sources.events, "event_time"),
            (self.sources.orders, "order_time"),
        ):
            found = self.shelf.warehouse.to_arrow(facts.aggregate(oldest=facts[column].min()))
            oldest += [one for one in found["oldest"].to_pylist() if one is not None]
        return min(oldest, default=None)

    def people(self, tree: Condition) -> BitMap:
        """Return the people for whom a tree holds, exactly those of `select`; do not change it."""
        return people_of(
            tree,
            self.shelf,
            audiences=self.sources.audiences,
            otherwise=self.warehouse_people,
            listed=self.sources.listed,
        )

    def warehouse_people(self, leaf: Condition) -> BitMap:
        """Return the people of a leaf as the warehouse finds them."""
        with self.lock:
            found = self.asked.get(leaf)
            if found is not None:
                self.asked.move_to_end(leaf)
                return found
        ids = self.shelf.warehouse.to_arrow(select(leaf, self.sources))["person_id"]
        found = self.shelf.numbers(ids)
        with self.lock:
            self.asked[leaf] = found
            while len(self.asked) > MOST_LEAVES:
                self.asked.popitem(last=False)
        return found
