"""Questions that are asked again and again with other ids: put together once, then only run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import ibis
import pyarrow as pa

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

Ask = Callable[["Warehouse", "ir.Table"], "ir.Table"]
Run = Callable[[pa.Table], pa.Table]


class Lookups:
    """The questions that one warehouse has been asked so far.

    Putting an expression together and compiling it takes longer than looking a customer up in a
    table of millions; and a page asks a dozen of them.
    """

    def __init__(self) -> None:
        self.known: dict[str, Run] = {}
        self.tables: tuple[str, ...] = ()
        self.lock = threading.Lock()

    def run(self, name: str, ask: Ask, asked: pa.Table, warehouse: Warehouse) -> pa.Table:
        """Return the answer of `ask(warehouse, ids)` with the rows of `asked` for ids.

        `name` stands for `ask`: the same name must always come with the same question.
        """
        tables = tuple(warehouse.tables())
        with self.lock:
            if tables != self.tables:
                # A question that found a table missing has to be put together again.
                self.known, self.tables = {}, tables
            known = self.known.get(name)
        if known is None:
            ids = ibis.table(ibis.Schema.from_pyarrow(asked.schema), name="asked")
            known = warehouse.prepared(ask(warehouse, ids))
            with self.lock:
                self.known[name] = known
        return known(asked)


_LOOKUPS: WeakKeyDictionary[Warehouse, Lookups] = WeakKeyDictionary()
_MAKING = threading.Lock()


def lookups(warehouse: Warehouse) -> Lookups:
    """Return the questions of a warehouse, which are forgotten with it."""
    with _MAKING:
        if warehouse not in _LOOKUPS:
            _LOOKUPS[warehouse] = Lookups()
        return _LOOKUPS[warehouse]
