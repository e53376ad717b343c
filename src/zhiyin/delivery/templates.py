"""Message templates: Liquid that may say what we allow about a person, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml
from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError
from markupsafe import Markup

from zhiyin.core.errors import InvalidInput, NotFound, not_allowed, unknown

# Everything that a message may say. A field that is not known of a person is nil.
FIELDS = (
    "customer.name",
    "customer.first_name",
    "customer.tier",
    "customer.favourite_category",
    "offer.title",
    "offer.value",
    "offer.code",
    "offer.min_spend",
    "offer.expires_on",
    "shop.name",
    "shop.url",
    "links.shop",
    "links.unsubscribe",
)
LAYOUT = "layout"
LAYOUT_FIELDS = (*FIELDS, "message.subject", "message.content")
LANGUAGES = ("zh-CN", "en")
TAGS = ("assign", "if", "unless", "case", "comment", "#")
FILTERS = (
    "append", "capitalize", "default", "downcase", "escape", "prepend", "remove", "replace",
    "strip", "truncate", "upcase",
)  # fmt: skip


_PARSER = ("content", "output", "illegal")  # what the parser itself goes through the table for


class _Sandbox(Environment):
    """Liquid with a ceiling on what one rendering may cost."""

    output_stream_limit = 300_000
    context_depth_limit = 20
    local_namespace_limit = 20_000

    def __init__(self, *, is_html: bool) -> None:
        super().__init__(autoescape=is_html, undefined=StrictUndefined)
        self.tags = {k: v for k, v in self.tags.items() if k in (*TAGS, *_PARSER)}
        self.filters = {k: v for k, v in self.filters.items() if k in FILTERS}


_HTML = _Sandbox(is_html=True)
_TEXT = _Sandbox(is_html=False)


class _Front(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: str
    title: str = ""


@dataclass(frozen=True)
class Template:
    """One message in one language."""

    name: str
    language: str
    title: str
    subject: BoundTemplate
    body: BoundTemplate


class Templates:
    """A workspace's templates, each checked when it was read."""

    def __init__(
        self, bodies: Mapping[tuple[str, str], Template], layouts: Mapping[str, BoundTemplate]
    ) -> None:
        self.bodies = bodies
        self.layouts = layouts

    def names(self) -> list[str]:
        """Return the names of the templates, sorted."""
        return sorted({name for name, _ in self.bodies})

    def template(self, name: str, language: str) -> Template:
        """Return a template; `NotFound` says which there are, or in which languages."""
        if name not in self.names():
            raise unknown("template", name, self.names(), then="Add it to templates/.")
        if (name, language) not in self.bodies:
            languages = ", ".join(lang for known, lang in sorted(self.bodies) if known == name)
            raise NotFound(
                f"Template {name!r} has no text for {language}; it has {languages}. "
                f"Add templates/{name}.{language}.liquid."
            )
        return self.bodies[name, language]

    def render(
        self, name: str, language: str, fields: Mapping[str, Mapping[str, Any]]
    ) -> tuple[str, str]:
        """Return subject and HTML body.

        Raises
        ------
        NotFound
            There is no such template in the language.
        InvalidInput
            The template asks for something that `fields` does not hold.
        """
        template = self.template(name, language)
        try:
            subject = " ".join(str(template.subject.render(**fields)).split())
            content = template.body.render(**fields)
            layout = self.layouts.get(language)
            if layout is None:
                return subject, str(content)
            inside = {"subject": subject, "content": Markup(content)}
            return subject, str(layout.render(**fields, message=inside))
        except LiquidError as error:
            raise InvalidInput(f"Template {name}.{language}: {_sentence(error)}") from error


def load_templates(folder: Path) -> Templates:
    """Read every `NAME.LANGUAGE.liquid` of a folder.

    `layout.LANGUAGE.liquid`, if there, is put around every message of the language.

    Raises
    ------
    InvalidInput
        A template is malformed, uses something that is not allowed, or the message it makes has no
        unsubscribe link.
    """
    bodies: dict[tuple[str, str], Template] = {}
    layouts: dict[str, BoundTemplate] = {}
    for path in sorted(folder.glob("*.liquid")):
        name, language = _named(path)
        text = path.read_text(encoding="utf-8")
        if name == LAYOUT:
            layouts[language] = _layout(text, path)
        else:
            bodies[name, language] = _template(text, path)
    for (_, language), template in bodies.items():
        if not _says(template.body, "links.unsubscribe") and not (
            language in layouts and _says(layouts[language], "links.unsubscribe")
        ):
            raise InvalidInput(
                f"Template {template.name}.{language} has no way out; "
                "link {{ links.unsubscribe }} in it or in the layout."
            )
    return Templates(bodies, layouts)


def _named(path: Path) -> tuple[str, str]:
    name, _, language = path.name.removesuffix(".liquid").rpartition(".")
    if not name or language not in LANGUAGES:
        raise not_allowed(
            f"{path}: the language before .liquid", language, LANGUAGES,
            then="Name the file such as winback.zh-CN.liquid.",
        )  # fmt: skip
    return name, language


def _template(text: str, path: Path) -> Template:
    name, language = _named(path)
    start, front, body = ("", "", text) if not text.startswith("---\n") else _split(text)
    if not start:
        raise InvalidInput(f"{path} does not begin with a front matter; start with ---, subject: …")
    try:
        head = msgspec.convert(yaml.safe_load(front) or {}, _Front)
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}: front matter: {error}; allowed: subject, title.") from error
    return Template(
        name=name,
        language=language,
        title=head.title or name,
        subject=_compiled(_TEXT, head.subject, path, FIELDS),
        body=_compiled(_HTML, body, path, FIELDS),
    )


def _split(text: str) -> tuple[str, str, str]:
    front, end, body = text[4:].partition("\n---\n")
    return ("---" if end else ""), front, body


def _layout(text: str, path: Path) -> BoundTemplate:
    layout = _compiled(_HTML, text, path, LAYOUT_FIELDS)
    if not _says(layout, "message.content"):
        raise InvalidInput(f"{path} never says {{{{ message.content }}}}; messages would be empty.")
    return layout


def _compiled(sandbox: _Sandbox, source: str, path: Path, allowed: Sequence[str]) -> BoundTemplate:
    try:
        template = sandbox.from_string(source, name=path.name)
        used = template.analyze()
    except LiquidError as error:
        raise InvalidInput(f"{path}: {_sentence(error)}") from error
    wrong = sorted({field for field in _fields(template) if field not in allowed})
    if wrong:
        raise InvalidInput(
            f"{path} asks for {', '.join(wrong)}; a message may say {', '.join(allowed)}."
        )
    filters = sorted(set(used.filters) - set(FILTERS))
    if filters:
        raise InvalidInput(
            f"{path} uses the filters {', '.join(filters)}; allowed: {', '.join(FILTERS)}."
        )
    return template


def _fields(template: BoundTemplate) -> Iterator[str]:
    for variables in template.analyze().globals.values():
        yield from (str(variable) for variable in variables)


def _says(template: BoundTemplate, field: str) -> bool:
    return field in set(_fields(template))


def _sentence(error: LiquidError) -> str:
    return " ".join(str(error).split())
