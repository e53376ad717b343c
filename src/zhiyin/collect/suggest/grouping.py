"""Files that belong together: the same columns under names that differ by a day or a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import pyarrow as pa

from zhiyin.collect.suggest.drafts import Group
from zhiyin.collect.suggest.kinds import look_at
from zhiyin.collect.suggest.names import identifier, plain, vocabulary, words
from zhiyin.collect.suggest.sampling import SampledColumn, SampledFile

# A year, a month or a day in a file name; tomorrow's file will have another.
_DAY = re.compile(r"(?<!\d)(19|20)\d{2}([-_.]?\d{2}([-_.]?\d{2})?)?(?!\d)")
_ENDINGS = (
    ".gz",
    ".zip",
    ".csv",
    ".tsv",
    ".txt",
    ".tab",
    ".xlsx",
    ".xls",
    ".json",
    ".jsonl",
    ".ndjson",
    ".parquet",
    ".pq",
)


def stem(name: str) -> str:
    """Return a file's name without folders and endings."""
    told = name.rsplit("/", 1)[-1].rsplit("::", 1)[-1]
    shorter = True
    while shorter:
        ending = next((end for end in _ENDINGS if told.lower().endswith(end)), "")
        told, shorter = (told[: -len(ending)], True) if ending else (told, False)
    return told


def pattern(name: str) -> str:
    """Return a pattern for this file and for those of other days."""
    told = stem(name)
    star = _DAY.sub("*", told)
    return f"{star}.*" if star != "*" else "[12][0-9][0-9][0-9]*.*"


def group_files(sampled: Sequence[SampledFile]) -> list[Group]:
    """Return the files in groups of the same columns and the same kind of name, in given order."""
    groups: dict[tuple, list[SampledFile]] = {}
    for file in sampled:
        key = (frozenset(file.header), _hints(file.name) if _is_split(file, sampled) else ())
        groups.setdefault(key, []).append(file)
    prefix = _shared_prefix([_DAY.sub("", stem(file.name)) for file in sampled])
    names: set[str] = set()
    made = []
    for files in groups.values():
        name = _name(files, prefix, names)
        patterns = list(dict.fromkeys(pattern(file.name) for file in files))
        made.append(Group(name, patterns, files, []))
    _look(made)
    return made


def merged(files: Sequence[SampledFile]) -> SampledFile:
    """Return one file that stands for all, so that evidence is taken from all of them."""
    first = files[0]
    if len(files) == 1:
        return first
    columns = tuple(
        SampledColumn(
            name,
            pa.chunked_array(
                [c for file in files for c in file.column(name).cells.chunks], pa.string()
            ),
            sum(file.rows for file in files),
            sum(file.column(name).filled for file in files),
        )
        for name in first.header
    )
    rows, bad = sum(file.rows for file in files), sum(file.bad_lines for file in files)
    return SampledFile(first.path, first.name, first.file_format, columns, rows, bad)


def _look(groups: Sequence[Group]) -> None:
    """See what the columns are; where no value shows a date's order, other columns' order holds."""
    for group in groups:
        group.seen[:] = [look_at(column) for column in merged(group.files).columns]
    orders = [
        (seen.dates.order, seen.dates.evidence)
        for group in groups
        for seen in group.seen
        if seen.dates is not None and seen.dates.order is not None
    ]
    votes = {order: sum(n for o, n in orders if o == order) for order in ("day", "month")}
    if votes["month"] > votes["day"]:
        for group in groups:
            group.seen[:] = [look_at(seen.column, habit="month") for seen in group.seen]


def _hints(name: str) -> tuple[str, ...]:
    told = [t for word in words(stem(name)) for t in vocabulary().files.get(word, ())]
    return tuple(sorted(set(told)))


def _is_split(file: SampledFile, sampled: Sequence[SampledFile]) -> bool:
    """Return whether files of the same columns are told apart by their names: sales, returns."""
    alike = [other for other in sampled if set(other.header) == set(file.header)]
    return len({_hints(other.name) for other in alike if _hints(other.name)}) > 1


def _common(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    first, last = min(texts), max(texts)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(letter for letter, _ in same)


def _shared_prefix(stems: Sequence[str]) -> str:
    if len(set(stems)) < 2:
        return ""
    shared = _common(stems)
    cut = max((shared.rfind(mark) for mark in "_-. "), default=-1)
    return shared[: cut + 1]


def _name(files: Sequence[SampledFile], prefix: str, names: set[str]) -> str:
    stems = [_DAY.sub("", stem(file.name)) for file in files]
    stems = [told for told in stems if plain(told) and not plain(told).isdigit()] or stems
    told = _common(stems).strip("_-. ") if len(stems) > 1 else stems[0]
    short = told.removeprefix(prefix) or told
    name = identifier(short, otherwise="")
    if len(plain(name)) < 3 or name.isdigit():
        folder = Path(files[0].path).parent.name
        name = identifier(told, otherwise="") or f"rows_{identifier(folder, otherwise='of_file')}"
    name = name if not name[0].isdigit() else f"rows_{name}"
    candidate, repeat = name, 2
    while candidate in names:
        candidate, repeat = f"{name}_{repeat}", repeat + 1
    names.add(candidate)
    return candidate
