"""Judged records as rows of the target table and of the quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.columns import IS_UTC
from zhiyin.collect.given_files import GivenFile
from zhiyin.collect.judging import CONTROL, CULPRIT, REASON, ROW
from zhiyin.collect.recipe import Recipe, Source
from zhiyin.collect.recipe_reading import columns_tested
from zhiyin.collect.records import json_records, json_text
from zhiyin.collect.staging import Chunk
from zhiyin.collect.tables import QUARANTINE, TARGETS
from zhiyin.collect.wall_clock import to_utc
from zhiyin.ports.sources import BadLine
from zhiyin.ports.tables import TableSpec


@dataclass(frozen=True)
class Load:
    """What all rows of one import have in common."""

    recipe: Recipe
    load_id: int
    at: datetime  # naive UTC


def kept_rows(
    judged: pa.Table, chunk: Chunk, source: Source, given: Sequence[GivenFile], load: Load
):
    """Return the records without a reason as rows of the target, origin and all."""
    spec = TARGETS[source.target or ""]
    is_kept = pc.is_null(judged[REASON])
    made = [c.name for c in source.columns if not c.is_helper]
    told = [name for name in judged.column_names if name.startswith(IS_UTC)]
    kept = judged.select([ROW, *dict.fromkeys((*made, *told))]).filter(is_kept)
    rows = kept[ROW].to_numpy()
    columns = {name: kept[name] for name in made}
    for column in source.columns:
        if IS_UTC + column.name in kept.column_names:
            zone = ZoneInfo(column.timezone or load.recipe.timezone)
            columns[column.name] = _utc(kept, column.name, zone)
    count = kept.num_rows
    columns |= _filled(columns, spec, count, load)
    columns["source_id"] = pa.repeat(load.recipe.name, count)
    columns["load_id"] = pa.repeat(pa.scalar(load.load_id, pa.int64()), count)
    columns["origin"] = _origins(given, chunk, rows)
    columns["origin_line"] = chunk.lines.take(pa.array(rows))
    return in_order(columns, spec, count)


def in_order(
    columns: dict[str, pa.Array | pa.ChunkedArray], spec: TableSpec, count: int
) -> pa.Table:
    """Return the columns in the spec's order and types; those not given are null."""
    schema = spec.schema().to_pyarrow()
    arrays = [
        _cast(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(count, field.type)
        for field in schema
    ]
    return pa.table(arrays, names=schema.names)


def _cast(column: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    is_narrower = pa.types.is_decimal(kind) and pa.types.is_decimal(column.type)
    if is_narrower and column.type.scale > kind.scale:
        column = pc.round(column, kind.scale, round_mode="half_towards_infinity")
    return column.cast(kind)


def _filled(
    columns: dict[str, pa.Array | pa.ChunkedArray], spec: TableSpec, count: int, load: Load
) -> dict[str, pa.Array | pa.ChunkedArray]:
    """Return what the import itself knows: currency, time of arrival, milliseconds."""
    filled: dict[str, pa.Array | pa.ChunkedArray] = {}
    if "currency" in spec.columns and "currency" not in columns:
        filled["currency"] = _currency(columns, spec, count, load.recipe.currency)
    if "received_at" in spec.columns and "received_at" not in columns:
        filled["received_at"] = pa.repeat(pa.scalar(load.at, pa.timestamp("us")), count)
    if "ts_ms" in spec.columns:
        filled["ts_ms"] = milliseconds(columns["event_time"])
    return filled


def milliseconds(times: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return times as whole milliseconds since 1970, rounded down."""
    micros = times.cast(pa.timestamp("us")).cast(pa.int64())
    return pc.floor(pc.divide(micros.cast(pa.float64()), 1000)).cast(pa.int64())


def _currency(
    columns: dict[str, pa.Array | pa.ChunkedArray], spec: TableSpec, count: int, currency: str
) -> pa.Array | pa.ChunkedArray:
    """Return the recipe's currency; where the table allows it, only beside an amount."""
    everywhere = pa.repeat(currency, count)
    if spec.columns["currency"].is_required:
        return everywhere
    amount = columns.get("amount", columns.get("revenue"))
    if amount is None:
        return pa.nulls(count, pa.string())
    return pc.if_else(pc.is_valid(amount), everywhere, pa.scalar(None, pa.string()))


def _utc(kept: pa.Table, name: str, zone: ZoneInfo) -> pa.Array:
    times = kept[name].cast(pa.timestamp("us")).combine_chunks()
    is_set = pc.is_valid(times).to_numpy(zero_copy_only=False)
    told = kept[IS_UTC + name].to_numpy(zero_copy_only=False).astype(bool)
    micros = times.cast(pa.int64()).fill_null(0).to_numpy().copy()
    wall = is_set & ~told
    micros[wall] = to_utc(micros[wall], zone)
    return pa.array(micros, mask=~is_set).cast(pa.timestamp("us"))


def _origins(given: Sequence[GivenFile], chunk: Chunk, rows: np.ndarray) -> pa.Array:
    """Return the records' files, with `#<part>` behind for records that were made of one."""
    names = pa.array([file.name for file in given], pa.string())
    places = pa.array(chunk.files[rows])
    files = pa.DictionaryArray.from_arrays(places, names).cast(pa.string())
    if chunk.parts is None:
        return files
    return pc.binary_join_element_wise(files, chunk.parts.take(pa.array(rows)), "#")


def quarantined_rows(
    judged: pa.Table, chunk: Chunk, source: Source, given: Sequence[GivenFile], load: Load
) -> pa.Table:
    """Return the records with a reason as rows of the quarantine, each with its raw record."""
    aside = judged.filter(pc.is_valid(judged[REASON]))
    aside = aside.select([ROW, REASON, CULPRIT, CONTROL])
    rows = aside[ROW].to_numpy()
    records = chunk.texts.take(pa.array(rows))
    columns = {
        "origin": _origins(given, chunk, rows),
        "origin_line": chunk.lines.take(pa.array(rows)),
        "reason": aside[REASON],
        "detail": _details(source, aside, records),
        "record": json_records(records),
        "control_amount": aside[CONTROL],
    }
    return _quarantine(columns, source, aside.num_rows, load)


def bad_line_rows(
    bad_lines: Sequence[tuple[int, BadLine]],
    source: Source,
    given: Sequence[GivenFile],
    load: Load,
) -> pa.Table:
    """Return lines that could not be split as rows of the quarantine, each with its text."""
    columns = {
        "origin": pa.array([given[place].name for place, _ in bad_lines], pa.string()),
        "origin_line": pa.array([bad.line for _, bad in bad_lines], pa.int64()),
        "reason": pa.array([bad.reason for _, bad in bad_lines], pa.string()),
        "record": pa.array([json_text({"_raw": bad.text}) for _, bad in bad_lines], pa.string()),
    }
    return _quarantine(columns, source, len(bad_lines), load)


def _quarantine(columns: dict, source: Source, count: int, load: Load) -> pa.Table:
    columns["load_id"] = pa.repeat(pa.scalar(load.load_id, pa.int64()), count)
    columns["recipe"] = pa.repeat(load.recipe.name, count)
    columns["target"] = pa.repeat(source.target or "lookup", count)
    columns["quarantined_at"] = pa.repeat(pa.scalar(load.at, pa.timestamp("us")), count)
    return in_order(columns, QUARANTINE, count)


def _details(source: Source, aside: pa.Table, records: pa.Table) -> pa.Array:
    """Return the file's columns behind what is to blame, with their values; null where nothing is.

    A record is blamed on the column that could not be read, or on those that a rule tested.
    """
    tested = {rule.code: tuple(columns_tested(rule.when)) for rule in source.rules}
    details = pa.nulls(aside.num_rows, pa.string())
    blames = aside.select([REASON, CULPRIT]).group_by([REASON, CULPRIT]).aggregate([])
    for blame in blames.to_pylist():
        culprit, reason = blame[CULPRIT], blame[REASON]
        detail = _detail(source, (culprit,) if culprit else tested.get(reason, ()), records)
        if detail is None:
            continue
        is_so = pc.equal(aside[REASON], reason)
        same = pc.equal(aside[CULPRIT], culprit) if culprit else pc.is_null(aside[CULPRIT])
        details = pc.if_else(pc.and_(is_so, same), detail, details)
    return details


def _detail(
    source: Source, targets: Sequence[str], records: pa.Table
) -> pa.Array | pa.ChunkedArray | None:
    made = {column.name: column for column in source.columns}
    names = dict.fromkeys(name for target in targets for name in made[target].file_columns)
    empty = pa.repeat("", records.num_rows)
    parts = [
        pc.binary_join_element_wise(
            f"{name}=",
            pc.fill_null(records[name], "") if name in records.column_names else empty,
            "",
        )
        for name in names
    ]
    return pc.binary_join_element_wise(*parts, "; ") if parts else None
