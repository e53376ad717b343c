from pathlib import Path

import pytest

from zhiyin.app.settings import load_settings
from zhiyin.app.workspace import create_workspace
from zhiyin.core.errors import Conflict, InvalidInput, NotFound


def write(folder: Path, text: str) -> Path:
    (folder / "zhiyin.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_directory_without_settings_is_no_workspace_and_says_how_to_make_one(tmp_path):
    with pytest.raises(NotFound, match=r"is not a workspace .*zhiyin init"):
        load_settings(tmp_path)


def test_a_workspace_of_a_newer_version_is_refused_with_both_versions(tmp_path):
    with pytest.raises(Conflict, match="format 99, this Zhiyin knows formats up to 1; upgrade"):
        load_settings(write(tmp_path, "format = 99\nsomething_new = true\n"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "not valid TOML"),
        ("colour = 'red'", "unknown field `colour`"),
        ("[server]\nport = 'x'", r"Expected `int`, got `str` - at `\$.server.port`"),
        ("timezone = 'Mars/Olympus'", "not in the tz database"),
        ("currency = 'yuan'", "not an ISO 4217 code"),
        ("language = 'fr'", "allowed: zh-CN, en"),
        ("[schedule]\nrun = 'at noon'", "schedule.run 'at noon' is not a cron expression"),
        ("[collect]\nitem_bytes = 0", "collect.item_bytes 0 must not be below 1"),
        ("[collect]\nqueue_bytes = 9", "collect.queue_bytes 9 is less than one request"),
        ("[email]\nsecurity = 'maybe'", "allowed: starttls, none"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(tmp_path, text, told):
    with pytest.raises(InvalidInput, match=told):
        load_settings(write(tmp_path, text))


def test_an_empty_file_means_the_defaults(tmp_path):
    settings = load_settings(write(tmp_path, ""))
    assert (settings.currency, settings.timezone, settings.language) == (
        "CNY",
        "Asia/Shanghai",
        "zh-CN",
    )
    assert settings.base_url == "http://127.0.0.1:8600"


def test_a_new_workspace_reads_back_what_it_was_made_with(tmp_path):
    create_workspace(tmp_path / "shop", currency="GBP", timezone="Europe/London", language="en")
    settings = load_settings(tmp_path / "shop")
    assert (settings.name, settings.currency, settings.language) == ("shop", "GBP", "en")


def test_making_a_workspace_twice_changes_nothing(tmp_path):
    create_workspace(tmp_path / "shop")
    before = {p: p.read_bytes() for p in (tmp_path / "shop").rglob("*") if p.is_file()}
    with pytest.raises(Conflict, match="already is a workspace"):
        create_workspace(tmp_path / "shop", currency="GBP")
    assert {p: p.read_bytes() for p in (tmp_path / "shop").rglob("*") if p.is_file()} == before
