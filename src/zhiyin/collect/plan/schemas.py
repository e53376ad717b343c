"""JSON Schema of one event, compiled, and what an item breaks of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

from zhiyin.core.errors import InvalidInput

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LONGEST_SENTENCE = 200
MOST_VIOLATIONS = 10


@dataclass(frozen=True)
class Violation:
    """One broken rule of one item.

    `path` leads to the property (`products[2].price`), `rule` is JSON Schema's word for the rule,
    `detail` an English sentence, `value` what stood there (null where nothing did).
    """

    path: str
    rule: str
    detail: str
    value: Any = None


@dataclass(frozen=True)
class EventSchema:
    """A schema that is known to be one: its text as an object, and the compiled form."""

    body: Mapping[str, Any]
    validator: jsonschema_rs.Draft202012Validator = field(compare=False, repr=False)

    def is_kept(self, item: Any) -> bool:
        """Return whether the item keeps every rule."""
        return self.validator.is_valid(item)

    def violations(self, item: Any) -> list[Violation]:
        """Return every rule that the item breaks, by place."""
        found = [one for error in self.validator.iter_errors(item) for one in _violations(error)]
        return sorted(found, key=lambda one: (one.path, one.rule, one.detail))


def compile_schema(body: Any, where: str) -> EventSchema:
    """Return the schema compiled.

    Raises
    ------
    InvalidInput
        It is no JSON Schema 2020-12; the sentence names `where` and the path inside.
    """
    if not isinstance(body, Mapping):
        raise InvalidInput(f"{where}: must hold a JSON object, not {type(body).__name__}.")
    if body.get("$schema", DIALECT) != DIALECT:
        raise InvalidInput(
            f"{where}: $schema is {body['$schema']!r}; only {DIALECT} is read, so write that."
        )
    try:
        validator = jsonschema_rs.Draft202012Validator(
            dict(body),
            validate_formats=True,
            offline=True,
            # Linear time, whatever the pattern: a rule must not be able to stop the loading.
            pattern_options=jsonschema_rs.RegexOptions(),
        )
    except (jsonschema_rs.ValidationError, ValueError) as error:
        place = _path(getattr(error, "instance_path", ()))
        sentence = getattr(error, "message", str(error))
        at = f" at {place}" if place else ""
        raise InvalidInput(
            f"{where}: is no valid JSON Schema{at}: {_short(sentence)}; correct it."
        ) from error
    return EventSchema(body, validator)


def read_schema(text: str, where: str) -> EventSchema:
    """Return the schema in a JSON text; errors name line and column."""
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{where}, line {error.lineno}, column {error.colno}: is not JSON ({error.msg});"
            " correct it."
        ) from error
    return compile_schema(body, where)


def schema_text(body: Mapping[str, Any]) -> str:
    """Return a schema as it stands in its file."""
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def told(violations: Sequence[Violation]) -> str:
    """Return one sentence that names all the violations of an item."""
    parts = [one.detail for one in violations[:MOST_VIOLATIONS]]
    if len(violations) > MOST_VIOLATIONS:
        parts.append(f"and {len(violations) - MOST_VIOLATIONS} more")
    return "; ".join(parts)


def _violations(error: jsonschema_rs.ValidationError) -> Iterator[Violation]:
    rule, inside = error.kind.name, _path(error.instance_path)
    if rule == "required":
        name = str(error.kind.value)
        path = f"{inside}.{name}" if inside else name
        yield Violation(path, rule, f"{path}: is missing")
    elif rule in ("additionalProperties", "unevaluatedProperties"):
        for name in error.kind.unexpected:
            path = f"{inside}.{name}" if inside else name
            yield Violation(path, rule, f"{path}: is not in the schema", _at(error.instance, name))
    elif rule == "falseSchema":
        yield Violation(
            inside, "additionalProperties", f"{inside}: is not in the schema", error.instance
        )
    else:
        detail = f"{inside or 'the whole'}: {_short(error.message)}"
        yield Violation(inside, rule, detail, error.instance)


def _at(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else None


def _path(parts: Sequence[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SENTENCE else f"{text[: LONGEST_SENTENCE - 1]}…"
