"""A recipe in the making: what is proposed, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhiyin.collect.suggest.kinds import Seen
from zhiyin.collect.suggest.sampling import SampledFile

# Above this a proposal is made without a word.
SURE = 0.9


@dataclass(frozen=True)
class Remark:
    """A sentence to the reader: its key in the wording, and what it speaks of."""

    key: str
    told: Mapping[str, Any] = field(default_factory=dict)


def remark(key: str, /, **told: Any) -> Remark:
    """Return a sentence by its key."""
    return Remark(key, told)


@dataclass(frozen=True)
class ColumnDraft:
    """How a column of the target comes about, as the recipe will say it."""

    name: str
    form: str | Mapping[str, Any]
    sure: float = 1.0
    why: tuple[Remark, ...] = ()

    @property
    def is_calculated(self) -> bool:
        return isinstance(self.form, Mapping) and "calculate" in self.form


@dataclass(frozen=True)
class RuleDraft:
    """A rule of the recipe, as it will stand there, and why."""

    content: Mapping[str, Any]
    why: tuple[Remark, ...] = ()


@dataclass
class Group:
    """Files with the same columns: one source of the recipe. The first stands for all."""

    name: str
    patterns: list[str]
    files: list[SampledFile]
    seen: list[Seen]

    @property
    def first(self) -> SampledFile:
        """The largest file, which shows most."""
        return max(self.files, key=lambda file: file.rows)

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)


@dataclass
class SourceDraft:
    """One source in the making."""

    group: Group
    target: str | None
    sure: float
    columns: dict[str, ColumnDraft] = field(default_factory=dict)
    reshape: Mapping[str, Any] = field(default_factory=dict)
    joins: list[Mapping[str, Any]] = field(default_factory=list)
    joined: dict[str, Seen] = field(default_factory=dict)  # `name.Column` -> what is in it
    rules: list[RuleDraft] = field(default_factory=list)
    duplicates: Mapping[str, Any] | None = None
    control_total: str | None = None
    remarks: list[Remark] = field(default_factory=list)
    left_out: list[tuple[str, Remark]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.group.name

    def put(
        self, name: str, form: str | Mapping[str, Any], *why: Remark, sure: float = 1.0
    ) -> None:
        """Propose a column; a column of the same name is replaced."""
        self.columns[name] = ColumnDraft(name, form, sure, why)

    @property
    def available(self) -> list[tuple[str, Seen]]:
        """All columns of the file and of what it looks up, by how a recipe names them."""
        own = [(seen.name, seen) for seen in self.group.seen]
        return [*own, *self.joined.items()]
