"""Which of the given files belong to which source of a recipe, and which are left out."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from zhiyin.collect.recipe import Recipe, Source
from zhiyin.collect.report import SkippedFile
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.sources import FileSource

# A table given in two formats is read once, in the first of these.
PREFERRED = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".parquet", ".pq")


@dataclass(frozen=True)
class GivenFile:
    """A file of a source; `name` is how rows, reports and the ledger call it."""

    path: Path
    name: str
    source: str
    sha256: str
    bytes: int


@dataclass
class Sorted:
    """Files to read and files left out. `known` were imported before, but may be looked up."""

    new: list[GivenFile] = field(default_factory=list)
    known: list[GivenFile] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)


def sort_files(
    recipe: Recipe, paths: Sequence[Path], *, imported: set[tuple[str, str]], files: FileSource
) -> Sorted:
    """Return which file feeds which source.

    A folder stands for all files in it, at any depth, that a source's patterns match; others in
    it are skipped. A file named by itself that no pattern matches goes to the recipe's only
    source, or to the only source whose columns it has.

    Parameters
    ----------
    recipe, paths
        The recipe, and files or folders.
    imported
        Pairs of source name and sha256 in the ledger.
    files
        To look into a file whose name says nothing.

    Raises
    ------
    NotFound
        If a path does not exist.
    InvalidInput
        If a named file fits no source, or no file is left that any source knows.
    """
    result = Sorted()
    chosen: list[tuple[Path, str, Source]] = []
    for path, name, is_named in expanded(paths):
        source = _by_name(recipe, path)
        if source is None and is_named:
            source = _by_columns(recipe, path, files)
        if source is None:
            result.skipped.append(SkippedFile(name, "not_in_recipe"))
        else:
            chosen.append((path, name, source))
            chosen += [(path, f"{name}#{o.name}", o) for o in recipe.readers_too(source.name)]
    if not chosen:
        raise _nothing_fits(recipe, paths)
    _split(_one_format(chosen, result.skipped), imported, result)
    return result


def expanded(paths: Sequence[Path]) -> Iterator[tuple[Path, str, bool]]:
    """Yield (path, name, whether it was named itself); names are distinct."""
    seen: set[Path] = set()
    names: set[str] = set()
    for path in paths:
        if not path.exists():
            raise NotFound(f"There is no file or folder {path}; check the path.")
        members = sorted(_members(path)) if path.is_dir() else [path]
        for member in members:
            if member.resolve() in seen:
                continue
            seen.add(member.resolve())
            name = member.relative_to(path).as_posix() if path.is_dir() else member.name
            name = name if name not in names else member.as_posix()
            names.add(name)
            yield member, name, not path.is_dir()


def _members(folder: Path) -> Iterable[Path]:
    for member in folder.rglob("*"):
        parts = member.relative_to(folder).parts
        if member.is_file() and not any(part.startswith((".", "~$")) for part in parts):
            yield member


def _by_name(recipe: Recipe, path: Path) -> Source | None:
    name = path.name.lower()
    for source in recipe.sources:
        if any(fnmatch(name, pattern.lower()) for pattern in source.files):
            return source
    return None


def _by_columns(recipe: Recipe, path: Path, files: FileSource) -> Source:
    if len(recipe.sources) == 1:
        return recipe.sources[0]
    fitting = []
    for source in recipe.sources:
        needed = source.needed_columns() | recipe.columns_looked_up(source.name)
        columns = files.open(path, source.file_format).columns
        if needed and needed <= set(columns):
            fitting.append(source)
    if len(fitting) == 1:
        return fitting[0]
    known = "; ".join(f"{source.name}: {', '.join(source.files)}" for source in recipe.sources)
    raise InvalidInput(
        f"{path} is no file of the recipe {recipe.name}, neither by name nor by its columns; "
        f"its sources and their files are {known}. Rename the file or use another recipe."
    )


def _one_format(
    chosen: list[tuple[Path, str, Source]], skipped: list[SkippedFile]
) -> list[tuple[Path, str, Source]]:
    """Leave out files that differ from a preferred one by their format alone."""
    tables: dict[tuple[str, str], list[tuple[Path, str, Source]]] = defaultdict(list)
    for path, name, source in chosen:
        tables[source.name, _stem(path)].append((path, name, source))
    kept = []
    for alike in tables.values():
        best = min(_rank(path) for path, _, _ in alike)
        for path, name, source in alike:
            if _rank(path) == best:
                kept.append((path, name, source))
            else:
                skipped.append(SkippedFile(name, "other_format", alike[0][1]))
    return kept


def _stem(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return name.rsplit(".", 1)[0]


def _rank(path: Path) -> int:
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    return PREFERRED.index(suffix) if suffix in PREFERRED else len(PREFERRED)


def _split(
    chosen: list[tuple[Path, str, Source]], imported: set[tuple[str, str]], result: Sorted
) -> None:
    seen: dict[tuple[str, str], str] = {}
    for path, name, source in chosen:
        digest, size = _digest(path)
        file = GivenFile(path, name, source.name, digest, size)
        key = (source.name, digest)
        if key in seen:
            result.skipped.append(SkippedFile(name, "same_content", seen[key]))
        elif key in imported:
            result.known.append(file)
            result.skipped.append(SkippedFile(name, "already_imported"))
        else:
            result.new.append(file)
        seen.setdefault(key, name)


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return digest.hexdigest(), stream.tell()


def _nothing_fits(recipe: Recipe, paths: Sequence[Path]) -> InvalidInput:
    patterns = ", ".join(pattern for source in recipe.sources for pattern in source.files)
    where = ", ".join(str(path) for path in paths) or "no path"
    return InvalidInput(
        f"There is no file for the recipe {recipe.name} in {where}; it knows: {patterns}."
    )
