"""Rule files: YAML that a person writes, checked before anything is touched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.tables import TableSpec
from zhiyin.warehouse.cleaning.formulas import columns_of
from zhiyin.warehouse.cleaning.kinds import KINDS, REQUIRED, Kind
from zhiyin.warehouse.cleaning.places import OPERATORS
from zhiyin.warehouse.cleaning.rules import TABLES, Rule, RuleBook, TableRules, Test

# What `zhiyin init` copies into a workspace.
DEFAULTS = Path(__file__).parents[1] / "defaults" / "cleaning"
_KEYS = ("name", "column", "columns", "when")
_JSON = ("attributes", "properties", "traits", "context")


def read_rules(folder: Path) -> RuleBook:
    """Return the rules of a folder's files; the shipped ones where there is no such folder.

    Raises
    ------
    InvalidInput
        With file, rule, value and what is allowed, for the first thing that is wrong.
    """
    if not folder.is_dir():
        return shipped_rules()
    found: dict[str, TableRules] = {}
    for path in sorted(folder.glob("*.yaml")):
        rules = read_file(path)
        if rules.spec.name in found:
            raise InvalidInput(
                f"{path.name}: the table {rules.spec.table} has rules in another file already; "
                "keep all rules of a table in one file."
            )
        found[rules.spec.name] = rules
    return RuleBook(found)


def shipped_rules() -> RuleBook:
    """Return the rules that come with the product."""
    return read_rules(DEFAULTS) if DEFAULTS.is_dir() else RuleBook()


def read_file(path: Path) -> TableRules:
    """Return one file's rules."""
    try:
        body = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        first = " ".join(str(error).split())
        raise InvalidInput(f"{path.name}: is no YAML in UTF-8 ({first}); correct it.") from error
    return read_body(path.name, body, path.stem)


def read_body(file: str, body: Any, table: str = "") -> TableRules:
    """Return the rules that a file's content says; `table` where it names none."""
    if not isinstance(body, dict) or not set(body) <= {"table", "rules"}:
        raise InvalidInput(f"{file}: must hold a mapping with table and rules.")
    name = str(body.get("table") or table)
    if name not in TABLES:
        raise InvalidInput(
            f"{file}: there is no table {name!r} to clean; allowed: {', '.join(TABLES)}."
        )
    listed = body.get("rules") or []
    if not isinstance(listed, list):
        raise InvalidInput(f"{file}: rules must be a list, each with a name and a kind.")
    rules: list[Rule] = []
    for number, entry in enumerate(listed, start=1):
        rule = _Reader(file, number, TABLES[name]).rule(entry)
        if any(rule.name == other.name for other in rules):
            raise InvalidInput(f"{file}: two rules are named {rule.name!r}; rename one.")
        rules.append(rule)
    return TableRules(TABLES[name], tuple(rules))


class _Reader:
    """Reads one rule, knowing how to name it in an error."""

    def __init__(self, file: str, number: int, spec: TableSpec) -> None:
        self.spec = spec
        self.where = f"{file}, rule {number}"
        self.file = file

    def rule(self, entry: Any) -> Rule:
        if not isinstance(entry, dict):
            raise self._error(f"must be a mapping with a name and a kind, not {entry!r}.")
        name = str(entry.get("name") or "")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name):
            raise self._error(
                f"the name {name!r} must be small letters, digits and underscores, "
                "such as phone_to_e164."
            )
        self.where = f"{self.file}, rule {name}"
        word = self._kind(entry)
        kind = KINDS[word]
        columns = self._columns(entry, word, kind)
        options = self._options(entry[word], word, kind)
        rule = Rule(name, word, columns, options, self._when(entry.get("when")))
        self._check(rule)
        return rule

    def _error(self, sentence: str) -> InvalidInput:
        return InvalidInput(f"{self.where}: {sentence}")

    def _kind(self, entry: Mapping[str, Any]) -> str:
        words = [key for key in entry if key not in _KEYS]
        strange = [word for word in words if word not in KINDS]
        if strange:
            allowed = ", ".join((*_KEYS, *KINDS))
            raise self._error(f"{strange[0]!r} does not belong here; allowed: {allowed}.")
        if len(words) != 1:
            said = ", ".join(words) or "none"
            raise self._error(f"must have one kind, not {said}; kinds: {', '.join(KINDS)}.")
        return words[0]

    def _columns(self, entry: Mapping[str, Any], word: str, kind: Kind) -> tuple[str, ...]:
        told = entry.get("columns", entry.get("column", []))
        names = [told] if isinstance(told, str) else told
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._error(f"columns must be a list of names, not {told!r}.")
        if not kind.types:
            if names:
                raise self._error(f"a {word} rule is about whole rows; leave {names[0]!r} out.")
            return ()
        if not names:
            raise self._error(f"a {word} rule needs a column or columns.")
        for name in names:
            self._column(name, word, kind)
        if word == "swap" and len(names) != 2:
            raise self._error(f"a swap rule is about two columns, not {len(names)}.")
        return tuple(names)

    def _column(self, name: str, word: str, kind: Kind) -> None:
        fitting = [n for n, column in self.spec.columns.items() if _fits(column.type, kind)]
        if name not in self.spec.columns or name not in fitting:
            reason = "has no column" if name not in self.spec.columns else f"{word} does not fit"
            raise self._error(
                f"{self.spec.table} {reason} {name!r}; allowed: {', '.join(fitting)}."
                if reason == "has no column"
                else f"a rule of kind {word} does not fit the column {name!r}; "
                f"allowed: {', '.join(fitting)}."
            )

    def _options(self, told: Any, word: str, kind: Kind) -> dict[str, Any]:
        told = {} if told in (None, True) else told
        if not isinstance(told, dict):
            raise self._error(
                f"{word} takes {', '.join(kind.options) or 'nothing'}, each with a value, "
                f"not {told!r}."
            )
        for key in told:
            if key not in kind.options:
                allowed = ", ".join(kind.options) or "nothing"
                raise self._error(f"{word} has no option {key!r}; allowed: {allowed}.")
        values = {}
        for key, option in kind.options.items():
            value = _plain(told.get(key, option.default))
            if value is REQUIRED:
                raise self._error(f"{word} needs {key}: {option.allowed}.")
            if key in told and not option.check(value):
                raise self._error(f"{key} cannot be {value!r}; allowed: {option.allowed}.")
            values[key] = value
        return values

    def _when(self, told: Any) -> tuple[Test, ...]:
        if told is None:
            return ()
        if not isinstance(told, dict):
            raise self._error(f"when must be a mapping from columns to values, not {told!r}.")
        return tuple(test for name, value in told.items() for test in self._tests(name, value))

    def _tests(self, name: Any, value: Any) -> list[Test]:
        self._place(str(name))
        if isinstance(value, list):
            return [Test(name, "one_of", tuple(value))]
        if not isinstance(value, dict):
            return [Test(name, "equals", value)]
        for operator in value:
            if operator not in OPERATORS:
                allowed = ", ".join(OPERATORS)
                raise self._error(f"when has no comparison {operator!r}; allowed: {allowed}.")
        return [Test(name, operator, one) for operator, one in value.items()]

    def _place(self, name: str) -> None:
        column, _, member = name.partition(".")
        is_json = member and column in _JSON and re.fullmatch(r"\w+", member)
        if column not in self.spec.columns or (member and not is_json):
            columns = ", ".join(self.spec.columns)
            raise self._error(f"{self.spec.table} has no column {name!r}; allowed: {columns}.")

    def _check(self, rule: Rule) -> None:
        """Check what options say about columns."""
        options = rule.options
        for key in ("from", "group", "by", "median_of", "most_used_of", "country"):
            if options.get(key):
                self._place(options[key])
        for name in [*(options.get("same") or ()), *(options.get("if_changed") or ())]:
            self._place(name)
        for name in columns_of(options["formula"]) if options.get("formula") else ():
            self._place(name)
        self._check_needs(rule)
        for column in rule.columns:
            if options.get("otherwise") == "empty" and self.spec.columns[column].is_required:
                if rule.kind in ("text", "codes", "phone", "email"):
                    continue
                raise self._error(
                    f"{column} must have a value, so what is wrong cannot be emptied; "
                    "set otherwise to keep, flag or reject."
                )

    def _check_needs(self, rule: Rule) -> None:
        options = rule.options
        if rule.kind in ("date", "number") and not options["from"]:
            raise self._error(
                f"{rule.kind} needs from: the column or member of attributes that holds the text, "
                "such as attributes.birth_date."
            )
        if rule.kind == "reject" and not rule.when:
            raise self._error("reject needs when: which rows to keep out.")
        sources = [options.get(key) for key in ("value", "median_of", "most_used_of", "from")]
        if rule.kind == "fill" and sum(one is not None for one in sources) != 1:
            raise self._error("fill needs one of value, median_of, most_used_of, from.")
        if rule.kind == "codes" and not options["list"] and not options["map"]:
            raise self._error("codes needs a list (gender, country, channel) or a map.")
        if rule.kind == "duplicates" and options["within"] and not options["by"]:
            raise self._error("within needs by: the time column it is measured in.")


def _fits(type_: str, kind: Kind) -> bool:
    return type_.removeprefix("!").startswith(kind.types)


def _plain(value: Any) -> Any:
    """Return what YAML reads as a date as the text that was written."""
    return value.isoformat() if hasattr(value, "isoformat") else value
