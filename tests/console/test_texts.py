"""The console's texts: both languages complete, none of them in the components."""

from __future__ import annotations

import json
import re

import pytest
from tests.conftest import ROOT

SOURCES = ROOT / "web" / "console" / "src"
HAN = re.compile(r"[\u3400-\u9fff]")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}

    def walk(branch: dict, path: str) -> None:
        for key, value in branch.items():
            if isinstance(value, dict):
                walk(value, f"{path}{key}.")
            else:
                found[f"{path}{key}"] = value

    walk(json.loads((SOURCES / "i18n" / f"{language}.json").read_text("utf-8")), "")
    return found


# English has a plural form of its own, Chinese has one form for all counts.
def base(key: str) -> str:
    return re.sub(r"_(one|other)$", "", key)


def test_both_languages_have_the_same_keys():
    assert {base(key) for key in texts("en")} == {base(key) for key in texts("zh-CN")}


def test_texts_of_both_languages_take_the_same_values():
    chinese = {base(key): text for key, text in texts("zh-CN").items()}
    for key, text in texts("en").items():
        taken = set(re.findall(r"{{(\w+)", text)) - {"count"}
        assert taken == set(re.findall(r"{{(\w+)", chinese[base(key)])) - {"count"}, key


def test_no_text_is_empty():
    for language in ("en", "zh-CN"):
        assert [key for key, text in texts(language).items() if not text.strip()] == []


def test_english_is_not_chinese():
    meant = {"brand.latin", "language.zh-CN", "action.other_language"}
    assert {key for key, text in texts("en").items() if HAN.search(text)} <= meant


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SOURCES.rglob("*.ts*")) if "i18n" not in path.parts],
    ids=lambda path: path.name,
)
def test_no_text_stands_in_the_sources(path):
    assert HAN.findall(COMMENT.sub("", path.read_text("utf-8"))) == []


def test_every_key_that_is_asked_for_literally_exists():
    known = {base(key) for key in texts("en")}
    asked = {
        key
        for path in SOURCES.rglob("*.tsx")
        for key in re.findall(r"\bt\(\s*'([\w.-]+)'", path.read_text("utf-8"))
    }
    assert len(asked) > 50
    assert asked - known == set()
