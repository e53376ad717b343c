"""`zhiyin identity link` and `review`, and linkage in a run."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner

from zhiyin.app import wiring
from zhiyin.app.cli import zhiyin
from zhiyin.app.linking import linkage_builds_of_run
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.errors import NotFound
from zhiyin.identity.tables import MATCHES, PERSON_OF
from zhiyin.testing.linkage import MemoryLinker
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

ROWS = (
    ("1", "王小明", "1980-01-02", "杭州"),
    ("2", "王 小明", "1980-01-02", "杭州"),
    ("3", "赵云", "1975-05-06", "北京"),
    ("4", "李雷", "1990-03-04", "北京"),
    ("5", "李 雷", "1990-03-04", "北京"),
)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A workspace with five customer records; two pairs of them look alike."""
    monkeypatch.setattr(wiring, "linker", lambda workspace: MemoryLinker())
    folder = tmp_path / "shop"
    create_workspace(folder)
    records = [
        {
            "visitor_id": f"user:{number}",
            "customer_id": number,
            "name": name,
            "birth_date": date.fromisoformat(born),
            "city": city,
        }
        for number, name, born, city in ROWS
    ]
    workspace = Workspace.open(folder)
    workspace.warehouse.write(dw.CUSTOMERS, rows_of(dw.CUSTOMERS, *records))
    people = [{"visitor_id": one["visitor_id"], "person_id": one["visitor_id"]} for one in records]
    workspace.warehouse.write(PERSON_OF, rows_of(PERSON_OF, *people))
    workspace.close()
    return folder


def invoke(shop, *arguments: str) -> str:
    done = CliRunner().invoke(zhiyin, [*arguments, "-w", str(shop)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def asked(shop, *arguments: str) -> dict:
    return json.loads(invoke(shop, "identity", *arguments, "--json"))


def waiting(shop) -> dict[tuple[str, str], str]:
    return {
        (pair["left_id"], pair["right_id"]): pair["id"] for pair in asked(shop, "review")["reviews"]
    }


def test_before_anything_is_linked_nothing_waits(shop):
    assert asked(shop, "review") == {"total": 0, "reviews": []}
    assert "identity link" in invoke(shop, "identity", "review")


def test_linking_finds_pairs_once_and_says_so_when_nothing_changed(shop):
    first = asked(shop, "link")
    assert (first["outcome"], first["records"]) == ("built", 5)
    assert first["matches"] == {"accepted": 0, "review": first["waiting"]}
    assert asked(shop, "link")["outcome"] == "unchanged"
    assert asked(shop, "link", "--anew")["outcome"] == "built"
    assert "stand as they are" in invoke(shop, "identity", "link")


def test_a_decision_takes_a_pair_off_the_list_and_is_written_down(shop):
    asked(shop, "link")
    pairs = waiting(shop)
    joined, parted = ("user:1", "user:2"), ("user:4", "user:5")
    assert set(pairs) == {joined, parted}
    done = asked(shop, "review", "accept", pairs[joined], "--no-run", "--why", "called her")
    assert done["decided"][0]["says"] == "decided"
    assert done["is_pending"]
    asked(shop, "review", "reject", pairs[parted], "--no-run")
    assert waiting(shop) == {}
    decisions = asked(shop, "decisions")["decisions"]
    assert {(one["kind"], one["left_id"], one["why"]) for one in decisions} == {
        ("join", "user:1", "called her"),
        ("separate", "user:4", None),
    }
    with pytest.raises(NotFound, match="waits for review"):
        invoke(shop, "identity", "review", "accept", pairs[joined])


def test_the_list_shows_both_records_side_by_side(shop):
    asked(shop, "link")
    shown = invoke(shop, "identity", "review", "--limit", "1")
    assert "王小明" in shown
    assert "review accept" in shown


def test_a_run_links_only_where_the_policy_says_so(shop):
    policy = shop / "policies" / "identity.yaml"
    workspace = Workspace.open(shop)
    assert linkage_builds_of_run(workspace) == []
    text = policy.read_text("utf-8")
    policy.write_text(text.replace("enabled: false", "enabled: true"), encoding="utf-8")
    assert [build.spec for build in linkage_builds_of_run(workspace)] == [MATCHES]
    workspace.close()
