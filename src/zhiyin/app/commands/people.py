"""Audiences and single customers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from zhiyin.app.looking import run_as_of
from zhiyin.core.errors import InvalidInput, not_allowed, unknown
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

FORMATS = (".csv", ".parquet")


def audience_list(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every defined audience with its size at the last run; null before the first."""
    warehouse = workspace.warehouse
    counted = {
        row["audience"]: row for row in warehouse.to_arrow(warehouse.read(dm.AUDIENCES)).to_pylist()
    }
    language = workspace.settings.language
    return [
        {
            "audience": name,
            "title": audience.title.get(language, name),
            "members": counted[name]["members"] if name in counted else None,
            "as_of": counted[name]["as_of"].isoformat() if name in counted else None,
        }
        for name, audience in sorted(profiles.load_audiences(workspace.root).items())
    ]


def audience_count(
    workspace: Workspace, *, name: str | None = None, where: Any = None
) -> dict[str, Any]:
    """Count the people in an audience, or those for whom a condition holds."""
    if (name is None) == (where is None):
        raise InvalidInput("Give either an audience's name or a condition with --where.")
    tree = _tree(workspace, name) if name is not None else _parsed(where)
    warehouse = workspace.warehouse
    sources = sources_of(workspace)
    count = _number(workspace, profiles.count_audience(tree, sources))
    people = _number(workspace, warehouse.read(dm.CUSTOMERS).count().as_table())
    return {
        "audience": name,
        "count": count,
        "people": people,
        "share": count / people if people else 0.0,
        "as_of": sources.as_of.isoformat(),
    }


def audience_export(workspace: Workspace, *, name: str, output: str) -> dict[str, Any]:
    """Write an audience's people to a file that appears whole or not at all."""
    target = Path(output)
    if target.suffix not in FORMATS:
        raise not_allowed(f"The ending of {target.name}", target.suffix, FORMATS)
    if not target.parent.is_dir():
        raise InvalidInput(f"The directory {target.parent} does not exist; make it first.")
    members = profiles.audience_members(_tree(workspace, name), sources_of(workspace))
    rows = workspace.warehouse.to_arrow(members.order_by("person_id"))
    draft = target.with_name(f".{target.name}.draft")
    if target.suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(rows, draft, compression="zstd")
    else:
        from pyarrow import csv

        csv.write_csv(rows, draft)
    draft.replace(target)
    return {"audience": name, "count": rows.num_rows, "file": str(target)}


def customer_show(workspace: Workspace, *, id: str) -> dict[str, Any]:
    """Return all that is known of one person, by any id, e-mail or phone."""
    name = id
    if "@" in id and not id.startswith("email:"):
        name = f"email:{id.strip().lower()}"
    return profiles.customer_profile(name, workspace.warehouse)


def sources_of(workspace: Workspace) -> profiles.Sources:
    """Return what conditions are read from, as of the newest run."""
    audiences = profiles.trees_of(profiles.load_audiences(workspace.root))
    return profiles.Sources.read(
        workspace.warehouse, as_of=run_as_of(workspace), audiences=audiences
    )


def _tree(workspace: Workspace, name: str) -> profiles.Condition:
    audiences = profiles.load_audiences(workspace.root)
    if name not in audiences:
        raise unknown("audience", name, sorted(audiences), then="Define it in audiences/NAME.yaml.")
    return audiences[name].where


def _parsed(where: Any) -> profiles.Condition:
    if isinstance(where, str):
        try:
            where = yaml.safe_load(where)
        except yaml.YAMLError as error:
            raise InvalidInput(f"The condition is not valid YAML: {error}.") from error
    return profiles.parse_condition(where, "where")


def _number(workspace: Workspace, table: Any) -> int:
    return int(workspace.warehouse.to_arrow(table)[0][0].as_py())
