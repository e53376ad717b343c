"""Audiences by themselves: refreshed when they are due, reported when they change, handed on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from zhiyin.app import wiring
from zhiyin.app.commands import execute
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import Conflict, InvalidInput, Transient
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.testing.channels import HttpSink
from zhiyin.testing.rows import rows_of

MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def hook():
    with HttpSink() as sink:
        yield sink


@pytest.fixture
def clock():
    return FixedClock(MONDAY)


# Taken before any other test of the session puts channels of its own in their place.
REAL_CHANNELS = wiring.channels


@pytest.fixture
def shop(tmp_path, clock, hook, monkeypatch):
    """A workspace whose customers are written by hand."""
    monkeypatch.setattr(wiring, "channels", REAL_CHANNELS)
    create_workspace(tmp_path / "shop", name="shop", language="en", timezone="UTC")
    for file in (tmp_path / "shop" / "audiences").glob("*.yaml"):
        file.unlink()
    (tmp_path / "shop" / "zhiyin.toml").write_text(
        f'name = "shop"\nlanguage = "en"\ntimezone = "UTC"\n'
        f'[alerts]\nwebhook = "{hook.url}"\n[webhook]\nurl = "{hook.url}"\n',
        encoding="utf-8",
    )
    with Workspace.open(tmp_path / "shop", clock=clock) as workspace:
        people(workspace, 10)
        yield workspace


def people(workspace: Workspace, count: int) -> None:
    """Write customers with 0, 1, 2, … orders."""
    rows = [{"person_id": f"user:{n}", "orders": n, "email": f"{n}@a.b"} for n in range(count)]
    workspace.warehouse.write(dm.CUSTOMERS, rows_of(dm.CUSTOMERS, *rows))
    who = [{"visitor_id": row["person_id"], "person_id": row["person_id"]} for row in rows]
    workspace.warehouse.write(PERSON_OF, rows_of(PERSON_OF, *who))


def save(workspace: Workspace, name: str, **more):
    body = {"title": name, "where": {"attribute": "orders", "at_least": 5}, **more}
    return execute(workspace, "audience.save", {"name": name, **body})


def refresh(workspace: Workspace, since: datetime = MONDAY):
    asked = {"since": since.isoformat()}
    return execute(workspace, "audience.refresh", asked)["refreshed"]


def test_a_refresh_is_due_once_a_cycle(shop, clock):
    save(shop, "daily_one", refresh="daily")
    save(shop, "never")
    assert refresh(shop) == []
    clock.instant = MONDAY + timedelta(days=1)
    assert [row["audience"] for row in refresh(shop)] == ["daily_one"]
    assert refresh(shop) == []
    clock.instant += timedelta(days=1)
    assert len(refresh(shop)) == 1
    history = execute(shop, "audience.history", {"name": "daily_one"})
    assert [(row["reason"], row["members"]) for row in history] == [("schedule", 5)] * 2
    listed = {row["audience"]: row for row in execute(shop, "audience.list", {})}
    assert listed["daily_one"]["trend"] == [5, 5]


def test_a_change_beyond_the_bound_is_told_and_a_smaller_one_is_not(shop, clock, hook):
    save(shop, "watched", refresh="daily", alert_change=0.5)
    for day, count in enumerate((10, 12, 20), start=1):
        people(shop, count)
        clock.instant = MONDAY + timedelta(days=day)
        refresh(shop)
    (post,) = hook.posts
    assert post["subject"] == "Audience watched: 7 → 15 people (+114.3%)"
    assert post["facts"]["kind"] == "audience_size"


def test_a_count_follows_the_tables_and_the_files(shop):
    save(shop, "some")
    assert execute(shop, "audience.count", {"name": "some"})["count"] == 5
    people(shop, 8)
    assert execute(shop, "audience.count", {"name": "some"})["count"] == 3
    version = execute(shop, "audience.show", {"name": "some"})["version"]
    save(shop, "some", where={"everyone": True}, version=version)
    found = execute(shop, "audience.count", {"name": "some"})
    assert (found["count"], found["warnings"]) == (8, ["everybody"])


def test_a_snapshot_that_is_kept_stays_as_it_is(shop):
    save(shop, "some")
    execute(shop, "audience.snapshot", {"name": "some", "save_as": "as_of_june"})
    people(shop, 20)
    counts = {
        name: execute(shop, "audience.count", {"name": name})["count"]
        for name in ("some", "as_of_june")
    }
    assert counts == {"some": 15, "as_of_june": 5}


def test_only_the_present_state_is_kept_beside_the_warehouse(shop):
    execute(shop, "audience.warm", {})
    people(shop, 4)
    execute(shop, "audience.warm", {})
    (kept,) = (shop.data / "bitmaps").iterdir()
    assert {"people.arrow", "tags.bits", "attribute.orders.bits"} <= {
        file.name for file in kept.iterdir()
    }


def test_an_audience_is_handed_to_the_web_hook_page_by_page(shop, hook, monkeypatch):
    monkeypatch.setattr("zhiyin.app.commands.audience_refresh.PAGE", 2)
    save(shop, "some")
    told = execute(shop, "audience.post", {"name": "some"})
    assert (told["count"], told["pages"], len(hook.posts)) == (5, 3, 3)
    sent = [json.loads(post["body_text"])["people"] for post in hook.posts]
    ids = [one["person_id"] for page in sent for one in page]
    assert sorted(ids) == [f"user:{n}" for n in range(5, 10)]
    hashed = execute(shop, "audience.post", {"name": "some", "hashed": True})
    assert hashed["count"] == 5
    assert "@" not in hook.posts[-1]["body_text"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"refresh": "now and then"}, "no refresh cycle"),
        ({"alert_change": -1}, "above 0"),
        ({"where": {"audience": "gone"}}, "no audience is named 'gone'"),
        ({"where": "{attribute: [}"}, "not valid YAML"),
        ({"where": None}, "needs `where`"),
        ({"exclude": ["gone"]}, "gone"),
    ],
)
def test_what_cannot_be_read_again_is_not_saved(shop, more, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        save(shop, "wrong", **more)
    assert not (shop.root / "audiences" / "wrong.yaml").exists()
    assert execute(shop, "audience.list", {}) == []


def test_a_change_from_an_old_version_is_a_conflict(shop):
    version = save(shop, "mine")["version"]
    save(shop, "mine", owner="ann", version=version)
    with pytest.raises(Conflict, match="changed by somebody else"):
        save(shop, "mine", owner="bob", version=version)
    assert execute(shop, "audience.show", {"name": "mine"})["owner"] == "ann"


def test_a_web_hook_that_fails_says_how_far_it_came(shop, hook, monkeypatch):
    save(shop, "some")
    hook.answers[""] = (500, {})
    with pytest.raises(Transient, match="0 of 1 pages"):
        execute(shop, "audience.post", {"name": "some"})
