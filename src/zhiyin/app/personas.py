"""The search for personas among a workspace's buyers, and telling everybody's persona."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.app.looking import run_as_of
from zhiyin.core.clock import naive_utc
from zhiyin.core.ids import new_id
from zhiyin.identity.tables import PERSON_OF
from zhiyin.ports.warehouse import How
from zhiyin.profiles import tables as dm
from zhiyin.profiles.personas import api as personas
from zhiyin.profiles.personas.tables import PERSONA_FITS, PERSONA_OF, PERSONAS
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    from datetime import datetime

    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.tables import TableSpec


def search(workspace: Workspace, *, on_progress: Callable[[str], None]) -> bool:
    """Search personas among all buyers and write them down; return whether there are any."""
    as_of = run_as_of(workspace)
    on_progress("personas: how each buyer buys")
    features = features_of(workspace, as_of)
    before, taken, count = _before(workspace, features)
    on_progress(f"personas: searching among {features.num_rows:,} buyers")
    found = personas.fit(features, before=before, taken=taken, count=count)
    if found is None:
        return False
    fit_id = new_id("personas")
    rows = [_persona_row(one, fit_id, len(found.numbers)) for one in found.personas]
    header = {
        "fit_id": fit_id,
        "as_of": as_of,
        "fitted_at": naive_utc(workspace.clock.now()),
        "people": len(found.numbers),
        "personas": len(rows),
        "stability": json.dumps(found.stable),
        "space": msgspec.json.encode(found.space).decode(),
    }
    warehouse = workspace.warehouse
    with warehouse.transaction():
        warehouse.write(PERSONAS, _table(PERSONAS, rows), How.MERGE)
        warehouse.write(PERSONA_FITS, _table(PERSONA_FITS, [header]), How.MERGE)
        _write_owners(workspace, features, found.numbers, found.distances, as_of)
    return True


def tell(workspace: Workspace, as_of: datetime) -> int:
    """Tell everybody's persona anew by the newest search; return how many people have one.

    Cheap: one pass over the features and one distance per buyer and persona. Without a search
    nothing is done, and where all is as before nothing is written, so that tables made from it
    stay as they are.
    """
    newest = newest_fit(workspace)
    if newest is None:
        return 0
    table = workspace.warehouse.read(PERSONAS)
    mine = table.filter(table.fit_id == newest["fit_id"]).select("persona_id", "center")
    rows = workspace.warehouse.to_arrow(mine).to_pylist()
    centers = {_number(row["persona_id"]): json.loads(row["center"]) for row in rows}
    space = msgspec.json.decode(newest["space"], type=personas.Space)
    features = features_of(workspace, as_of)
    numbers, distances = personas.told_again(features, space, centers)
    _write_owners(workspace, features, numbers, distances, as_of)
    return features.num_rows


def features_of(workspace: Workspace, as_of: datetime) -> pa.Table:
    """Return what personas are told by, ordered by person."""
    read = workspace.warehouse.read
    table = personas.persona_features(
        read(dm.PURCHASES),
        read(dw.ORDERS),
        read(dw.SESSIONS),
        read(PERSON_OF),
        as_of=as_of,
        timezone=workspace.settings.timezone,
    )
    return workspace.warehouse.to_arrow(table.order_by("person_id"))


def newest_fit(workspace: Workspace) -> dict[str, Any] | None:
    """Return the newest search; None before the first."""
    table = workspace.warehouse.read(PERSONA_FITS)
    newest = table.order_by(table.fitted_at.desc()).limit(1)
    return next(iter(workspace.warehouse.to_arrow(newest).to_pylist()), None)


def _before(workspace: Workspace, features: pa.Table) -> tuple[np.ndarray, int, int | None]:
    """Return the persona number of each row, the highest ever given, and how many there were."""
    warehouse = workspace.warehouse
    owners = warehouse.to_arrow(warehouse.read(PERSONA_OF).select("person_id", "persona_id"))
    given = warehouse.to_arrow(warehouse.read(PERSONAS).select("persona_id"))
    taken = max((_number(one) for one in given["persona_id"].to_pylist()), default=0)
    place = pc.index_in(features["person_id"], value_set=owners["person_id"].combine_chunks())
    found = owners["persona_id"].take(place).to_pylist()
    newest = newest_fit(workspace)
    numbers = np.array([_number(one) if one else 0 for one in found], dtype=np.int64)
    return numbers, taken, newest["personas"] if newest else None


def _persona_row(one: personas.Persona, fit_id: str, everyone: int) -> dict[str, Any]:
    return {
        "fit_id": fit_id,
        "persona_id": f"p{one.number}",
        "title_zh": one.title[0],
        "title_en": one.title[1],
        "people": one.people,
        "share": one.people / everyone,
        "kept": one.kept,
        "orders": one.means["orders"],
        "monetary": round(one.means["monetary"], 4),
        "recency_days": one.means["recency_days"],
        "traits": json.dumps([asdict(trait) for trait in one.traits], ensure_ascii=False),
        "center": json.dumps(one.center),
    }


def _write_owners(
    workspace: Workspace,
    features: pa.Table,
    numbers: np.ndarray,
    distances: np.ndarray,
    as_of: datetime,
) -> None:
    places = np.unique(numbers)
    ids = pa.array([f"p{number}" for number in places], "string")
    owners = pa.table(
        {
            "person_id": features["person_id"],
            "persona_id": ids.take(pa.array(np.searchsorted(places, numbers))),
            "distance": pa.array(distances),
            "as_of": pa.repeat(pa.scalar(as_of, pa.timestamp("us")), len(numbers)),
        }
    )
    table = workspace.warehouse.read(PERSONA_OF).order_by("person_id")
    stored = workspace.warehouse.to_arrow(table).select(owners.column_names)
    if not stored.cast(owners.schema).equals(owners):
        workspace.warehouse.write(PERSONA_OF, owners)


def _table(spec: TableSpec, rows: list[dict[str, Any]]) -> pa.Table:
    loose = pa.Table.from_pylist(rows)
    return loose.select(list(spec.columns))


def _number(persona: str) -> int:
    return int(persona.removeprefix("p"))
