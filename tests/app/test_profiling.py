"""Live profiles of a workspace: the log in, the store out, restarts between."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zhiyin.app.commands import execute
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect.api import accept
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import NotFound, Transient

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AUDIENCE = """name: {name}
title: {{zh-CN: 名, en: Name}}
description: {{zh-CN: 名, en: Name}}
where: {where}
"""


def body(number, *, at=NOW, event="Product Viewed", **fields):
    told = {"type": "track", "event": event, "messageId": f"m{number}", "timestamp": at.isoformat()}
    item = accept({**told, **fields}, source_id="web", received_at=at)
    assert isinstance(item, bytes)
    return item


def define(root, name, where):
    text = AUDIENCE.format(name=name, where=json.dumps(where))
    (root / "audiences" / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def root(tmp_path):
    create_workspace(tmp_path / "shop")
    for folder in ("tags", "audiences"):
        for path in (tmp_path / "shop" / folder).glob("*.yaml"):
            path.unlink()
    return tmp_path / "shop"


def opened(root, at=NOW):
    return Workspace.open(root, doing="test", clock=FixedClock(at))


def caught_up(workspace):
    while workspace.profiling.turn():
        pass


def audiences(workspace, name):
    return [one["audience"] for one in workspace.profiling.shown(name)["audiences"]]


def test_an_event_is_in_its_persons_profile_after_one_turn(root):
    define(root, "viewers", {"did": "Product Viewed"})
    with opened(root, NOW + timedelta(seconds=1)) as workspace:
        workspace.event_log.append([body(1, anonymousId="d1"), body(2, userId="7")])
        workspace.profiling.turn()
        assert audiences(workspace, "anon:d1") == ["viewers"]
        found = execute(workspace, "profiles.show", {"id": "user:7"})
        assert found["counters"] == {"Product Viewed": 1}
        assert found["audiences"][0]["since"] == "2026-03-01T12:00:01+00:00"
        assert execute(workspace, "profiles.status", {}) == {
            "people": 2, "waiting": 0, "is_following": True,
        }  # fmt: skip
        with pytest.raises(NotFound, match="'user:none'"):
            workspace.profiling.shown("user:none")


def test_a_restart_goes_on_where_the_last_turn_ended(root):
    define(root, "viewers", {"did": "Product Viewed", "at_least": 3})
    for number in range(3):
        with opened(root, NOW + timedelta(seconds=1)) as workspace:
            workspace.event_log.append([body(number, userId="7")])
            caught_up(workspace)
            expected = ["viewers"] if number == 2 else []
            assert audiences(workspace, "user:7") == expected
            assert workspace.profiling.shown("user:7")["counters"]["Product Viewed"] == number + 1


def test_members_drop_out_because_time_passed(root):
    define(root, "fresh", {"did": "Product Viewed", "within_days": 1})
    clock = FixedClock(NOW + timedelta(seconds=1))
    with Workspace.open(root, doing="test", clock=clock) as workspace:
        workspace.event_log.append([body(1, userId="7")])
        caught_up(workspace)
        clock.advance(timedelta(days=1) - timedelta(seconds=1))
        caught_up(workspace)
        assert audiences(workspace, "user:7") == ["fresh"]
        clock.advance(timedelta(milliseconds=1))
        assert workspace.profiling.turn() == 1
        assert audiences(workspace, "user:7") == []
        assert workspace.profiling.turn() == 0


STAGES = {"stages": ["warehouse", "identity", "profiles", "audiences"]}


@pytest.mark.slow
def test_a_definition_that_changes_is_applied_to_what_was_done_before(root, monkeypatch):
    monkeypatch.setattr("zhiyin.app.profiling.LOOK_SECONDS", 0.0)
    define(root, "adders", {"did": "Product Added", "at_least": 9})
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        added = body(1, userId="7", event="Product Added")
        workspace.event_log.append([added, body(2, userId="7")])
        caught_up(workspace)
        assert audiences(workspace, "user:7") == []
        define(root, "adders", {"did": "Product Added"})
        define(root, "viewers", {"did": "Product Viewed"})
        caught_up(workspace)
        # Nobody asked for views when that one came, so it is the warehouse's to tell.
        assert audiences(workspace, "user:7") == ["adders"]
        execute(workspace, "load", {})
        execute(workspace, "run", STAGES)
        caught_up(workspace)
        assert audiences(workspace, "user:7") == ["adders", "viewers"]


def ids_and_counts(workspace, name):
    shown = workspace.profiling.shown(name)
    return shown["person_id"], shown["ids"], shown["counters"], shown["traits"]


@pytest.mark.slow
@pytest.mark.parametrize("later", [True, False])
def test_a_link_that_is_cut_parts_people_with_all_that_each_of_them_did(root, monkeypatch, later):
    monkeypatch.setattr("zhiyin.app.profiling.LOOK_SECONDS", 0.0)
    define(root, "viewers", {"did": "Product Viewed", "at_least": 3})
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        tie = {"type": "identify", "userId": "7", "anonymousId": "d1", "traits": {"city": "x"}}
        before = [body(1, anonymousId="d1"), body(2, userId="7"), body(3, **tie)]
        workspace.event_log.append(before)
        caught_up(workspace)
        execute(workspace, "load", {})
        execute(workspace, "run", STAGES)
        after = [body(4, anonymousId="d1"), body(5, anonymousId="d1", event="Product Added")]
        workspace.event_log.append(after)
        caught_up(workspace)
        assert ids_and_counts(workspace, "anon:d1") == (
            "user:7", ["anon:d1", "user:7"], {"Product Added": 1, "Product Viewed": 3},
            {"city": "x"},
        )  # fmt: skip
        assert audiences(workspace, "user:7") == ["viewers"]
        pair = {"left": "anon:d1", "right": "user:7", "later": later}
        execute(workspace, "identity.undo", pair)

        def apart():
            caught_up(workspace)
            counts = {"Product Added": 1, "Product Viewed": 2}
            assert ids_and_counts(workspace, "anon:d1") == ("anon:d1", ["anon:d1"], counts, {})
            assert ids_and_counts(workspace, "user:7") == (
                "user:7", ["user:7"], {"Product Viewed": 1}, {"city": "x"},
            )  # fmt: skip
            assert audiences(workspace, "user:7") == audiences(workspace, "anon:d1") == []

        apart()
        # The same evidence once more does not bring back what a person has undone.
        workspace.event_log.append([body(6, **tie)])
        apart()
        execute(workspace, "load", {})
        execute(workspace, "run", STAGES)
        apart()
        workspace.event_log.append([body(7, anonymousId="d1")])
        caught_up(workspace)
        assert audiences(workspace, "anon:d1") == ["viewers"]


@pytest.mark.slow
def test_a_decision_taken_back_and_what_only_the_warehouse_ties_reach_live_profiles(
    root, monkeypatch
):
    monkeypatch.setattr("zhiyin.app.profiling.LOOK_SECONDS", 0.0)
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        workspace.event_log.append([body(1, anonymousId="d1"), body(2, userId="7")])
        caught_up(workspace)
        execute(workspace, "load", {})
        execute(workspace, "run", STAGES)
        pair = {"left": "anon:d1", "right": "user:7"}
        made = execute(workspace, "identity.join", pair)
        caught_up(workspace)
        whole = ("user:7", ["anon:d1", "user:7"], {"Product Viewed": 2}, {})
        assert ids_and_counts(workspace, "anon:d1") == whole
        assert workspace.profiling.standing()["people"] == 1
        execute(workspace, "identity.revoke", {"decision_id": made["decision_id"]})
        caught_up(workspace)
        assert ids_and_counts(workspace, "anon:d1")[:2] == ("anon:d1", ["anon:d1"])
        assert ids_and_counts(workspace, "user:7")[2] == {"Product Viewed": 1}


def refuses(changes):
    raise Transient("The disk is full; make room.")


TIE = {"type": "identify", "userId": "7", "anonymousId": "d1"}


def kept_apart(workspace):
    """Have a device and a customer number kept apart that were seen together; return by what."""
    workspace.event_log.append([body(1, anonymousId="d1"), body(2, userId="7")])
    execute(workspace, "load", {})
    execute(workspace, "run", {"stages": ["warehouse", "identity"]})
    caught_up(workspace)
    pair = {"left": "anon:d1", "right": "user:7", "later": True}
    made = execute(workspace, "identity.separate", pair)
    workspace.event_log.append([body(3, **TIE), body(4, userId="7")])
    caught_up(workspace)
    assert workspace.profiling.standing()["people"] == 2
    return made["decision_id"]


@pytest.mark.slow
def test_a_decision_taken_back_joins_all_that_both_did_though_only_one_calls_and_storing_failed(
    root, monkeypatch
):
    monkeypatch.setattr("zhiyin.app.profiling.LOOK_SECONDS", 0.0)
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        made = kept_apart(workspace)
        execute(workspace, "identity.revoke", {"decision_id": made, "later": True})
        # The call comes before the customer's turn to be worked out anew.
        workspace.event_log.append([body(5, anonymousId="d1")])

        with monkeypatch.context() as patched:
            patched.setattr(workspace.operational, "store_live", refuses)
            with pytest.raises(Transient):
                workspace.profiling.turn()
        caught_up(workspace)
        whole = ("user:7", ["anon:d1", "user:7"], {"Product Viewed": 2}, {})
        assert ids_and_counts(workspace, "user:7") == whole
        assert workspace.profiling.standing()["people"] == 1


PLAN = """version: 0
unknown_events: {unknown}
events:
  - {{event: Product Viewed, enforce: block, owner: shop}}
"""


def test_what_the_tracking_plan_blocks_does_not_count_live_either(root, monkeypatch):
    monkeypatch.setattr("zhiyin.app.profiling.LOOK_SECONDS", 0.0)
    folder = root / "tracking"
    (folder / "events").mkdir(parents=True, exist_ok=True)
    schema = {"type": "object", "required": ["product_id"]}
    (folder / "events" / "product_viewed.json").write_text(json.dumps(schema), encoding="utf-8")
    (folder / "plan.yaml").write_text(PLAN.format(unknown="block"), encoding="utf-8")
    with opened(root, NOW + timedelta(seconds=1)) as workspace:
        bodies = [
            body(1, userId="7"),
            body(2, userId="7", properties={"product_id": "p"}),
            body(3, userId="7", event="Wheel Spun"),
        ]
        workspace.event_log.append(bodies)
        caught_up(workspace)
        assert workspace.profiling.shown("user:7")["counters"] == {"Product Viewed": 1}
        assert execute(workspace, "load", {})["rows_kept"] == 1
        (folder / "plan.yaml").write_text(PLAN.format(unknown="allow"), encoding="utf-8")
        workspace.event_log.append([body(4, userId="7", event="Wheel Spun")])
        caught_up(workspace)
        counters = workspace.profiling.shown("user:7")["counters"]
        assert counters == {"Product Viewed": 1, "Wheel Spun": 1}


def test_external_ids_join_people_as_they_do_in_the_warehouse(root):
    with opened(root, NOW + timedelta(seconds=1)) as workspace:
        ids = [{"type": "$identity_mp_openid", "id": "wx1"}]
        workspace.event_log.append(
            [
                body(1, userId="7", context={"externalIds": ids}),
                body(
                    2, anonymousId="d1", context={"externalIds": [*ids, {"type": "x", "id": "y"}]}
                ),
            ]
        )
        caught_up(workspace)
        shown = workspace.profiling.shown("anon:d1")
        assert shown["ids"] == ["anon:d1", "openid:wx1", "user:7"]
        assert shown["counters"] == {"Product Viewed": 2}


@pytest.mark.slow
def test_members_of_a_list_are_in_it_live_too_and_so_is_who_they_are_merged_with(root, monkeypatch):
    monkeypatch.setattr("zhiyin.app.profiling.LOOK_SECONDS", 0.0)
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        workspace.event_log.append([body(1, userId="7"), body(2, userId="8")])
        execute(workspace, "load", {})
        execute(workspace, "run", {"stages": ["warehouse", "identity", "profiles", "audiences"]})
        caught_up(workspace)
        assert audiences(workspace, "user:7") == []
        execute(workspace, "audience.upload", {"name": "guests", "text": "user_id\n7\n"})
        viewing = [{"audience": "guests"}, {"did": "Product Viewed"}]
        define(root, "guests_who_view", {"all": viewing})
        caught_up(workspace)
        assert audiences(workspace, "user:7") == ["guests", "guests_who_view"]
        assert audiences(workspace, "user:8") == []
        login = body(3, userId="7", anonymousId="d1", type="identify")
        workspace.event_log.append([login])
        caught_up(workspace)
        assert audiences(workspace, "anon:d1") == ["guests", "guests_who_view"]
        execute(workspace, "audience.upload", {"name": "guests", "text": "user_id\n8\n"})
        caught_up(workspace)
        assert audiences(workspace, "user:7") == []
        assert audiences(workspace, "user:8") == ["guests", "guests_who_view"]


@pytest.mark.slow
def test_live_profiles_begin_with_what_the_warehouse_knows_and_do_not_count_it_twice(root):
    define(root, "viewers", {"did": "Product Viewed", "at_least": 3})
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        first = [body(n, userId="7", anonymousId="d1") for n in range(2)]
        workspace.event_log.append(first)
        execute(workspace, "load", {})
        execute(workspace, "run", {"stages": ["warehouse", "identity", "profiles", "audiences"]})
        assert workspace.profiling.shown("anon:d1")["person_id"] == "user:7"
        workspace.event_log.append([body(0, userId="7"), body(5, anonymousId="d1")])
        caught_up(workspace)
        assert workspace.operational.live_position() == {"main": 4}
        assert audiences(workspace, "user:7") == ["viewers"]
        # What a run takes over is no longer kept apart.
        execute(workspace, "load", {})
        execute(workspace, "run", {"stages": ["warehouse", "identity", "profiles", "audiences"]})
        workspace.profiling.rules = None
        caught_up(workspace)
        assert audiences(workspace, "user:7") == ["viewers"]
        assert workspace.profiling.standing()["people"] == 1


def test_what_could_not_be_stored_did_not_happen(root, monkeypatch):
    with opened(root, NOW + timedelta(seconds=1)) as workspace:
        workspace.event_log.append([body(1, userId="7")])
        store = workspace.operational.store_live

        monkeypatch.setattr(workspace.operational, "store_live", refuses)
        with pytest.raises(Transient):
            workspace.profiling.turn()
        monkeypatch.setattr(workspace.operational, "store_live", store)
        caught_up(workspace)
        assert workspace.profiling.shown("user:7")["counters"] == {"Product Viewed": 1}


FOLLOW = """
import sys
from pathlib import Path
from zhiyin.app.workspace import Workspace
with Workspace.open(Path(sys.argv[1]), doing="follow") as workspace:
    print("ready", flush=True)
    while workspace.profiling.standing()["waiting"] or not workspace.profiling.position():
        workspace.profiling.turn()
    print("done", flush=True)
"""


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_and_repeats_nothing(root: Path, monkeypatch):
    define(root, "many", {"did": "Product Viewed", "at_least": 40})
    rng, people, events = random.Random(4), 50, 6_000
    truth = dict.fromkeys(range(people), 0)
    bodies = []
    for number in range(events):
        person = rng.randrange(people)
        truth[person] += 1
        bodies.append(body(number, userId=str(person)))
    with opened(root) as workspace:
        workspace.event_log.append(bodies)
    script = FOLLOW.replace("while", "import zhiyin.app.profiling as p; p.BATCH = 37\n    while", 1)
    kills = 0
    for _ in range(40):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0.05, 0.4))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        kills += 1
    assert kills >= 3
    with opened(root, NOW + timedelta(seconds=1)) as workspace:
        caught_up(workspace)
        for person, times in truth.items():
            shown = workspace.profiling.shown(f"user:{person}")
            assert shown["counters"] == {"Product Viewed": times}
            assert [one["audience"] for one in shown["audiences"]] == ["many"]
