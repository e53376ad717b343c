"""Read a recipe from YAML, and say exactly what is wrong with one that does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from zhiyin.collect.calculation import names_in
from zhiyin.collect.pulled_table import KEYS as PULL_KEYS
from zhiyin.collect.pulled_table import read_pulled_table
from zhiyin.collect.recipe import (
    ColumnRecipe,
    Condition,
    Duplicates,
    Group,
    Join,
    Recipe,
    Rule,
    Setting,
    Source,
    Split,
    Test,
    TextSteps,
    Unpivot,
)
from zhiyin.collect.recipe_place import Place
from zhiyin.collect.tables import ORIGIN, TARGETS
from zhiyin.collect.times import check_format
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.sources import KINDS, FileFormat

OPERATORS = (
    "equals", "not_equals", "one_of", "at_least", "above", "at_most", "below",
    "contains", "starts_with", "matches", "exists", "after", "before",
)  # fmt: skip
_FORMS = ("from", "value", "calculate", "join", "pack", "digest")
_STEPS = (
    "remove", "replace", "strip_prefix", "strip_suffix", "lower", "upper", "empty", "map",
    "otherwise", "prefix", "default",
)  # fmt: skip
_OTHERS = ("separator", "formats", "timezone", "unreadable", "numbers", "plus_days")


class _Plain(yaml.SafeLoader):
    """YAML in which only true and false are truth values: `on`, `no` and `Y` stay texts."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), list("tf"))

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a YAML file.

    Raises
    ------
    NotFound
        If there is no such file.
    InvalidInput
        If the file is not YAML or says something that a recipe cannot say; the sentence names
        the file, the place in it, the value and what is allowed.
    """
    if not path.is_file():
        raise NotFound(f"There is no recipe file {path}; check the path.")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Plain)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is not readable YAML: {error}") from error
    return _recipe(Place(str(path)), content)


def _recipe(place: Place, content: Any) -> Recipe:
    keys = ("name", "title", "timezone", "currency", "sources")
    found = place.mapping(content, keys, keys)
    if not _NAME.fullmatch(str(found["name"])):
        raise place.at("name").wrong(found["name"], "lower-case letters, digits and _")
    _check_zone(place.at("timezone"), found["timezone"])
    if not isinstance(found["sources"], list) or not found["sources"]:
        raise place.at("sources").wrong(found["sources"], "a list of at least one source")
    title = place.at("title").mapping(found["title"], ("zh-CN", "en"), ("zh-CN", "en"))
    sources = tuple(_source(place.at("sources"), item) for item in found["sources"])
    _check_joins(place, sources)
    return Recipe(found["name"], title, found["timezone"], found["currency"], sources)


def _source(above: Place, content: Any) -> Source:
    keys = (
        "name", "files", "same_files_as", "format", "target", "unpivot", "split", "columns",
        "joins", "rules", "duplicates", "control_total", *PULL_KEYS,
    )  # fmt: skip
    found = above.mapping(content, keys, ("name",))
    place = above.at(found["name"])
    pull = read_pulled_table(place, found)
    if ("files" in found) + ("same_files_as" in found) + (pull is not None) != 1:
        raise InvalidInput(
            f"{place.text} needs exactly one of 'files', 'same_files_as', 'table', 'query'; "
            "give one."
        )
    target = found.get("target")
    if target is not None and target not in TARGETS:
        raise place.at("target").wrong(target, ", ".join(TARGETS))
    if target is not None and not found.get("columns"):
        raise InvalidInput(f"{place.text} has a target but lacks the key 'columns'; add it.")
    columns = tuple(
        _column(place.at("columns").at(name), name, form, target)
        for name, form in (found.get("columns") or {}).items()
    )
    rules = tuple(_rule(place.at("rules"), item) for item in found.get("rules") or ())
    source = Source(
        name=found["name"],
        files=place.at("files").texts(found.get("files")),
        target=target,
        same_files_as=found.get("same_files_as"),
        reshape=_reshape(place, found),
        file_format=_format(place.at("format"), found.get("format") or {}),
        columns=columns,
        joins=tuple(_join(place.at("joins"), item) for item in found.get("joins") or ()),
        rules=rules,
        duplicates=_duplicates(place.at("duplicates"), found.get("duplicates")),
        control_total=found.get("control_total"),
        pull=pull,
    )
    _check_names(place, source)
    return source


def _reshape(place: Place, found: Mapping[str, Any]) -> Unpivot | Split | None:
    if "unpivot" in found and "split" in found:
        raise InvalidInput(f"{place.text} has both 'unpivot' and 'split'; keep one of them.")
    if "unpivot" in found:
        inner = place.at("unpivot")
        told = inner.mapping(found["unpivot"], ("columns", "name", "value"), ("columns",))
        columns = inner.at("columns").texts(told["columns"])
        return Unpivot(columns, told.get("name", "name"), told.get("value", "value"))
    if "split" in found:
        inner = place.at("split")
        told = inner.mapping(found["split"], ("column", "separator"), ("column", "separator"))
        if not told["separator"]:
            raise inner.at("separator").wrong(told["separator"], "a text of at least one character")
        return Split(told["column"], told["separator"])
    return None


def _format(place: Place, content: Any) -> FileFormat:
    keys = ("kind", "delimiter", "encoding", "sheet", "has_header", "columns", "header_row")
    found = place.mapping(content, keys)
    if found.get("kind") not in (None, *KINDS):
        raise place.at("kind").wrong(found["kind"], ", ".join(KINDS))
    if "sheet" in found:
        found["sheet"] = place.text_of(found["sheet"])
    if "columns" in found:
        found |= {"columns": place.texts(found["columns"]), "has_header": False}
    row = found.get("header_row", 1)
    if isinstance(row, bool) or not isinstance(row, int) or row < 1:
        raise place.at("header_row").wrong(row, "the number of a row, from 1 on")
    return FileFormat(**found)


def _column(place: Place, name: str, form: Any, target: str | None) -> ColumnRecipe:
    allowed = (
        [column for column in TARGETS[target].columns if column not in ORIGIN] if target else []
    )
    if name not in allowed and not name.startswith("_"):
        raise InvalidInput(
            f"{place.text}: the target {target} has no column {name!r}; "
            f"allowed: {', '.join(allowed)}."
        )
    if isinstance(form, str):
        return ColumnRecipe(name, source_column=form)
    found = place.mapping(form, (*_FORMS, *_STEPS, *_OTHERS))
    given = [key for key in _FORMS if key in found]
    if len(given) != 1:
        raise InvalidInput(
            f"{place.text} has {', '.join(given) or 'no origin'}; give exactly one of "
            f"{', '.join(_FORMS)}."
        )
    if "timezone" in found:
        _check_zone(place.at("timezone"), found["timezone"])
    if found.get("unreadable", "quarantine") not in ("quarantine", "empty"):
        raise place.at("unreadable").wrong(found["unreadable"], "quarantine, empty")
    return ColumnRecipe(
        name,
        source_column=found.get("from"),
        value=place.text_of(found["value"]) if "value" in found else None,
        calculate=place.text_of(found["calculate"]) if "calculate" in found else None,
        join=place.texts(found.get("join")),
        pack=_pack(place.at("pack"), found.get("pack")),
        digest=place.texts(found.get("digest")),
        separator=found.get("separator", " "),
        steps=_steps(place, found),
        formats=_formats(place.at("formats"), found.get("formats")),
        timezone=found.get("timezone"),
        keep_unreadable=found.get("unreadable") == "empty",
        numbers=place.texts(found.get("numbers")),
        plus_days=_whole(place.at("plus_days"), found.get("plus_days", 0)),
    )


def _formats(place: Place, content: Any) -> tuple[str, ...]:
    return tuple(place.checked(check_format, one) for one in place.texts(content))


def _whole(place: Place, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise place.wrong(value, "a whole number")
    return value


def _steps(place: Place, found: Mapping[str, Any]) -> TextSteps:
    optional = {
        key: place.text_of(found[key])
        for key in ("strip_prefix", "strip_suffix", "otherwise", "prefix", "default")
        if key in found
    }
    return TextSteps(
        remove=place.texts(found.get("remove")),
        replace=_texts_to_texts(place.at("replace"), found.get("replace")),
        lower=bool(found.get("lower")),
        upper=bool(found.get("upper")),
        empty=place.texts(found.get("empty")),
        mapping=_texts_to_texts(place.at("map"), found.get("map")),
        **optional,
    )


def _texts_to_texts(place: Place, content: Any) -> dict[str, str]:
    if not isinstance(content or {}, Mapping):
        raise place.wrong(content, "a mapping of texts to texts")
    return {place.text_of(key): place.text_of(value) for key, value in (content or {}).items()}


def _pack(place: Place, content: Any) -> dict[str, str]:
    if isinstance(content, list):
        return {name: name for name in place.texts(content)}
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise place.wrong(content, "a list of columns, or a mapping of keys to columns")
    return {str(key): place.text_of(column) for key, column in content.items()}


def _join(place: Place, content: Any) -> Join:
    keys = ("name", "source", "on")
    found = place.mapping(content, keys, keys)
    if not isinstance(found["on"], Mapping) or not found["on"]:
        raise place.at("on").wrong(found["on"], "a mapping of this file's to the other's columns")
    return Join(found["name"], found["source"], dict(found["on"]))


def _duplicates(place: Place, content: Any) -> Duplicates | None:
    if content is None:
        return None
    found = place.mapping(content, ("code", "columns"), ("code",))
    return Duplicates(found["code"], place.texts(found.get("columns")))


def _rule(above: Place, content: Any) -> Rule:
    found = above.mapping(content, ("code", "when", "quarantine", "set"), ("code", "when"))
    place = above.at(found["code"])
    if not _NAME.fullmatch(str(found["code"])):
        raise place.wrong(found["code"], "lower-case letters, digits and _")
    if bool(found.get("quarantine")) and found.get("set"):
        raise InvalidInput(f"{place.text} has both quarantine and set; keep one of them.")
    settings = tuple(
        _setting(place.at("set"), column, value)
        for column, value in (found.get("set") or {}).items()
    )
    when = _condition(place.at("when"), found["when"])
    return Rule(found["code"], when, bool(found.get("quarantine")), settings)


def _setting(place: Place, column: str, value: Any) -> Setting:
    if isinstance(value, Mapping):
        found = place.at(column).mapping(value, ("calculate",), ("calculate",))
        return Setting(column, calculate=place.text_of(found["calculate"]))
    return Setting(column, value=None if value is None else place.text_of(value))


def _condition(place: Place, content: Any) -> Condition:
    """Read `{column: test, …}`, where all have to hold; `any` and `not` hold conditions."""
    if isinstance(content, list):
        return Group("all", tuple(_condition(place, part) for part in content))
    if not isinstance(content, Mapping) or not content:
        raise place.wrong(content, "a mapping of columns to tests")
    parts: list[Condition] = []
    for key, test in content.items():
        if key in ("all", "any"):
            inner = test if isinstance(test, list) else [test]
            parts.append(Group(key, tuple(_condition(place.at(key), part) for part in inner)))
        elif key == "not":
            parts.append(Group("not", (_condition(place.at(key), test),)))
        else:
            parts.extend(_tests(place.at(key), key, test))
    return parts[0] if len(parts) == 1 else Group("all", tuple(parts))


def _tests(place: Place, column: str, content: Any) -> list[Condition]:
    if not isinstance(content, Mapping):
        return [Test(column, "equals", place.text_of(content))]
    tests = place.mapping(content, OPERATORS)
    return [Test(column, operator, value) for operator, value in tests.items()]


def _check_zone(place: Place, name: Any) -> None:
    try:
        ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise place.wrong(name, "a zone name such as Europe/London or Asia/Shanghai") from error


def _check_joins(place: Place, sources: tuple[Source, ...]) -> None:
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise place.at("sources").wrong(names, "distinct source names")
    for source in sources:
        where = place.at("sources").at(source.name)
        for join in source.joins:
            if join.source not in names:
                raise where.at("joins").at("source").wrong(join.source, ", ".join(names))
        owners = [other.name for other in sources if other.files and other is not source]
        if source.same_files_as is not None and source.same_files_as not in owners:
            raise where.at("same_files_as").wrong(source.same_files_as, ", ".join(owners))


def _check_names(place: Place, source: Source) -> None:
    """Check that rules and calculations name columns that the recipe makes, in time."""
    made = []
    for column in source.columns:
        if column.calculate is not None:
            where = place.at("columns").at(column.name)
            _check_made(where, where.checked(names_in, column.calculate), made)
        made.append(column.name)
    for rule in source.rules:
        where = place.at("rules").at(rule.code)
        _check_made(where, columns_tested(rule.when), made)
        for setting in rule.settings:
            named = where.checked(names_in, setting.calculate or "0")
            _check_made(where, (setting.column, *named), made)
    if source.control_total is not None:
        where = place.at("control_total")
        _check_made(where, where.checked(names_in, source.control_total), made)
    _check_required(place, source, made)


def _check_made(place: Place, names: Iterable[str], made: list[str]) -> None:
    for name in names:
        if name not in made:
            raise InvalidInput(
                f"{place.text} names the column {name!r}, which is not made before it; "
                f"made so far: {', '.join(made) or 'none'}."
            )


def _check_required(place: Place, source: Source, made: list[str]) -> None:
    if source.target is None:
        return
    filled = {*ORIGIN, "currency", "received_at", "ts_ms"}
    for name, column in TARGETS[source.target].columns.items():
        if column.is_required and name not in made and name not in filled:
            raise InvalidInput(
                f"{place.text} has no column {name!r}, which {source.target} requires; map it."
            )


def columns_tested(condition: Condition) -> list[str]:
    """Return the columns that a condition looks at."""
    if isinstance(condition, Test):
        return [condition.column]
    return [name for part in condition.parts for name in columns_tested(part)]
