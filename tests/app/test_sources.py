"""Sources: made, changed, given new keys, and every step in the audit trail."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from zhiyin.app.cli import zhiyin
from zhiyin.app.commands import execute
from zhiyin.app.commands.sources import grace_of
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect.api import hash_write_key
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import Conflict, InvalidInput, NotFound


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    with Workspace.open(tmp_path / "shop", clock=FixedClock()) as opened:
        yield opened


def test_a_source_has_the_terms_that_it_was_given(workspace):
    execute(
        workspace,
        "source.create",
        {
            "name": "pages",
            "source_type": "web",
            "allowed_origins": ["https://Shop.cn/", "https://*.shop.cn"],
            "events_per_second": 500,
            "required_consents": ["analytics"],
        },
    )
    (source,) = execute(workspace, "source.list", {})
    assert source["allowed_origins"] == ["https://shop.cn", "https://*.shop.cn"]
    assert (source["source_type"], source["events_per_second"]) == ("web", 500)
    assert (source["required_consents"], source["is_active"]) == (["analytics"], True)


@pytest.mark.parametrize(
    ("terms", "says"),
    [({"source_type": "fax"}, "allowed: web, app"), ({"allowed_origins": ["shop.cn"]}, "no origin"),
     ({"events_per_second": -1}, "negative"), ({}, "Nothing to change")],
)  # fmt: skip
def test_terms_that_make_no_sense_are_refused(workspace, terms, says):
    execute(workspace, "source.create", {"name": "pages"})
    with pytest.raises(InvalidInput, match=says):
        execute(workspace, "source.change", {"name": "pages", **terms})


def test_a_change_leaves_the_other_terms_alone(workspace):
    execute(workspace, "source.create", {"name": "pages", "events_per_second": 5})
    execute(workspace, "source.change", {"name": "pages", "required_consents": ["ads"]})
    changed = execute(workspace, "source.change", {"name": "pages", "required_consents": []})
    assert (changed["events_per_second"], changed["required_consents"]) == (5, [])
    with pytest.raises(NotFound, match="known: pages"):
        execute(workspace, "source.change", {"name": "page", "events_per_second": 1})
    with pytest.raises(Conflict, match="choose another name"):
        execute(workspace, "source.create", {"name": "pages"})


def test_a_new_key_leaves_the_old_one_its_grace(workspace):
    old = execute(workspace, "source.create", {"name": "pages"})["write_key"]
    made = execute(workspace, "source.rotate", {"name": "pages", "grace": "2h"})
    keys = workspace.operational
    assert made["write_key"] != old
    assert keys.write_key(hash_write_key(made["write_key"])).valid_until is None
    ends = keys.write_key(hash_write_key(old)).valid_until
    assert ends == workspace.clock.now() + timedelta(hours=2)
    assert made["old_key_valid_until"] == ends.isoformat()


def test_each_step_leaves_a_line_without_a_key(workspace):
    made = execute(workspace, "source.create", {"name": "pages", "actor": "li.hua"})
    for step in ("rotate", "disable", "enable"):
        execute(workspace, f"source.{step}", {"name": "pages"})
    execute(workspace, "source.change", {"name": "pages", "is_active": False})
    lines = workspace.operational.audit()
    assert [(line["actor"], line["action"]) for line in reversed(lines)] == [
        ("li.hua", "source.create"),
        ("command line", "source.rotate"),
        ("command line", "source.disable"),
        ("command line", "source.enable"),
        ("command line", "source.change"),
    ]
    assert made["write_key"] not in str(lines)


@pytest.mark.parametrize(
    ("text", "grace"),
    [("7d", timedelta(days=7)), ("12h", timedelta(hours=12)), ("30m", timedelta(minutes=30)),
     ("0", timedelta(0)), ("1.5", timedelta(days=1.5)), (" 2 d ", timedelta(days=2))],
)  # fmt: skip
def test_a_grace_is_a_time(text, grace):
    assert grace_of(text) == grace


@pytest.mark.parametrize("text", ["", "soon", "-1d", "7w", "400d", "9" * 400])
def test_what_is_no_grace_is_refused_in_words(text):
    with pytest.raises(InvalidInput, match="The grace"):
        grace_of(text)


def test_the_command_line_takes_and_clears_the_terms(tmp_path):
    create_workspace(tmp_path / "shop")

    def run(*arguments: str):
        line = ["source", *arguments, "-w", str(tmp_path / "shop"), "--json"]
        ran = CliRunner().invoke(zhiyin, line, catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    run("create", "pages", "--type", "web", "--origin", "https://a.cn", "--rate", "9",
        "--require-consent", "ads")  # fmt: skip
    (source,) = run("list")
    assert (source["allowed_origins"], source["required_consents"]) == (["https://a.cn"], ["ads"])
    assert run("change", "pages", "--any-origin")["allowed_origins"] == []
    cleared = run("change", "pages", "--no-consent", "--rate", "0")
    assert (cleared["required_consents"], cleared["events_per_second"]) == ([], 0)
    assert cleared["source_type"] == "web"
    assert run("rotate", "pages", "--grace", "0")["write_key"].startswith("zyw_")
    assert run("disable", "pages")["is_active"] is False
    assert run("enable", "pages")["is_active"] is True
