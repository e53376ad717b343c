"""Audiences that are written down: uploads, snapshots, samples, look-alikes, and their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from zhiyin.api.audience_file import AudienceFile
from zhiyin.app.commands.audience_people import asked, warnings_of
from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import Conflict, InvalidInput
from zhiyin.core.ids import stable_digest
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.bitmaps.api import array_of
from zhiyin.profiles.membership import api as membership

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhiyin.app.workspace import Workspace

CURVE_SEED = 20260101


def audience_snapshot(
    workspace: Workspace,
    *,
    name: str,
    reason: str = "manual",
    save_as: str | None = None,
    actor: str | None = None,
) -> dict[str, Any]:
    """Write down who is in an audience now; `save_as` makes a list of them that stays as it is."""
    definition = workspace.counting.definitions().named(name)
    if save_as is not None:
        check_free(workspace, save_as)
    book = workspace.counting.current()
    ids = book.shelf.ids(book.people(definition.where))
    row = write_down(workspace, name, ids, reason, profiles.to_dict(definition.where), actor=actor)
    if save_as is not None:
        new_list(workspace, save_as, None, row, None)
    membership.let_go(workspace.warehouse, name)
    return {**row, "warnings": warnings_of(len(ids), len(book.everyone))}


def write_down(
    workspace: Workspace,
    name: str,
    ids: Sequence[str] | pa.Array,
    reason: str,
    definition: Mapping[str, Any],
    *,
    actor: str | None = None,
    scores: Sequence[float] | None = None,
) -> dict[str, Any]:
    """Write a snapshot and return its row as plain values."""
    book = workspace.counting.current()
    taken = membership.Taken(
        audience=name,
        taken_at=naive_utc(workspace.clock.now()),
        as_of=book.sources.as_of,
        reason=reason,
        people=len(book.everyone),
        definition=definition,
        actor=actor,
    )
    person_of = workspace.warehouse.read(PERSON_OF)
    row = membership.take(workspace.warehouse, taken, ids, person_of=person_of, scores=scores)
    return plain(row)


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a snapshot's row as JSON holds it."""
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in row.items()
    }


def audience_history(workspace: Workspace, *, name: str) -> list[dict[str, Any]]:
    """Return the snapshots of an audience, the newest first."""
    workspace.counting.definitions().named(name)
    return [plain(row) for row in membership.history(workspace.warehouse, name)]


def new_list(
    workspace: Workspace,
    name: str,
    title: str | Mapping[str, str] | None,
    row: Mapping[str, Any],
    version: str | None,
) -> None:
    """Write the file of an audience that is a list."""
    AudienceFile(workspace.root, name).write(
        {"title": title or name, "list": row["snapshot_id"]}, version=version
    )


def check_free(workspace: Workspace, name: str, *, replaces: bool = False) -> str | None:
    """Return the version of a list that may be replaced, None for a name that is free."""
    file = AudienceFile(workspace.root, name)
    file.check_name()
    known = workspace.counting.definitions().audiences.get(name)
    if known is None:
        return None
    if not replaces or known.snapshot is None:
        raise Conflict(f"An audience named {name!r} exists already; choose another name.")
    return file.version()


def audience_upload(
    workspace: Workspace,
    *,
    name: str,
    text: str,
    title: str | None = None,
    file: str | None = None,
    actor: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Make an audience of an uploaded list of ids, and tell which of them are known.

    An uploaded list of the same name is replaced; what it was stays in its history.
    """
    version = check_free(workspace, name, replaces=True)
    upload = membership.read_upload(text)
    warehouse = workspace.warehouse
    found = warehouse.to_arrow(membership.matches(upload, warehouse.read(PERSON_OF)))
    person_ids, report = membership.matched(upload, found)
    told = {"audience": name, **asdict(report)}
    if dry_run:
        return told
    if not person_ids:
        raise InvalidInput(
            f"None of the {report.rows:,} rows names somebody we know; nothing was saved. "
            "Give ids as they stand in the data, with a header such as email, phone or user_id."
        )
    origin = {"upload": file or "", "rows": report.rows, "matched": report.matched}
    row = write_down(workspace, name, person_ids, "upload", origin, actor=actor)
    known = workspace.counting.definitions().audiences.get(name)
    new_list(workspace, name, title or (known.title if known else None), row, version)
    return {**told, "snapshot_id": row["snapshot_id"]}


def audience_sample(
    workspace: Workspace,
    *,
    name: str | None = None,
    where: Any = None,
    share: float | None = None,
    size: int | None = None,
    seed: str = "",
    save_as: str | None = None,
    title: str | None = None,
    actor: str | None = None,
) -> dict[str, Any]:
    """Draw people of an audience at random, the same ones every time; keep them as a list."""
    tree = asked(workspace, name, where)
    if save_as is not None:
        check_free(workspace, save_as)
    book = workspace.counting.current()
    members = book.people(tree)
    count = membership.sample_size(len(members), share=share, size=size)
    salt = stable_digest("sample", seed, name or "")
    ids = membership.drawn(book.shelf.ids(members).to_pylist(), seed=salt, size=count)
    told: dict[str, Any] = {"members": len(members), "count": len(ids), "seed": seed}
    if save_as is None:
        return {**told, "person_ids": ids}
    origin = {"sample_of": profiles.to_dict(tree), "share": share, "size": size, "seed": seed}
    row = write_down(workspace, save_as, ids, "sample", origin, actor=actor)
    new_list(workspace, save_as, title, row, None)
    return {**told, "audience": save_as, "snapshot_id": row["snapshot_id"]}


def audience_lookalike(
    workspace: Workspace,
    *,
    name: str,
    size: int | None = None,
    save_as: str | None = None,
    title: str | None = None,
    actor: str | None = None,
) -> dict[str, Any]:
    """Find people like those of an audience, and tell how well that works on people unseen.

    `size` is how many are wanted; as many as the seed has if not given. The seed's own people are
    never among them. `curve` has, for each share of the best-scored people held out, how many are
    of the seed, beside a random choice.
    """
    from zhiyin.models.lookalike import api as lookalike

    if size is not None and size < 1:
        raise InvalidInput(f"A look-alike has at least one person, not {size}.")
    if save_as is not None:
        check_free(workspace, save_as)
    definition = workspace.counting.definitions().named(name)
    book = workspace.counting.current()
    seed = book.people(definition.where)
    named = names_in(definition.where, book.sources.audiences)
    columns = lookalike.usable_columns(named)
    customers = workspace.warehouse.read(dm.CUSTOMERS).select("person_id", *columns)
    rows = workspace.warehouse.to_arrow(customers)
    numbers = pa.compute.index_in(rows["person_id"].combine_chunks(), value_set=book.shelf.people)
    rows = rows.take(pa.compute.sort_indices(numbers)).drop_columns("person_id")
    tags = {
        tag: flags(index.present, len(book.everyone))
        for tag, index in sorted(book.shelf.tags.items())
        if tag not in named and len(index.present) > len(book.everyone) / 1000
    }
    matrix, names = lookalike.matrix(rows, tags)
    is_seed = flags(seed, len(book.everyone))
    rng = np.random.default_rng(CURVE_SEED)
    found = lookalike.look_alike(matrix, names, is_seed, rng)
    others = np.flatnonzero(~is_seed)
    wanted = min(size or len(seed), len(others))
    best = others[np.argsort(-found.scores[others], kind="stable")[:wanted]]
    told: dict[str, Any] = {
        "seed": name,
        "seed_members": len(seed),
        "count": wanted,
        "held_out": found.held_out,
        "held_out_seed": found.held_out_seed,
        "curve": [asdict(point) for point in found.curve],
        "importance": [
            {"feature": feature, "share": share} for feature, share in found.importance[:12]
        ],
        "left_out": sorted(named),
    }
    if save_as is None:
        return told
    ids = book.shelf.people.take(pa.array(best))
    origin = {"look_alike_of": name, "size": wanted}
    scores = [float(one) for one in found.scores[best]]
    row = write_down(workspace, save_as, ids, "look_alike", origin, actor=actor, scores=scores)
    new_list(workspace, save_as, title, row, None)
    return {**told, "audience": save_as, "snapshot_id": row["snapshot_id"]}


def names_in(
    tree: profiles.Condition, audiences: Mapping[str, profiles.Condition], depth: int = 20
) -> set[str]:
    """Return the attributes, tags and models that a condition names, through audiences too."""
    names: set[str] = set()
    for leaf in profiles.leaves(tree):
        for place in ("name", "model"):
            found = getattr(leaf, place, None)
            if isinstance(found, str):
                names.add(found)
                if found in audiences and depth:
                    names |= names_in(audiences[found], audiences, depth - 1)
    return names


def flags(people: Any, count: int) -> np.ndarray:
    """Return a bitmap as one truth value per person."""
    found = np.zeros(count, dtype=bool)
    found[array_of(people)] = True
    return found
