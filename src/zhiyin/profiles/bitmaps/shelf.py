"""The indexes of one state of the tables: built when first asked for, kept in files."""

from __future__ import annotations

import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from zhiyin.profiles import tables as dm
from zhiyin.profiles.bitmaps import building, storage
from zhiyin.profiles.bitmaps.ranks import RanksIndex
from zhiyin.profiles.bitmaps.values import NotIndexedError, ValuesIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zhiyin.ports.warehouse import Warehouse

Kept = TypeVar("Kept")
Index = ValuesIndex | RanksIndex

# Columns are built together up to so many: one reading of the wide table serves them all.
TOGETHER = 6
# Columns in memory; the one that was not asked for longest is let go, its file stays.
MOST_COLUMNS = 12


class Shelf:
    """Everything about one state of `dm.customers`, `dm.tags` and `dm.scores` as bitmaps.

    Safe for threads: an index is built once, others wait. Files are written whole or not at all,
    so a process that is killed leaves nothing that could be taken for an index.

    Parameters
    ----------
    folder
        Where files are kept; its name stands for the state, so another state is another folder.
    warehouse
        What holds the tables in that state.
    """

    def __init__(self, folder: Path, warehouse: Warehouse) -> None:
        self.folder = folder
        self.warehouse = warehouse
        self.lock = threading.RLock()
        self.columns: OrderedDict[str, Index | None] = OrderedDict()

    @cached_property
    def people(self) -> pa.Array:
        """The person ids; a person's number is their place here."""
        with self.lock:
            path = self.folder / "people.arrow"
            if not path.exists():
                write_people(path, building.read_people(self.warehouse))
            with pa.memory_map(str(path)) as source:
                column = pa.ipc.open_file(source).read_all()["person_id"]
            return column.chunk(0) if column.num_chunks else pa.array([], pa.string())

    @cached_property
    def everyone(self) -> BitMap:
        """Everybody in `dm.customers`."""
        return BitMap(range(len(self.people)))

    def attribute(self, name: str) -> Index:
        """Return a column's index; `NotIndexedError` for texts with too many values."""
        index = self.column(
            f"attribute.{name}",
            lambda: building.read_attributes(self.warehouse, self.people, [name])[name],
        )
        if index is None:
            raise NotIndexedError(name)
        return index

    def score(self, model: str) -> Index:
        """Return the index of a model's scores."""
        index = self.column(
            f"score.{model}", lambda: building.read_scores(self.warehouse, self.people, model)
        )
        if index is None:
            raise NotIndexedError(model)
        return index

    def tag(self, name: str) -> ValuesIndex:
        """Return a tag's index, an empty one for a tag that nobody has."""
        return self.tags.get(name, NOBODY)

    @cached_property
    def tags(self) -> dict[str, ValuesIndex]:
        """Every tag that anybody has."""
        with self.lock:
            path = self.path("tags")
            try:
                return storage.read_tags(path)
            except FileNotFoundError:
                found = building.read_tags(self.warehouse, self.people)
                storage.write_tags(path, found)
                return {tag: ValuesIndex(values) for tag, values in found.items()}

    def column(self, name: str, build: Callable[[], Index | None]) -> Index | None:
        """Return an index from memory, from its file, or newly built."""
        with self.lock:
            if name not in self.columns:
                self.columns[name] = self.stored(name, build)
            self.columns.move_to_end(name)
            while len(self.columns) > MOST_COLUMNS:
                self.columns.popitem(last=False)
            return self.columns[name]

    def stored(self, name: str, build: Callable[[], Index | None]) -> Index | None:
        """Return an index from its file, or newly built."""
        path = self.path(name)
        try:
            return storage.read_index(path)
        except FileNotFoundError:
            index = build()
            storage.write_index(path, index)
            return index

    def build_all(self) -> None:
        """Write every index that is not written yet."""
        _ = self.tags
        self.build_columns([name for name in dm.CUSTOMERS.columns if name not in UNINDEXED])

    def build_columns(self, names: Sequence[str]) -> None:
        """Write the indexes of some columns that are not written yet, a few at a time."""
        missing = [name for name in names if not self.path(f"attribute.{name}").exists()]
        for at in range(0, len(missing), TOGETHER):
            some = missing[at : at + TOGETHER]
            found = building.read_attributes(self.warehouse, self.people, some)
            for name, index in found.items():
                storage.write_index(self.path(f"attribute.{name}"), index)

    def path(self, name: str) -> Path:
        """Return the file of an index."""
        return self.folder / f"{name}.bits"

    def bitmap_bytes(self) -> int:
        """Return the bytes of the bitmaps in memory, as they are written."""
        columns = [index for index in self.columns.values() if index is not None]
        found = [*self.tags.values(), *columns]
        return sum(len(one.serialize()) for index in found for one in index.bitmaps)

    def numbers(self, person_ids: pa.Array | pa.ChunkedArray) -> BitMap:
        """Return the numbers of some person ids; ids that nobody has are left out."""
        if isinstance(person_ids, pa.ChunkedArray):
            person_ids = person_ids.combine_chunks()
        place = pa.compute.index_in(person_ids, value_set=self.people).drop_null()
        return BitMap(memoryview(np.sort(place.to_numpy().astype(np.uint32))))

    def ids(self, people: BitMap) -> pa.Array:
        """Return the person ids of some numbers, best customers first."""
        return self.people.take(pa.array(array_of(people)))


NOBODY = ValuesIndex({})
# Never narrowed down to a few values, and never asked for by their order.
UNINDEXED = ("person_id", "name", "email", "phone")


def array_of(people: BitMap) -> NDArray[np.uint32]:
    """Return a bitmap's numbers, rising."""
    return np.frombuffer(people.to_array(), dtype=np.uint32)


def write_people(path: Path, people: pa.Array) -> None:
    """Write the person ids in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    table = pa.table({"person_id": people})
    with pa.OSFile(str(draft), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def clear_others(folder: Path, keep: str) -> None:
    """Remove the shelves of former states; files that somebody still reads stay until they end."""
    for other in folder.iterdir() if folder.is_dir() else ():
        if other.name != keep:
            shutil.rmtree(other, ignore_errors=True)


def size_of(folder: Path) -> dict[str, Any]:
    """Return the bytes of each file of a shelf."""
    return {path.name: path.stat().st_size for path in sorted(folder.glob("*"))}
