"""Counting audiences on behalf of a workspace: definitions and bitmaps, each read once."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from zhiyin.app.looking import run_as_of
from zhiyin.core.errors import InvalidInput, unknown
from zhiyin.core.ids import stable_digest
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.bitmaps.api import CountingBook, Shelf, clear_others
from zhiyin.profiles.membership import tables as membership
from zhiyin.profiles.membership.api import listed_people

if TYPE_CHECKING:
    from datetime import datetime

    from pyroaring import BitMap

    from zhiyin.app.workspace import Workspace

# Tables that decide what an index says, and those that decide what is asked beside it.
INDEXED = (dm.CUSTOMERS, dm.TAGS, dm.SCORES)
ASKED = (*profiles.SOURCE_SPECS, membership.AUDIENCE_MEMBERS)


@dataclass(frozen=True)
class Definitions:
    """The tags and audiences of a workspace as its files hold them."""

    stamp: str
    tags: Mapping[str, profiles.TagDefinition]
    audiences: Mapping[str, profiles.AudienceDefinition]

    def named(self, name: str) -> profiles.AudienceDefinition:
        """Return one audience; `NotFound` names those there are."""
        if name not in self.audiences:
            raise unknown(
                "audience", name, sorted(self.audiences), then="Define it in audiences/NAME.yaml."
            )
        return self.audiences[name]

    def parsed(self, where: Any, beside: Collection[str] = ()) -> profiles.Condition:
        """Return a condition that somebody wrote, its names checked.

        `beside` names audiences that are not defined yet.

        Raises `InvalidInput` for text that is no YAML, a wrong condition and an unknown name.
        """
        if isinstance(where, str):
            try:
                where = yaml.safe_load(where)
            except yaml.YAMLError as error:
                raise InvalidInput(f"The condition is not valid YAML: {error}.") from error
        tree = profiles.parse_condition(where, "where")
        profiles.check_names(
            tree, tags=set(self.tags), audiences={*self.audiences, *beside}, where="where"
        )
        return tree


class Counting:
    """One workspace's counts. Threads may share it: a state is read by one, others wait."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.lock = threading.RLock()
        self.kept: Definitions | None = None
        self.book_key = ""
        self.book: CountingBook | None = None

    @cached_property
    def folder(self) -> Path:
        """Where bitmaps are kept."""
        return self.workspace.data / "bitmaps"

    def definitions(self) -> Definitions:
        """Return the definitions; files are read again when one has changed."""
        root = self.workspace.root
        stamp = stamp_of(root)
        with self.lock:
            if self.kept is None or self.kept.stamp != stamp:
                tags = profiles.load_tags(root)
                self.kept = Definitions(stamp, tags, profiles.load_audiences(root, set(tags)))
            return self.kept

    def current(self) -> CountingBook:
        """Return the book of the tables and definitions as they are now."""
        definitions = self.definitions()
        with self.lock:
            warehouse = self.workspace.warehouse
            versions = [f"{spec.name}@{warehouse.version(spec)}" for spec in ASKED]
            key = stable_digest(definitions.stamp, *versions)
            if self.book is None or self.book_key != key:
                self.book = self.opened(definitions, self.book)
                self.book_key = key
            return self.book

    def opened(self, definitions: Definitions, before: CountingBook | None) -> CountingBook:
        """Return a book of the present state, on the former shelf where that still holds."""
        warehouse = self.workspace.warehouse
        as_of = run_as_of(self.workspace)
        versions = [f"{spec.name}@{warehouse.version(spec)}" for spec in INDEXED]
        # A warehouse that was made anew counts its versions from one again.
        name = stable_digest(str(as_of), *versions, str(people_count(self.workspace)))[:24]
        if before is not None and before.shelf.folder.name == name:
            shelf = before.shelf
        else:
            clear_others(self.folder, name)
            shelf = Shelf(self.folder / name, warehouse)
        return CountingBook(shelf, sources_of(self.workspace, definitions, as_of))

    def people(self, tree: profiles.Condition) -> BitMap:
        """Return the people for whom a tree holds; do not change the bitmap."""
        return self.current().people(tree)

    def warm(self) -> None:
        """Build every index of the present state that is not built yet."""
        self.current().shelf.build_all()


def stamp_of(root: Path) -> str:
    """Return what changes when a definition file does."""
    parts = []
    for folder in ("tags", "audiences"):
        for path in sorted((root / folder).glob("*.yaml")):
            seen = path.stat()
            parts.append(f"{folder}/{path.name}:{seen.st_mtime_ns}:{seen.st_size}:{seen.st_ino}")
    return stable_digest(*parts)


def people_count(workspace: Workspace) -> int:
    """Return how many people `dm.customers` has."""
    counted = workspace.warehouse.read(dm.CUSTOMERS).count().as_table()
    return int(workspace.warehouse.to_arrow(counted)[0][0].as_py())


def sources_of(workspace: Workspace, definitions: Definitions, as_of: datetime) -> profiles.Sources:
    """Return what conditions are read from, the lists' members among them."""
    warehouse = workspace.warehouse
    return profiles.Sources.read(
        warehouse,
        as_of,
        audiences=profiles.trees_of(definitions.audiences),
        listed=listed_people(
            profiles.lists_of(definitions.audiences),
            warehouse.read(membership.AUDIENCE_MEMBERS),
            warehouse.read(PERSON_OF),
        ),
    )
