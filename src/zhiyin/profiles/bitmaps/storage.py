"""Indexes as files: written beside the warehouse, whole or not at all.

A file is eight bytes of mark, eight of the head's length, the head (JSON), and the parts that the
head lists, each at a multiple of eight. A draft is renamed when it is whole, and a file whose
checksum is wrong is read as absent: it is built anew.
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap

from zhiyin.profiles.bitmaps.ranks import RanksIndex
from zhiyin.profiles.bitmaps.values import Value, ValuesIndex

MARK = b"ZYBITS01"
Index = ValuesIndex | RanksIndex


def write_index(path: Path, index: Index | None) -> None:
    """Write one index; None is a column that has none."""
    if index is None:
        return write_parts(path, {"kind": "none"}, [])
    if isinstance(index, ValuesIndex):
        head = {"kind": "values", "values": [worded(value) for value in index.people]}
        return write_parts(path, head, [one.serialize() for one in index.people.values()])
    head = {
        "kind": "ranks",
        "type": index.values.dtype.str,
        "buckets": len(index.buckets),
        "people": len(index.order),
    }
    bitmaps = [one.serialize() for one in (*index.buckets, *index.totals)]
    return write_parts(path, head, bitmaps, [index.values, index.order])


def read_index(path: Path) -> Index | None:
    """Return one index; `FileNotFoundError` if it was never written or is damaged."""
    head, parts = read_parts(path)
    if head["kind"] == "none":
        return None
    if head["kind"] == "values":
        bitmaps = (BitMap.deserialize(bytes(part)) for part in parts)
        values = (unworded(value) for value in head["values"])
        return ValuesIndex(dict(zip(values, bitmaps, strict=True)))
    *written, values, order = parts
    bitmaps = [BitMap.deserialize(bytes(part)) for part in written]
    count = head["buckets"]
    return RanksIndex(
        np.frombuffer(values, dtype=head["type"]),
        np.frombuffer(order, dtype=np.uint32),
        tuple(bitmaps[:count]),
        tuple(bitmaps[count:]),
    )


def write_tags(path: Path, tags: Mapping[str, Mapping[str | None, BitMap]]) -> None:
    """Write the people of every value of every tag."""
    head = {"kind": "tags", "tags": [[tag, list(values)] for tag, values in tags.items()]}
    write_parts(
        path, head, [one.serialize() for values in tags.values() for one in values.values()]
    )


def read_tags(path: Path) -> dict[str, ValuesIndex]:
    """Return the index of every tag; `FileNotFoundError` as `read_index`."""
    head, parts = read_parts(path)
    bitmaps = (BitMap.deserialize(bytes(part)) for part in parts)
    return {
        tag: ValuesIndex({value: next(bitmaps) for value in values}) for tag, values in head["tags"]
    }


def write_parts(
    path: Path, head: Mapping[str, Any], parts: list[bytes], arrays: Iterable[np.ndarray] = ()
) -> None:
    """Write a file in one step: nobody ever sees half of it. Arrays are not in the checksum."""
    check = 0
    for part in parts:
        check = zlib.crc32(part, check)
    bodies = [*parts, *(memoryview(np.ascontiguousarray(one)).cast("B") for one in arrays)]
    told = json.dumps(
        {**head, "lengths": [len(one) for one in bodies], "checked": len(parts), "check": check}
    ).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with draft.open("wb") as file:
        file.write(MARK + len(told).to_bytes(8, "little") + told)
        for body in bodies:
            file.write(bytes(-file.tell() % 8))
            file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_parts(path: Path) -> tuple[dict[str, Any], list[memoryview]]:
    """Return the head and the parts; arrays are read from the disk when they are looked at."""
    if path.stat().st_size <= len(MARK):
        raise damaged(path)
    with path.open("rb") as file:
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if bytes(whole[:8]) != MARK:
        raise damaged(path)
    start = 16 + int.from_bytes(whole[8:16], "little")
    try:
        head = json.loads(bytes(whole[16:start]))
    except ValueError:
        raise damaged(path) from None
    parts: list[memoryview] = []
    for length in head["lengths"]:
        start += -start % 8
        parts.append(whole[start : start + length])
        start += length
    check = 0
    for part in parts[: head["checked"]]:
        check = zlib.crc32(part, check)
    if start > len(whole) or check != head["check"]:
        raise damaged(path)
    return head, parts


def damaged(path: Path) -> FileNotFoundError:
    """Return what tells that a file has to be made anew."""
    return FileNotFoundError(f"{path.name} is damaged")


def worded(value: Value) -> Any:
    """Return a value as JSON holds it."""
    return {"time": value.isoformat()} if isinstance(value, datetime) else value


def unworded(value: Any) -> Value:
    """Return a value from JSON."""
    return datetime.fromisoformat(value["time"]) if isinstance(value, dict) else value
