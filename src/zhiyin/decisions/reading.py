"""Definition files: YAML that a person writes, checked field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from zhiyin.core.errors import InvalidInput, NotFound

LANGUAGES = ("zh-CN", "en")

Kind = TypeVar("Kind")


def read_yaml(path: Path) -> Any:
    """Return what a YAML file says; `InvalidInput` names the line that is no YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"{path} does not exist; `zhiyin init` writes a default one.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read as YAML: {error}.") from error


def converted(raw: Any, kind: type[Kind], where: object) -> Kind:
    """Return `raw` as the given structure; `InvalidInput` names the field that does not fit."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        fields = ", ".join(field.name for field in msgspec.structs.fields(kind))
        raise InvalidInput(f"{where}: {error}; fields of the whole: {fields}.") from error


def check_titles(title: dict[str, str], where: object) -> None:
    """Raise `InvalidInput` unless the title exists in every language of the product."""
    for language in LANGUAGES:
        if not title.get(language, "").strip():
            raise InvalidInput(
                f"{where}: title has no text for {language}; "
                f"write one for each of {', '.join(LANGUAGES)}."
            )


def check_share(name: str, share: float, where: object, *, below: float = 1.0) -> None:
    """Raise `InvalidInput` unless `0 <= share < below`."""
    if not 0 <= share < below:
        raise InvalidInput(
            f"{where}: {name} is {share}; give a share from 0 up to, not including, {below:g}, "
            "such as 0.1."
        )
