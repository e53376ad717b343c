"""Which of the given files belong to which source of a recipe, and which are left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from zhiyin.collect.ledger import Earlier
from zhiyin.collect.recipe import Recipe, Source
from zhiyin.collect.report import SkippedFile
from zhiyin.core.errors import Conflict, InvalidInput
from zhiyin.ports.sources import Digests, FileSource

# A table given in two formats is read once, in the first of these.
PREFERRED = (
    ".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".json", ".xlsx", ".xlsm", ".xls",
    ".parquet", ".pq",
)  # fmt: skip
PACKED = (".gz", ".bz2", ".zst")


@dataclass(frozen=True)
class GivenFile:
    """A file of a source; `name` is how rows, reports and the ledger call it."""

    path: Path
    name: str
    source: str
    sha256: str
    bytes: int
    content_sha256: str = ""  # of the unpacked bytes


@dataclass
class Sorted:
    """Files to read and files left out. `known` were imported before, but may be looked up."""

    new: list[GivenFile] = field(default_factory=list)
    known: list[GivenFile] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    replaced: list[GivenFile] = field(default_factory=list)  # new ones whose old rows must go


def sort_files(
    recipe: Recipe, paths: Sequence[Path], *, earlier: Earlier, files: FileSource
) -> Sorted:
    """Return which file feeds which source.

    A folder stands for all files in it, at any depth, that a source's patterns match; others in
    it are skipped. A file named by itself that no pattern matches goes to the recipe's only
    source, or to the only source whose columns it has.

    Parameters
    ----------
    recipe, paths
        The recipe, and files or folders.
    earlier
        What the ledger holds. A file of the same name as an imported one, but with other content,
        is `changed` (a folder's is skipped then) unless the ledger says it may be replaced.
    files
        To find files, to tell them apart, and to look into one whose name says nothing.

    Raises
    ------
    NotFound
        If a path does not exist.
    InvalidInput
        If a named file fits no source, or no file is left that any source knows.
    Conflict
        If a file named by itself was imported before with other content.
    """
    result = Sorted()
    chosen: list[tuple[Path, str, Source]] = []
    named: set[Path] = set()
    for path, name, is_named in expanded(paths, files):
        if is_named:
            named.add(path)
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
    _split(_one_format(chosen, result.skipped), earlier, result, files)
    _without_changed(result, earlier, named)
    return result


def _without_changed(result: Sorted, earlier: Earlier, named: set[Path]) -> None:
    """Leave out files that were imported with other content, or note that they replace that."""
    changed = [file for file in result.new if (file.source, file.name) in earlier.names]
    if earlier.may_replace:
        result.replaced += changed
        return
    for file in changed:
        if file.path in named:
            raise Conflict(
                f"{file.name} was imported before with other content; add --replace to exchange "
                "its rows for the new ones, or --force to keep them and add the new ones."
            )
        result.new.remove(file)
        result.skipped.append(SkippedFile(file.name, "changed"))


def expanded(paths: Sequence[Path], files: FileSource) -> Iterator[tuple[Path, str, bool]]:
    """Yield (path, name, whether it was named itself); names are distinct.

    A member of an archive is called `archive.zip/member.csv`; naming the archive names them all.
    """
    seen: set[Path] = set()
    names: set[str] = set()
    for path in paths:
        found = files.members(path)
        is_folder = path.is_dir() or _is_remote_folder(path, found)
        for member in found:
            if member.absolute() in seen:
                continue
            seen.add(member.absolute())
            base = path if is_folder else path.parent
            while not member.is_relative_to(base):  # a pattern may stand for folders, too
                base = base.parent
            name = member.relative_to(base).as_posix()
            name = name if name not in names else member.as_posix()
            names.add(name)
            yield member, name, not is_folder


def _is_remote_folder(path: Path, found: Sequence[Path]) -> bool:
    """Return whether files were found in a folder of another machine, not by a pattern."""
    is_pattern = any(mark in path.as_posix() for mark in ("*", "["))
    return not path.exists() and not is_pattern and list(found) != [path]


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
    return path.name.lower().removesuffix(_packed_as(path)).rsplit(".", 1)[0]


def _packed_as(path: Path) -> str:
    suffix = path.suffix.lower()
    return suffix if suffix in PACKED else ""


def _rank(path: Path) -> int:
    suffix = Path(path.name.lower().removesuffix(_packed_as(path))).suffix
    return PREFERRED.index(suffix) if suffix in PREFERRED else len(PREFERRED)


def _split(
    chosen: list[tuple[Path, str, Source]], earlier: Earlier, result: Sorted, files: FileSource
) -> None:
    seen: dict[tuple[str, str], str] = {}
    known_digests: dict[Path, Digests] = {}
    for path, name, source in chosen:
        if path not in known_digests:
            known_digests[path] = files.digests(path)
        found = known_digests[path]
        file = GivenFile(path, name, source.name, found.sha256, found.bytes, found.content_sha256)
        key = (source.name, found.content_sha256)
        if key in seen:
            result.skipped.append(SkippedFile(name, "same_content", seen[key]))
        elif earlier.has(source.name, found):
            result.known.append(file)
            result.skipped.append(SkippedFile(name, "already_imported"))
        else:
            result.new.append(file)
        seen.setdefault(key, name)


def _nothing_fits(recipe: Recipe, paths: Sequence[Path]) -> InvalidInput:
    patterns = ", ".join(pattern for source in recipe.sources for pattern in source.files)
    where = ", ".join(str(path) for path in paths) or "no path"
    return InvalidInput(
        f"There is no file for the recipe {recipe.name} in {where}; it knows: {patterns}."
    )
