"""Which file looks up which: columns of like names whose values are found in the other's key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zhiyin.collect.suggest.drafts import Group, SourceDraft
from zhiyin.collect.suggest.kinds import Seen
from zhiyin.collect.suggest.names import plain, vocabulary, words
from zhiyin.collect.suggest.sampling import SampledFile, whole_column

# Of the values on this side, so many are found on the other; exports miss a few.
OVERLAP = 0.9
_MOST_KEYS = 2_000_000


@dataclass(frozen=True)
class Link:
    """A column whose values are keys of another group's rows."""

    own: str
    other: Group
    key: str
    overlap: float


@dataclass(frozen=True)
class Linker:
    """Finds links between groups of files."""

    groups: Sequence[Group]
    keys_of: Callable[[SampledFile, str], frozenset[str]]

    def links(self, draft: SourceDraft) -> list[Link]:
        """Return what the draft's columns lead to, the fullest overlap first."""
        found = [
            link
            for named, seen in draft.available
            for other in self.groups
            if other is not draft.group and (link := self._link(named, seen, other)) is not None
        ]
        return sorted(found, key=lambda link: -link.overlap)

    def _link(self, named: str, seen: Seen, other: Group) -> Link | None:
        if seen.kind in ("empty", "time", "prose") or other.rows > _MOST_KEYS:
            return None
        for key in other.seen:
            if key.column.is_unique and _alike(seen.name, key.name):
                overlap = self._overlap(seen, other, key.name)
                if overlap >= OVERLAP:
                    return Link(named, other, key.name, overlap)
        return None

    def _overlap(self, seen: Seen, other: Group, key: str) -> float:
        known = frozenset[str]().union(*(self.keys_of(file, key) for file in other.files))
        texts = list(seen.column.values)
        return sum(text in known for text in texts) / len(texts) if texts else 0.0


def linker(groups: Sequence[Group], files: object) -> Linker:
    """Return a finder of links that reads whole key columns from the files."""
    return Linker(groups, lambda file, name: whole_column(file, name, files))  # pyright: ignore[reportArgumentType]


def _alike(mine: str, theirs: str) -> bool:
    """Return whether two headers name the same thing: the same name or meaning, or one ends so."""
    a, b = plain(mine), plain(theirs)
    if a == b:
        return True
    known = vocabulary().columns["records"]
    if a in known and known.get(a) == known.get(b) and known[a].endswith("_id"):
        return True
    is_key = bool({*words(mine), *words(theirs)} & vocabulary().key)
    return is_key and min(len(a), len(b)) > 4 and (a.endswith(b) or b.endswith(a))
