"""Databases that tables are pulled from, and the pulls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from zhiyin.app.connections import chosen, open_connection
from zhiyin.app.jobs import recorded
from zhiyin.collect import api as collect
from zhiyin.core.errors import InvalidInput, ZhiyinError
from zhiyin.ports.databases import Database, Relation, suggested_cursor

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def connection_list(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the connections of the settings."""
    return [
        {
            "name": name,
            "kind": one.kind,
            "host": one.host,
            "port": one.port or None,
            "database": one.database,
            "user": one.user,
            "password_env": one.password_env or None,
            "tls": one.tls,
        }
        for name, one in workspace.settings.connections.items()
    ]


def connection_test(workspace: Workspace, *, name: str | None = None) -> dict[str, Any]:
    """Connect, and return how many tables the user may read."""
    started = workspace.clock.now()
    with _opened(workspace, name) as (known, database):
        tables = database.tables()
    seconds = (workspace.clock.now() - started).total_seconds()
    return {"connection": known, "answer": "ok", "tables": len(tables), "seconds": seconds}


def connection_tables(
    workspace: Workspace, *, name: str | None = None, table: str | None = None
) -> list[dict[str, Any]]:
    """Return the tables with their columns, keys and likely cursors; or one table's columns."""
    with _opened(workspace, name) as (_, database):
        if table is not None:
            columns = database.columns(Relation(table))
            cursor = suggested_cursor(columns)
            return [
                {
                    "column": column.name,
                    "type": column.type,
                    "kind": str(column.kind),
                    "is_key": column.is_key,
                    "is_suggested_cursor": column.name == cursor,
                }
                for column in columns
            ]
        return [_described(database, table) for table in database.tables()]


def _described(database: Database, table: str) -> dict[str, Any]:
    columns = database.columns(Relation(table))
    return {
        "table": table,
        "key": [column.name for column in columns if column.is_key],
        "suggested_cursor": suggested_cursor(columns),
        "columns": [f"{column.name} {column.type}" for column in columns],
    }


def pull(
    workspace: Workspace,
    *,
    recipe: str,
    connection: str | None = None,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Read the new and changed rows of a recipe's tables."""
    found = collect.find_recipe(recipe, workspace.root)
    if connection is not None:
        chosen(workspace.settings.connections, connection)
    report = collect.pull_tables(
        found,
        connect=partial(open_connection, workspace.settings.connections),
        warehouse=workspace.warehouse,
        clock=workspace.clock,
        connection=connection,
        on_progress=on_progress,
    )
    return report.to_dict()


def pull_all(
    workspace: Workspace, *, job: str = "pull", on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Pull through every recipe of the workspace that names a table.

    A recipe that fails does not keep the others from their turn; its error is raised at the end.
    """
    return dict(recorded(workspace, job, lambda _: _every(workspace, on_progress)))


def _every(workspace: Workspace, on_progress: Callable[[str], None]) -> dict[str, Any]:
    recipes = _pulled_recipes(workspace)
    if not recipes:
        raise InvalidInput(
            f"No recipe in {workspace.root / 'recipes'} names a table; give a source the keys "
            "'table' and 'cursor'."
        )
    reports: list[dict[str, Any]] = []
    failed: dict[str, ZhiyinError] = {}
    for name in recipes:
        try:
            reports.append(pull(workspace, recipe=name, on_progress=on_progress))
        except ZhiyinError as error:
            failed[name] = error
    if failed:
        told = "; ".join(f"{name}: {error}" for name, error in failed.items())
        first = next(iter(failed.values()))
        raise type(first)(f"{len(reports)} of {len(recipes)} recipes were pulled. {told}")
    return {
        "rows_read": sum(report["rows_read"] for report in reports),
        "rows_kept": sum(report["rows_kept"] for report in reports),
        "rows_repeated": sum(report["rows_repeated"] for report in reports),
        "recipes": [{k: v for k, v in r.items() if k != "tables"} for r in reports],
    }


def _pulled_recipes(workspace: Workspace) -> list[str]:
    found = []
    for path in sorted((workspace.root / "recipes").glob("*.yaml")):
        recipe = collect.load_recipe(path)
        if any(source.pull and source.target for source in recipe.sources):
            found.append(str(path))
    return found


def pulls_list(workspace: Workspace) -> list[dict[str, Any]]:
    """Return where every pull stands."""
    return collect.pull_status(workspace.warehouse)


def pulls_reset(workspace: Workspace, *, recipe: str, source: str | None = None) -> dict[str, Any]:
    """Let the next pull of a recipe begin at the first row."""
    done = collect.reset_pull(workspace.warehouse, workspace.clock, recipe=recipe, source=source)
    return {"recipe": recipe, "reset": done}


@contextmanager
def _opened(workspace: Workspace, name: str | None) -> Iterator[tuple[str, Database]]:
    known, database = open_connection(workspace.settings.connections, name)
    try:
        yield known, database
    finally:
        database.close()
