"""Recipes: proposed for files, tried on them, listed and shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhiyin.app.commands.plain_values import plain
from zhiyin.collect import api as collect
from zhiyin.core.clock import Clock, SystemClock
from zhiyin.core.errors import Conflict, NotFound

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.sources import FileSource

AUTOMATIC = "auto"


@dataclass(frozen=True)
class Desk:
    """What recipes are made with: the files, and what holds in the workspace, if there is one."""

    files: FileSource
    clock: Clock
    root: Path | None = None
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    language: str = "en"


def desk_of(workspace: Workspace) -> Desk:
    """Return the desk of an open workspace."""
    told = workspace.settings
    return Desk(
        workspace.files,
        workspace.clock,
        workspace.root,
        timezone=told.timezone,
        currency=told.currency,
        language=told.language,
    )


def desk_at(root: Path) -> Desk:
    """Return the desk at a directory, which need not be a workspace and is not locked."""
    from zhiyin.app import wiring
    from zhiyin.app.settings import load_settings

    try:
        told = load_settings(root)
    except NotFound:
        return Desk(wiring.files(), SystemClock())
    return Desk(
        wiring.files(told),
        SystemClock(),
        root.resolve(),
        timezone=told.timezone,
        currency=told.currency,
        language=told.language,
    )


def suggest_recipe(
    desk: Desk,
    *,
    paths: Sequence[str],
    name: str | None = None,
    target: str | None = None,
    language: str | None = None,
    output: str | None = None,
    force: bool = False,
    on_progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Propose a recipe for files; written to `output` if given, never over a file unless forced."""
    path = Path(output) if output else None
    if path is not None and path.exists() and not force:
        raise Conflict(f"{path} is there already; name another file, or add --force.")
    made = collect.suggest(
        [Path(one) for one in paths],
        files=desk.files,
        name=name,
        target=target,
        language=_language(language or desk.language),
        timezone=desk.timezone,
        currency=desk.currency,
        on_progress=on_progress,
    )
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made.text, encoding="utf-8")
    return {**made.to_dict(), "file": str(path) if path else None}


def _language(told: str) -> str:
    return "zh-CN" if told.startswith("zh") else "en"


def check_recipe(
    desk: Desk, *, recipe: str, paths: Sequence[str], records: int | None = None
) -> dict[str, Any]:
    """Say what would become of the first records of files, without writing anything."""
    from zhiyin.app import wiring

    chosen = collect.find_recipe(recipe, desk.root)
    scratch = wiring.scratch_warehouse()
    try:
        trials = collect.try_recipe(
            chosen,
            [Path(path) for path in paths],
            scratch=scratch,
            files=desk.files,
            clock=desk.clock,
            records=records or collect.FIRST_RECORDS,
        )
    finally:
        scratch.close()
    return {"recipe": chosen.name, "sources": [_plain(asdict(trial)) for trial in trials]}


def _plain(value: Any) -> Any:
    """Return times and decimals as texts and numbers, however deep they stand."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return plain(value)


def list_recipes(desk: Desk) -> list[dict[str, Any]]:
    """Return the workspace's recipes and those that ship with the product."""
    found = [(path, "workspace") for path in _own(desk)]
    taken = {path.stem for path, _ in found}
    shipped = [(path, "built in") for path in collect.builtin_files() if path.stem not in taken]
    return [_told(path, origin, desk) for path, origin in [*found, *shipped]]


def _own(desk: Desk) -> list[Path]:
    return sorted((desk.root / "recipes").glob("*.yaml")) if desk.root else []


def _told(path: Path, origin: str, desk: Desk) -> dict[str, Any]:
    recipe = collect.load_recipe(path)
    targets = dict.fromkeys(source.target for source in recipe.sources if source.target)
    title = recipe.title["zh-CN" if desk.language.startswith("zh") else "en"]
    return {"name": path.stem, "title": title, "targets": list(targets), "origin": origin}


def show_recipe(desk: Desk, *, name: str) -> dict[str, Any]:
    """Return a recipe's text and where it stands."""
    path = collect.recipe_path(name, desk.root)
    return {"name": path.stem, "file": str(path), "recipe": path.read_text(encoding="utf-8")}


def automatic_recipe(
    workspace: Workspace, paths: Sequence[str], on_progress: Callable[[str], None] | None = None
) -> Path:
    """Return the recipe file for these files: the workspace's own if there is one, else a new one.

    It is written into the workspace's `recipes/`, so that it can be read, corrected and used again.
    """
    name = collect.name_of_recipe([Path(one) for one in paths])
    path = workspace.root / "recipes" / f"{name}.yaml"
    if not path.exists():
        desk = desk_of(workspace)
        suggest_recipe(desk, paths=paths, name=name, output=str(path), on_progress=on_progress)
    return path


def suggest(
    workspace: Workspace,
    *,
    paths: Sequence[str],
    name: str | None = None,
    target: str | None = None,
    language: str | None = None,
    output: str | None = None,
    force: bool = False,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Propose a recipe for files on this machine."""
    return suggest_recipe(
        desk_of(workspace),
        paths=paths,
        name=name,
        target=target,
        language=language,
        output=output,
        force=force,
        on_progress=on_progress,
    )


def check(
    workspace: Workspace, *, recipe: str, paths: Sequence[str], records: int | None = None
) -> dict[str, Any]:
    """Try a recipe on the first records of files on this machine."""
    return check_recipe(desk_of(workspace), recipe=recipe, paths=paths, records=records)


def list_all(workspace: Workspace) -> list[dict[str, Any]]:
    """Return all recipes that an import may name."""
    return list_recipes(desk_of(workspace))


def show(workspace: Workspace, *, name: str) -> dict[str, Any]:
    """Return a recipe's text."""
    return show_recipe(desk_of(workspace), name=name)
