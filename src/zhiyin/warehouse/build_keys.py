"""What decides whether a table has to be computed again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhiyin.core.ids import joined_digest

if TYPE_CHECKING:
    from zhiyin.warehouse.builds import BuildContext, TableBuild


# Leads the inputs of a key that only some days of a table are of.
DAYS = "days-"


@dataclass(frozen=True)
class BuildKey:
    """Two digests: of how a table is computed, and of what it is computed from."""

    code: str
    inputs: str

    def __str__(self) -> str:
        return f"{self.code}.{self.inputs}"

    @property
    def is_of_days(self) -> bool:
        """Whether only some days of the table are of this key."""
        return self.inputs.startswith(DAYS)

    def of_days(self) -> BuildKey:
        """Return the key of a table of which only some days were computed."""
        return BuildKey(self.code, f"{DAYS}{self.inputs}"[:16])

    @classmethod
    def parse(cls, text: str) -> BuildKey:
        """Return the key that `str` spelled."""
        code, _, inputs = text.partition(".")
        return cls(code, inputs)


def build_key(build: TableBuild, versions: Sequence[str | None], context: BuildContext) -> BuildKey:
    """Return the key of a table computed now.

    The code's digest covers every module of the package that the functions live in, for a build
    calls its neighbours; the promise; the definitions; and the context. `as_of` is part of it
    only if the build depends on time.
    """
    functions = [build.build] + ([build.additions] if build.additions else [])
    columns = [f"{name} {column.type}" for name, column in build.spec.columns.items()]
    layout = [build.spec.name, str(build.spec.partition_by), *build.spec.order_by, *columns]
    settings = [build.definition, context.timezone, context.currency]
    if build.depends_on_time:
        settings.append(context.as_of.isoformat())
    code = joined_digest([*map(code_digest, functions), *layout, *settings])
    names = [spec.name for spec in build.inputs]
    pairs = [f"{name}={version}" for name, version in zip(names, versions, strict=True)]
    return BuildKey(code, joined_digest(pairs))


def code_digest(function: Callable[..., Any]) -> str:
    """Return a digest of a function and of the package it lives in."""
    bound: list[str] = []
    while isinstance(function, partial):
        # Definitions given this way may not print the same twice; `definition` speaks for them.
        bound += sorted(function.keywords)
        function = function.func
    return joined_digest([*source_digests(function), *bound])


@cache
def source_digests(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the name of a function and what it is made of, as first read by this process."""
    name = f"{function.__module__}.{function.__qualname__}"
    try:
        source = inspect.getsource(function)
        folder = str(Path(inspect.getsourcefile(function) or "").parent)
    except (OSError, TypeError):
        return (name,)
    return (name, source, package_digest(folder))


@cache
def package_digest(folder: str) -> str:
    """Return a digest of every module in a folder."""
    return joined_digest(path.read_text("utf-8") for path in sorted(Path(folder).glob("*.py")))
