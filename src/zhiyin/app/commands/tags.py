"""Tags: listed, shown, checked, held against a truth, set by hand, edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import yaml

from zhiyin.app.commands.plain_values import plain, plain_rows
from zhiyin.app.commands.plan import LOCAL
from zhiyin.app.looking import run_as_of
from zhiyin.app.tag_files import read_marks, read_truth
from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import InvalidInput, NotFound, unknown
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.tagging import api as tagging
from zhiyin.profiles.tagging import tables as tg
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace

RUNS_SHOWN = 60
IDS_TOLD = 20
CORE_SHARE = 0.9


def list_tags(workspace: Workspace, *, family: str | None = None) -> dict[str, Any]:
    """Return every tag with how it stood at the last run, and the share of people with any."""
    definitions = tagging.load_tags(workspace.root)
    standing = {row["tag"]: row for row in _standing(workspace)}
    lines = [
        _line(one, standing.get(name))
        for name, one in sorted(definitions.items(), key=lambda pair: _order(pair[1]))
        if family in (None, one.family)
    ]
    return {**coverage(workspace), "tags": lines}


def coverage(workspace: Workspace) -> dict[str, Any]:
    """Return how many people there are, and how many have at least one tag."""
    warehouse = workspace.warehouse
    people = warehouse.read(dm.CUSTOMERS)
    held = warehouse.read(dm.TAGS)
    asked = people.agg(people=people.count()).cross_join(
        held.agg(tagged=held.person_id.nunique(), held=held.count())
    )
    row = warehouse.to_arrow(asked).to_pylist()[0]
    share = row["tagged"] / row["people"] if row["people"] else 0.0
    mean = row["held"] / row["people"] if row["people"] else 0.0
    return {"people": row["people"], "covered": share, "tags_per_person": round(mean, 2)}


def show(workspace: Workspace, *, name: str) -> dict[str, Any]:
    """Return one tag: definition, values, how it stood run by run, what it reads, who uses it."""
    definition = _defined(workspace, name)
    warehouse = workspace.warehouse
    shelf = tagging.TagShelf(workspace.root)
    history = _history(workspace, name)
    newest = history[-1] if history else None
    values = warehouse.read(tg.TAG_VALUES)
    mine = values.filter(values.tag == name, values.run_id == (newest or {}).get("run_id", ""))
    return {
        **_line(definition, newest),
        "version": shelf.number(name),
        "body": _words(shelf.body(name)),
        "text": text_of(shelf.body(name)),
        "statistics": newest,
        "history": history,
        "values": plain_rows(
            warehouse.to_arrow(mine.select("value", "place", "low", "holders").order_by("place"))
        ),
        "reads": [f"{table}.{column}" for table, column in sorted(_reads(definition))],
        "used_by": shelf.used_by(name),
        "warnings": [_warned(one) for one in _warnings(workspace, {name: definition})],
        "weight": _weights_in_force(workspace).get(name, 1.0),
    }


def check(workspace: Workspace, *, name: str | None = None, body: Any = None) -> dict[str, Any]:
    """Check one definition, a draft of one, or all: whatever is wrong or doubtful."""
    if body is not None:
        drafted = tagging.TagShelf(workspace.root).checked(name or "draft", mapping_of(body))
        definitions = {drafted.name: drafted}
    else:
        definitions = tagging.load_tags(workspace.root)
        if name is not None:
            definitions = {name: _defined(workspace, name)}
        profiles.load_audiences(workspace.root, set(tagging.load_tags(workspace.root)))
    found = _warnings(workspace, definitions)
    return {"tags": len(definitions), "warnings": [_warned(one) for one in found]}


def preview(workspace: Workspace, *, name: str, body: Any) -> dict[str, Any]:
    """Count who would have a tag by a draft, with its commonest values; nothing is saved."""
    written = mapping_of(body)
    drafted = tagging.TagShelf(workspace.root).checked(name, written)
    warehouse = workspace.warehouse
    sources = profiles.Sources.read(warehouse, run_as_of(workspace))
    beside = tagging.FactTables(
        {spec.name: warehouse.read(spec) for spec in tagging.BESIDE},
        entries=warehouse.read(tg.TAG_ENTRIES),
        timezone=workspace.settings.timezone,
    )
    held = tagging.tags({name: drafted}, sources, beside)
    counted = held.group_by("value").agg(holders=held.count())
    rows = plain_rows(warehouse.to_arrow(counted.order_by(counted.holders.desc(), "value")))
    holders = sum(row["holders"] for row in rows)
    people = coverage(workspace)["people"]
    found = _warnings(workspace, {name: drafted})
    return {
        "body": _words(written),
        "text": text_of(written),
        "holders": holders,
        "people": people,
        "coverage": holders / people if people else 0.0,
        "distinct_values": sum(1 for row in rows if row["value"] is not None),
        "values": [row for row in rows if row["value"] is not None][:IDS_TOLD],
        "warnings": [_warned(one) for one in found],
    }


def validate(
    workspace: Workspace, *, truth: str | None = None, tags: Sequence[str] = ()
) -> dict[str, Any]:
    """Hold tags against a truth that nobody computed them from."""
    warehouse = workspace.warehouse
    told = ibis.memtable(read_truth(workspace.root, truth))
    if tags:
        told = told.filter(told.tag.isin(list(tags)))
    found = tagging.validated(told, warehouse.read(dm.TAGS), warehouse.read(PERSON_OF))
    rows = plain_rows(warehouse.to_arrow(found.order_by("tag")))
    if not rows:
        raise InvalidInput("The truth judges none of these tags; look at its column `tag`.")
    return {
        **coverage(workspace),
        "tags": rows,
        "at_least_90_percent": sum(row["accuracy"] >= CORE_SHARE for row in rows),
    }


def mark(
    workspace: Workspace,
    *,
    tag: str,
    ids: Sequence[str],
    value: str | None = None,
    why: str | None = None,
    actor: str = LOCAL,
) -> dict[str, Any]:
    """Give people a tag by hand; it shows after the next run."""
    return _marked(workspace, [tagging.Mark(one, tag, value) for one in ids], actor, why)


def unmark(
    workspace: Workspace,
    *,
    tag: str,
    ids: Sequence[str],
    why: str | None = None,
    actor: str = LOCAL,
) -> dict[str, Any]:
    """Take a tag given by hand away; it goes with the next run."""
    marks = [tagging.Mark(one, tag, None, "unset") for one in ids]
    return _marked(workspace, marks, actor, why)


def import_(
    workspace: Workspace, *, path: str, tag: str | None = None, actor: str = LOCAL
) -> dict[str, Any]:
    """Give tags to the people named in a CSV file of typed ids."""
    marks = [tagging.Mark(*row) for row in read_marks(Path(path), tag)]
    return _marked(workspace, marks, actor, Path(path).name)


def undo(workspace: Workspace, *, batch: str, actor: str = LOCAL) -> dict[str, Any]:
    """Take back what was set, unset or imported at once."""
    at = naive_utc(workspace.clock.now())
    return {"undone": tagging.undo(workspace.warehouse, batch, actor=actor, at=at)}


def entries(
    workspace: Workspace, *, tag: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Return what was set, unset and imported, newest first."""
    found = tagging.batches(workspace.warehouse.read(tg.TAG_ENTRIES), tag)
    newest = found.order_by(found["at"].desc(), "batch_id").limit(limit)
    return plain_rows(workspace.warehouse.to_arrow(newest))


def save(
    workspace: Workspace,
    *,
    name: str,
    body: Any,
    expects: int | None = None,
    why: str = "",
    actor: str = LOCAL,
) -> dict[str, Any]:
    """Make a draft the next version of a tag; `Conflict` if somebody changed it meanwhile."""
    at = naive_utc(workspace.clock.now())
    shelf = tagging.TagShelf(workspace.root)
    shelf.save(name, mapping_of(body), expects=expects, actor=actor, why=why, at=at)
    return show(workspace, name=name)


def versions(workspace: Workspace, *, name: str) -> list[dict[str, Any]]:
    """Return the versions of a tag, newest first."""
    _defined(workspace, name)
    found = tagging.TagShelf(workspace.root).versions(name)
    return [{**asdict(one), "at": plain(one.at), "body": _words(dict(one.body))} for one in found]


def restore(
    workspace: Workspace,
    *,
    name: str,
    version: int,
    expects: int | None = None,
    actor: str = LOCAL,
) -> dict[str, Any]:
    """Make an old version of a tag the newest one."""
    shelf = tagging.TagShelf(workspace.root)
    at = naive_utc(workspace.clock.now())
    present = shelf.number(name) if expects is None else expects
    shelf.restore(name, version, expects=present, actor=actor, at=at)
    return show(workspace, name=name)


def facts(workspace: Workspace) -> dict[str, Any]:
    """Return what statistics and preferences may count: kinds of facts, columns, figures."""
    return {
        "facts": [
            {
                "name": of,
                "columns": [{"name": n, "kind": k} for n, k in tagging.columns_of(of).items()],
            }
            for of in tagging.FACTS
        ],
        "takes": list(tagging.TAKES),
        "families": list(tagging.FAMILIES),
        "events": _event_names(workspace),
    }


def mapping_of(body: Any) -> dict[str, Any]:
    """Return a definition given as a mapping or as YAML."""
    if isinstance(body, str):
        try:
            body = yaml.safe_load(body)
        except yaml.YAMLError as error:
            first = str(error).splitlines()[0]
            raise InvalidInput(f"The definition is no YAML ({first}); correct it.") from error
    if not isinstance(body, Mapping):
        raise InvalidInput("A definition is a mapping with title, family and what decides.")
    return dict(body)


def text_of(body: Mapping[str, Any]) -> str:
    """Return a definition as YAML, without its name and number."""
    kept = {key: value for key, value in _words(dict(body)).items() if key not in NUMBERED}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=100)


NUMBERED = ("name", "version")


def _marked(
    workspace: Workspace, marks: Sequence[tagging.Mark], actor: str, why: str | None
) -> dict[str, Any]:
    definitions = tagging.load_tags(workspace.root)
    at = naive_utc(workspace.clock.now())
    done = tagging.mark(workspace.warehouse, marks, definitions, actor=actor, at=at, why=why)
    if not done.written:
        raise NotFound(
            f"Nobody has the id {', '.join(done.unknown[:IDS_TOLD])}; write typed ids such as "
            "user:17850 or email:a@b.c."
        )
    return {
        "batch": done.batch_id,
        "written": done.written,
        "unknown": len(done.unknown),
        "unknown_ids": list(done.unknown[:IDS_TOLD]),
    }


def _defined(workspace: Workspace, name: str) -> tagging.TagDefinition:
    definitions = tagging.load_tags(workspace.root)
    if name not in definitions:
        raise unknown("tag", name, sorted(definitions), then="Define it in tags/NAME.yaml.")
    return definitions[name]


def _order(definition: tagging.TagDefinition) -> tuple[int, str]:
    return tagging.FAMILIES.index(definition.family), definition.name


def _line(definition: tagging.TagDefinition, row: Mapping[str, Any] | None) -> dict[str, Any]:
    told = row or {}
    return {
        "tag": definition.name,
        "title": dict(definition.title),
        "description": dict(definition.description),
        "family": definition.family,
        "kind": definition.kind,
        "owner": definition.owner,
        "unit": definition.unit,
        "valid_days": definition.valid_days,
        "version": definition.version,
        "digest": definition.digest,
        "holders": told.get("holders"),
        "coverage": told.get("coverage"),
        "distinct_values": told.get("distinct_values"),
        "drift": told.get("drift"),
        "newest_fact_at": told.get("newest_fact_at"),
        "as_of": told.get("as_of"),
    }


def _standing(workspace: Workspace) -> list[dict[str, Any]]:
    """Return each tag's row of the newest run that counted it."""
    table = workspace.warehouse.read(tg.TAG_STATISTICS)
    newest = table.group_by("tag").agg(built_at=table.built_at.max())
    return plain_rows(workspace.warehouse.to_arrow(table.inner_join(newest, ["tag", "built_at"])))


def _history(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    table = workspace.warehouse.read(tg.TAG_STATISTICS)
    mine = table.filter(table.tag == name)
    newest = mine.order_by(mine.built_at.desc()).limit(RUNS_SHOWN)
    return list(reversed(plain_rows(workspace.warehouse.to_arrow(newest))))


def _reads(definition: tagging.TagDefinition) -> set[tuple[str, str]]:
    from zhiyin.app.tracing.definitions import asked

    found = set(tagging.columns_read(definition))
    for leaf in profiles.leaves(definition.where):
        for name in asked(leaf):
            kind, _, rest = name.partition(":")
            table, _, column = rest.rpartition(".")
            if kind == "column":
                found.add((table, column))
            elif kind == "score":
                found.add((dm.SCORES.name, "score"))
    return found


def _warnings(
    workspace: Workspace, definitions: Mapping[str, tagging.TagDefinition]
) -> list[tagging.Doubt]:
    return tagging.warnings(
        definitions,
        events=_event_names(workspace),
        oldest=_oldest(workspace),
        as_of=run_as_of(workspace),
    )


def _warned(one: tagging.Doubt) -> dict[str, Any]:
    return {**asdict(one), "detail": dict(one.detail), "sentence": one.sentence()}


def _event_names(workspace: Workspace) -> list[str]:
    events = workspace.warehouse.read(dw.EVENTS)
    names = workspace.warehouse.to_arrow(events.select("event").distinct())
    return sorted(names["event"].to_pylist())


def _oldest(workspace: Workspace) -> dict[str, datetime | None]:
    """Return the oldest instant of each kind of facts."""
    pieces: list[ir.Table] = []
    for of, kind in tagging.FACTS.items():
        table = workspace.warehouse.read(kind.spec)
        pieces.append(table.agg(oldest=table[kind.instant].min()).mutate(of=ibis.literal(of)))
    rows = workspace.warehouse.to_arrow(ibis.union(*pieces)).to_pylist()
    return {row["of"]: row["oldest"] for row in rows}


def _words(body: dict[str, Any]) -> dict[str, Any]:
    """Return a definition as JSON has it."""
    import json

    return json.loads(json.dumps(body, default=str, ensure_ascii=False))


def _weights_in_force(workspace: Workspace) -> dict[str, float]:
    table = workspace.warehouse.read(tg.TAG_WEIGHTS)
    rows = workspace.warehouse.to_arrow(table.filter(table.state == "approved")).to_pylist()
    return {row["tag"]: row["weight"] for row in rows}
