"""Which value survives where records of one person differ: `fields` in `policies/identity.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.core.ids import joined_digest
from zhiyin.identity.tables import PEOPLE

FILE = Path("policies") / "identity.yaml"
COUNTED_ONLY = ("person_id", "customer_ids", "completeness")
FIELDS = tuple(name for name in PEOPLE.columns if name not in COUNTED_ONLY)
PLAIN = ("newest", "oldest", "most_frequent", "longest", "any_no")
SOURCES = "sources"


@dataclass(frozen=True)
class Rule:
    """How one field's value is chosen.

    Attributes
    ----------
    name
        newest | oldest | most_frequent | longest | any_no | sources.
    sources
        For `sources`: whose records go first, in this order.
    then
        For `sources`: the rule among records of one source, and among those of no named source.
    """

    name: str
    sources: tuple[str, ...] = ()
    then: str = "newest"


@dataclass(frozen=True)
class Rules:
    """The rule of every field."""

    by_field: Mapping[str, Rule]

    def __getitem__(self, field: str) -> Rule:
        return self.by_field[field]

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the sources that rules name, each once."""
        return tuple(sorted({name for rule in self.by_field.values() for name in rule.sources}))

    @property
    def name_sources(self) -> bool:
        """Whether any rule asks which source a record is from."""
        return bool(self.sources)

    @property
    def digest(self) -> str:
        return joined_digest([repr(sorted(self.by_field.items()))])


def load_rules(root: Path | None = None) -> Rules:
    """Read the rules of a workspace's policy; those that ship with us if it has none.

    Raises
    ------
    InvalidInput
        If a field or a rule is unknown, or a rule does not suit its field.
    """
    path = root / FILE if root is not None else None
    if path is None or not path.is_file():
        with resources.as_file(resources.files("zhiyin.identity") / "defaults" / FILE) as default:
            return rules_of(_fields_in(default), FILE)
    return rules_of(_fields_in(path), path)


def _fields_in(path: Path) -> Any:
    try:
        told = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read as YAML: {error}.") from error
    return told.get("fields") if isinstance(told, dict) else None


def rules_of(told: Any, path: Path = FILE) -> Rules:
    """Return the rules that the mapping `fields` of a policy declares."""
    fields = told if told is not None else {}
    if not isinstance(fields, dict):
        raise InvalidInput(f"{path}: fields is {fields!r}; write one `field: rule` a line.")
    for name in fields:
        if name not in (*FIELDS, "default"):
            raise not_allowed(f"{path}: a field in fields", name, FIELDS)
    default = _rule("default", fields.get("default", "newest"), path)
    chosen = {name: _rule(name, fields[name], path) for name in FIELDS if name in fields}
    return Rules({name: chosen.get(name, default) for name in FIELDS})


def _rule(field: str, told: Any, path: Path) -> Rule:
    if not isinstance(told, dict):
        return Rule(_plain(field, told, path))
    sources = told.get(SOURCES)
    if set(told) - {SOURCES, "then"} or not isinstance(sources, list) or not sources:
        raise InvalidInput(
            f"{path}: fields.{field} is {told!r}; "
            "write a rule's name, or {sources: [crm, web], then: newest}."
        )
    then = _plain(field, told.get("then", "newest"), path)
    return Rule(SOURCES, tuple(map(str, sources)), then)


def _plain(field: str, name: Any, path: Path) -> str:
    if name not in PLAIN:
        raise not_allowed(f"{path}: the rule of fields.{field}", name, (*PLAIN, SOURCES))
    if name == "any_no" and not field.endswith("_consent"):
        raise InvalidInput(f"{path}: any_no is for consents; give fields.{field} another rule.")
    return name
