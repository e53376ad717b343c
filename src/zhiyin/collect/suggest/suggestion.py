"""Propose a recipe for files that nobody has described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhiyin.collect.given_files import expanded
from zhiyin.collect.suggest.drafting import draft_sources
from zhiyin.collect.suggest.drafts import Group, Remark, SourceDraft, remark
from zhiyin.collect.suggest.grouping import group_files, stem
from zhiyin.collect.suggest.joining import linker
from zhiyin.collect.suggest.kinds import has_no_header
from zhiyin.collect.suggest.names import identifier
from zhiyin.collect.suggest.sampling import SampledFile, sample
from zhiyin.collect.suggest.wording import say
from zhiyin.collect.suggest.writing import in_order, write
from zhiyin.collect.tables import TARGETS
from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.ports.sources import FileFormat, FileSource

LANGUAGES = ("en", "zh-CN")
# Folders that say how files are kept, not what they are.
_PLACES = frozenset(
    ("raw", "parquet", "csv", "data", "dataset", "files", "export", "exports", "tmp")
)
# A table that is there in two formats is read once, in the first of these.
_PREFERRED = (
    ".csv",
    ".tsv",
    ".tab",
    ".txt",
    ".xlsx",
    ".xlsm",
    ".xls",
    ".jsonl",
    ".ndjson",
    ".json",
    ".parquet",
    ".pq",
)


@dataclass(frozen=True)
class Suggestion:
    """A proposed recipe: its text, and what it says of each source, as JSON-able values."""

    name: str
    text: str
    sources: tuple[dict[str, Any], ...]
    left_out: tuple[dict[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        return {
            "name": self.name,
            "sources": list(self.sources),
            "left_out": list(self.left_out),
            "recipe": self.text,
        }


def suggest(
    paths: Sequence[Path],
    *,
    files: FileSource,
    name: str | None = None,
    target: str | None = None,
    language: str = "en",
    timezone: str = "Asia/Shanghai",
    currency: str = "CNY",
    on_progress: Callable[[str], None] | None = None,
) -> Suggestion:
    """Return a recipe that imports the files, with a comment wherever it guesses.

    Headers are read in English, Chinese and pinyin; values are sampled over the whole of each
    file. The same files give the same recipe.

    Parameters
    ----------
    paths
        Files or folders. A table that is there in two formats is read once.
    name
        Name of the recipe; made of the folder's or the file's name if not given.
    target
        The table that all files feed, for those who know better.
    language
        `en` or `zh-CN`, of the comments.
    timezone, currency
        What holds where the files say nothing.

    Raises
    ------
    NotFound, InvalidInput
        For a missing path, an unknown target or language, or when no file could be read.
    """
    _check(target, language)
    sampled, left_out = _sampled(paths, files, on_progress)
    groups = group_files(sampled)
    drafts = draft_sources(groups, linker(groups, files), target)
    for draft in drafts:
        for column, why in draft.left_out:
            left_out.append((f"{draft.name}: {column}", why))
    chosen = name or name_of_recipe(paths)
    found = _currency(groups)
    head = {
        "name": chosen,
        "title": {"zh-CN": chosen, "en": chosen},
        "timezone": timezone,
        "currency": found or currency,
    }
    comments = {
        "name": remark("head", files=len(sampled), rows=f"{sum(f.rows for f in sampled):,}"),
        "timezone": remark("zone"),
        "currency": remark("currency_seen" if found else "currency_guess"),
    }
    text = write(drafts, head=head, comments=comments, left_out=left_out, language=language)
    return Suggestion(
        chosen,
        text,
        tuple(_told(draft, language) for draft in drafts),
        tuple({"what": what, "why": say(why, language)} for what, why in left_out),
    )


def _check(target: str | None, language: str) -> None:
    if target is not None and target not in TARGETS:
        raise not_allowed("The target", target, tuple(TARGETS))
    if language not in LANGUAGES:
        raise not_allowed("The language", language, LANGUAGES)


def _sampled(
    paths: Sequence[Path], files: FileSource, on_progress: Callable[[str], None] | None
) -> tuple[list[SampledFile], list[tuple[str, Remark]]]:
    sampled: list[SampledFile] = []
    left_out: list[tuple[str, Remark]] = []
    chosen: dict[str, tuple[int, str]] = {}  # table -> rank of its format, and file
    given = list(expanded(paths, files))
    given.sort(key=lambda one: _rank(one[1]))
    for path, name, is_named in given:
        rank, other = chosen.setdefault(stem(name).lower(), (_rank(name), name))
        if rank != _rank(name) and not is_named:
            left_out.append((name, remark("other_format", other=other)))
            continue
        if on_progress is not None:
            on_progress(name)
        try:
            found = sample(path, name, files, FileFormat())
            if has_no_header(found):
                found = sample(path, name, files, FileFormat(has_header=False))
        except InvalidInput as error:
            if is_named and len(paths) == 1:
                raise
            left_out.append((name, remark("not_a_table", why=str(error))))
            continue
        if len(found.columns) == 1 and name.lower().endswith((".txt", ".md")) and not is_named:
            left_out.append((name, remark("prose")))
            continue
        sampled.append(found)
    if not sampled:
        where = ", ".join(str(path) for path in paths)
        raise InvalidInput(
            f"No file in {where} could be read as a table; name CSV, XLSX or others."
        )
    sampled.sort(key=lambda file: file.name)
    return sampled, left_out


def _rank(name: str) -> int:
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    return _PREFERRED.index(suffix) if suffix in _PREFERRED else len(_PREFERRED)


def name_of_recipe(paths: Sequence[Path]) -> str:
    """Return a recipe's name from the folder or file given, leaving out folders such as `raw`."""
    first = paths[0].resolve()
    told = first.name if first.is_dir() else stem(first.name)
    while first.is_dir() and told.lower() in _PLACES and first.parent != first:
        first = first.parent
        told = first.name
    made = identifier(told, otherwise="my_data")
    made = "".join(letter for letter in made if letter.isascii()).strip("_")
    return made if made and made[0].isalpha() else f"data_{made}".strip("_")


def _currency(groups: Sequence[Group]) -> str | None:
    """Return the currency whose sign the files write, if they write one."""
    for group in groups:
        for seen in group.seen:
            if seen.numbers is not None and seen.numbers.currency is not None:
                return seen.numbers.currency
    return None


def _told(draft: SourceDraft, language: str) -> dict[str, Any]:
    columns = in_order(draft) if draft.target is not None else []
    return {
        "source": draft.name,
        "target": draft.target,
        "files": [file.name for file in draft.group.files],
        "rows": draft.group.rows,
        "sure": round(draft.sure, 2),
        "remarks": [say(told, language) for told in draft.remarks],
        "columns": [
            {
                "column": column.name,
                "form": column.form,
                "sure": column.sure,
                "why": "; ".join(say(why, language) for why in column.why),
            }
            for column in columns
        ],
    }
