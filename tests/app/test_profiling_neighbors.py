"""Live profiles where others are concerned too: who is who by now, and who decides it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.app.test_profiling import NOW, TIE, body, caught_up, ids_and_counts, opened

from zhiyin.app.commands import execute
from zhiyin.app.workspace import create_workspace
from zhiyin.identity.tables import PERSON_OF

IDENTITY = {"stages": ["warehouse", "identity"]}


@pytest.fixture
def root(tmp_path):
    create_workspace(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture(autouse=True)
def looked_at_every_turn(monkeypatch):
    monkeypatch.setattr("zhiyin.app.profiling.LOOK_SECONDS", 0.0)


def views(workspace, name):
    return ids_and_counts(workspace, name)[2].get("Product Viewed", 0)


@pytest.mark.slow
def test_a_new_device_does_not_bring_along_one_that_is_somebody_elses(root):
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        shared = {"anonymousId": "d1", "type": "identify"}
        bodies = [body(n, userId="7", **shared) for n in range(20)]
        bodies += [body(20, userId="9", **shared), body(21, userId="7"), body(22, userId="9")]
        workspace.event_log.append([*bodies, body(23, anonymousId="d1")])
        caught_up(workspace)
        execute(workspace, "load", {})
        execute(workspace, "run", IDENTITY)
        caught_up(workspace)
        tie = {"type": "identify", "userId": "9", "anonymousId": "d9"}
        workspace.event_log.append([body(30, **tie)])
        caught_up(workspace)
        assert ids_and_counts(workspace, "anon:d1")[:2] == ("user:7", ["anon:d1", "user:7"])
        assert [views(workspace, f"user:{user}") for user in "79"] == [2, 1]
        assert ids_and_counts(workspace, "user:9")[1] == ["anon:d9", "user:9"]


@pytest.mark.slow
def test_a_decision_is_followed_when_a_build_that_had_begun_before_it_has_ended(root, monkeypatch):
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        workspace.event_log.append([body(1, anonymousId="d1"), body(2, userId="7")])
        execute(workspace, "load", {})
        execute(workspace, "run", IDENTITY)
        workspace.event_log.append([body(3, anonymousId="d1"), body(4, userId="7")])
        caught_up(workspace)
        pair = {"left": "anon:d1", "right": "user:7", "later": True}
        execute(workspace, "identity.join", pair)
        caught_up(workspace)
        version = workspace.warehouse.version
        with monkeypatch.context() as patched:
            patched.setattr(
                workspace.warehouse,
                "version",
                lambda spec: f"{version(spec)}{'+' if spec is PERSON_OF else ''}",
            )
            caught_up(workspace)
        assert workspace.profiling.standing()["people"] == 2
        execute(workspace, "run", {"stages": ["identity"]})
        caught_up(workspace)
        assert ids_and_counts(workspace, "anon:d1")[:2] == ("user:7", ["anon:d1", "user:7"])


@pytest.mark.slow
def test_who_is_shown_is_made_of_what_is_stored_not_of_what_is_at_work(root):
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        workspace.event_log.append([body(1, userId="7"), body(2, anonymousId="d2")])
        caught_up(workspace)
        ties = [{"userId": "7", "anonymousId": one, "type": "identify"} for one in ("d1", "d2")]
        workspace.event_log.append([body(n, **tie) for n, tie in enumerate(ties, 3)])
        execute(workspace, "load", {})
        execute(workspace, "run", IDENTITY)
        workspace.profiling._kept["anon:d2"].own.clear()  # as in the middle of a change
        whole = ("user:7", ["anon:d1", "anon:d2", "user:7"], {"Product Viewed": 2}, {})
        assert ids_and_counts(workspace, "anon:d1") == whole


def test_a_new_merge_policy_reaches_live_profiles_at_once(root):
    with opened(root, NOW + timedelta(seconds=1)) as workspace:
        tie = body(3, userId="7", anonymousId="d1", type="identify")
        workspace.event_log.append([body(1, anonymousId="d1"), body(2, userId="7"), tie])
        caught_up(workspace)
        assert ids_and_counts(workspace, "anon:d1")[:2] == ("user:7", ["anon:d1", "user:7"])
        path = root / "policies" / "identity.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count("values: []") == 1
        path.write_text(text.replace("values: []", 'values: ["anon:d1"]'), encoding="utf-8")
        caught_up(workspace)
        assert ids_and_counts(workspace, "anon:d1")[1:3] == (["anon:d1"], {"Product Viewed": 1})
        assert ids_and_counts(workspace, "user:7")[1:3] == (["user:7"], {"Product Viewed": 1})


@pytest.mark.slow
def test_who_has_no_live_profile_yet_is_shown_by_the_very_id_that_was_asked_for(root):
    with opened(root, NOW + timedelta(minutes=1)) as workspace:
        bodies = [body(1, anonymousId="d1"), body(2, userId="7"), body(3, **TIE)]
        workspace.event_log.append(bodies)
        execute(workspace, "load", {})
        execute(workspace, "run", {"stages": ["warehouse", "identity"]})
        pair = {"left": "anon:d1", "right": "user:7", "later": True}
        execute(workspace, "identity.undo", pair)
        for name in ("anon:d1", "user:7"):
            shown = workspace.profiling.shown(name)
            assert (shown["person_id"], shown["ids"]) == (name, [name])
