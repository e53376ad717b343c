"""One contract for the operational store, over every adapter."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from zhiyin.adapters.operational.sql import SqlOperationalStore
from zhiyin.core.errors import Conflict, InvalidInput, NotFound
from zhiyin.ports.operational import (
    Account,
    CampaignRecord,
    JobRun,
    OperationalStore,
    OutboxRow,
    Session,
    WriteKey,
)
from zhiyin.testing.operational import MemoryOperationalStore

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path):
    made: OperationalStore = (
        SqlOperationalStore(tmp_path / "operational.sqlite")
        if request.param == "sqlite"
        else MemoryOperationalStore()
    )
    yield made
    made.close()


def a_row(number: int, **changes) -> OutboxRow:
    row = OutboxRow(
        decision_id=f"d{number:05}",
        channel="email",
        campaign_id="spring",
        person_id=f"user:{number}",
        message_id=f"m{number:05}",
        address=f"{number}@shop.test",
        payload={"姓名": "知音", "n": number},
        due_at=NOW,
    )
    return replace(row, **changes)


# accounts


def test_an_account_comes_back_as_it_was_stored(store):
    account = Account("li", "李雷", "analyst", "hash", "en", False)
    store.add_account(account)
    assert store.account("li") == account
    assert store.account("nobody") is None


def test_a_taken_user_name_is_a_conflict(store):
    store.add_account(Account("li", "Li", "admin", "h"))
    with pytest.raises(Conflict, match="'li' is taken"):
        store.add_account(Account("li", "Other", "admin", "h"))
    assert store.account("li").display_name == "Li"


def test_only_known_fields_of_known_accounts_change(store):
    store.add_account(Account("li", "Li", "admin", "h"))
    store.change_account("li", role="viewer", is_active=False)
    assert (store.account("li").role, store.account("li").is_active) == ("viewer", False)
    with pytest.raises(NotFound, match="'wang'"):
        store.change_account("wang", role="viewer")
    with pytest.raises(InvalidInput, match="password_hash"):
        store.change_account("li", password="secret")


def test_a_session_ends_when_it_expires_or_is_closed(store):
    store.open_session(Session("t1", "li", "c", NOW + HOUR))
    assert store.session("t1", NOW) == Session("t1", "li", "c", NOW + HOUR)
    assert store.session("t1", NOW + HOUR) is None
    store.close_session("t1")
    store.close_session("t1")
    assert store.session("t1", NOW) is None


def test_the_audit_log_is_read_newest_first_in_pages(store):
    for number in range(5):
        store.record_audit(
            at=NOW, actor="li", action="sql", subject=f"q{number}", detail={"n": number}
        )
    page = store.audit(limit=2)
    assert [row["subject"] for row in page] == ["q4", "q3"]
    assert page[0]["detail"] == {"n": 4}
    assert page[0]["at"] == NOW
    rest = store.audit(limit=10, before=page[-1]["id"])
    assert [row["subject"] for row in rest] == ["q2", "q1", "q0"]


def test_write_keys_have_unique_names_and_can_be_disabled(store):
    key = WriteKey("src_1", "web", "hash1", NOW)
    store.add_write_key(key)
    with pytest.raises(Conflict, match="'web'"):
        store.add_write_key(WriteKey("src_2", "web", "hash2", NOW))
    assert store.write_key("hash1") == key
    assert store.write_key("other") is None
    store.disable_write_key("web")
    assert [k.is_active for k in store.write_keys()] == [False]
    with pytest.raises(NotFound, match="known: web"):
        store.disable_write_key("app")


def test_a_source_s_terms_change_and_its_name_does_not(store):
    store.add_write_key(WriteKey("src_1", "web", "hash1", NOW, allowed_origins=("https://a.b",)))
    store.change_source("web", events_per_second=5, required_consents=("analytics",))
    (source,) = store.write_keys()
    assert (source.events_per_second, source.required_consents) == (5, ("analytics",))
    assert source.allowed_origins == ("https://a.b",)
    store.change_source("web", allowed_origins=(), is_active=False)
    assert store.write_key("hash1").allowed_origins == ()
    assert not store.write_key("hash1").is_active
    with pytest.raises(InvalidInput, match="allowed: source_type"):
        store.change_source("web", created_at=NOW)
    with pytest.raises(NotFound, match="known: web"):
        store.change_source("app", is_active=True)


def test_a_replaced_key_leads_to_its_source_until_it_ends(store):
    store.add_write_key(WriteKey("src_1", "web", "hash1", NOW))
    store.add_write_key(WriteKey("src_2", "app", "hash0", NOW))
    week, month = NOW + timedelta(days=7), NOW + timedelta(days=30)
    store.rotate_write_key("web", "hash2", month)
    assert store.write_key("hash2") == WriteKey("src_1", "web", "hash2", NOW)
    assert store.write_key("hash1") == WriteKey("src_1", "web", "hash1", NOW, valid_until=month)
    store.rotate_write_key("web", "hash3", week)
    ends = [store.write_key(name).valid_until for name in ("hash1", "hash2", "hash3", "hash0")]
    assert ends == [week, week, None, None]
    store.rotate_write_key("web", "hash4", month)
    assert store.write_key("hash1").valid_until == week
    assert [source.key_hash for source in store.write_keys()] == ["hash0", "hash4"]
    store.disable_write_key("web")
    assert not any(store.write_key(f"hash{n}").is_active for n in (1, 2, 3, 4))
    with pytest.raises(NotFound, match="known: app, web"):
        store.rotate_write_key("shop", "hash9", week)


# outbox


def test_known_rows_are_left_alone_when_queued_again(store):
    assert store.enqueue([a_row(1), a_row(2), a_row(1, address="twice@shop.test")]) == 2
    assert store.enqueue([a_row(2, address="new@shop.test"), a_row(3)]) == 1
    assert store.enqueue([]) == 0
    assert store.outbox_row("m00002") == a_row(2)
    assert store.outbox_row("m00001").address == "1@shop.test"


def test_only_due_rows_are_claimed_earliest_first(store):
    store.enqueue([a_row(1), a_row(2, due_at=NOW - HOUR), a_row(3, due_at=NOW + HOUR)])
    claimed = store.claim_due(NOW, 10)
    assert [row.message_id for row in claimed] == ["m00002", "m00001"]
    assert {(row.state, row.attempts, row.changed_at) for row in claimed} == {("sending", 1, NOW)}
    assert store.claim_due(NOW, 10) == []
    assert store.claim_due(NOW + HOUR, 0) == []
    assert [row.message_id for row in store.claim_due(NOW + HOUR, 10)] == ["m00003"]


def test_a_settled_row_keeps_its_new_state_and_a_deferred_one_comes_due_again(store):
    store.enqueue([a_row(1), a_row(2)])
    one, two = store.claim_due(NOW, 2)
    later = NOW + HOUR
    store.settle(
        [
            replace(one, state="sent", receipt="250 ok", changed_at=later),
            replace(two, state="queued", why="busy", due_at=later, changed_at=NOW),
        ]
    )
    store.settle([])
    sent = store.outbox_row("m00001")
    assert (sent.state, sent.receipt, sent.changed_at) == ("sent", "250 ok", later)
    assert store.claim_due(NOW, 10) == []
    again = store.claim_due(later, 10)
    assert [(row.message_id, row.attempts, row.why) for row in again] == [("m00002", 2, "busy")]


def test_interrupted_rows_become_uncertain_and_are_never_claimed_or_settled_again(store):
    store.enqueue([a_row(1), a_row(2)])
    (claimed,) = store.claim_due(NOW, 1)
    assert store.mark_interrupted(NOW + HOUR) == 1
    assert store.mark_interrupted(NOW + HOUR) == 0
    store.settle([replace(claimed, state="queued")])
    assert store.outbox_row("m00001").state == "uncertain"
    assert [row.message_id for row in store.claim_due(NOW + HOUR, 10)] == ["m00002"]


def test_rows_are_counted_and_found_by_campaign_person_and_state(store):
    store.enqueue([a_row(n, campaign_id="a" if n % 2 else "b") for n in range(6)])
    store.claim_due(NOW, 2)
    assert dict(store.outbox_counts()) == {"queued": 4, "sending": 2}
    assert dict(store.outbox_counts("a")) == {"queued": 2, "sending": 1}
    assert dict(store.outbox_counts("none")) == {}
    assert [r.message_id for r in store.outbox_rows(campaign_id="a", state="sending")] == ["m00001"]
    assert [r.message_id for r in store.outbox_rows(person_id="user:4")] == ["m00004"]
    assert len(store.outbox_rows(limit=3)) == 3


def test_sent_and_uncertain_messages_count_against_a_person_from_an_instant_on(store):
    same = [a_row(n, person_id="user:x") for n in range(4)]
    store.enqueue([*same, a_row(9)])
    claimed = store.claim_due(NOW, 5)
    states = ["sent", "sent", "refused", "sending", "sent"]
    times = [NOW - HOUR, NOW, NOW, NOW, NOW - HOUR]
    store.settle(
        [
            replace(r, state=s, changed_at=t)
            for r, s, t in zip(claimed, states, times, strict=True)
            if s != "sending"
        ]
    )
    store.mark_interrupted(NOW)
    assert dict(store.sent_since(["user:x", "user:9", "user:none"], NOW)) == {"user:x": 2}
    assert dict(store.sent_since(["user:x", "user:9"], NOW - HOUR)) == {"user:x": 3, "user:9": 1}
    assert dict(store.sent_since([], NOW)) == {}
    assert dict(store.sent_since(["user:x"], NOW, "email")) == {"user:x": 2}
    assert dict(store.sent_since(["user:x"], NOW, "sms")) == {}


def test_a_suppressed_address_stays_so_until_it_is_lifted(store):
    store.suppress("email", "Ann@Shop.test", NOW, "unsubscribed")
    store.suppress("email", "ann@shop.test", NOW + HOUR, "again")
    asked = ["ann@shop.test", "ANN@shop.test", "bob@shop.test"]
    assert store.suppressed("email", asked) == {"ann@shop.test", "ANN@shop.test"}
    assert store.suppressed("sms", asked) == set()
    assert store.suppressed("email", []) == set()
    store.lift_suppression("email", "aNN@shop.test")
    store.lift_suppression("email", "nobody@shop.test")
    assert store.suppressed("email", asked) == set()


def test_threads_never_claim_the_same_row(store):
    store.enqueue([a_row(n) for n in range(300)])
    claimed: list[str] = []

    def claim() -> None:
        while rows := store.claim_due(NOW, 7):
            claimed.extend(row.message_id for row in rows)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(claimed) == Counter(f"m{n:05}" for n in range(300))


OUTBOX_STEPS = st.lists(
    st.sampled_from(["enqueue", "claim", "send", "defer", "refuse", "interrupt"]), max_size=30
)


@given(steps=OUTBOX_STEPS)
@settings(max_examples=25, deadline=None)
def test_a_message_is_in_one_state_and_is_sent_at_most_once_whatever_happens(
    tmp_path_factory, steps
):
    fakes = [MemoryOperationalStore()]
    path = tmp_path_factory.mktemp("outbox") / "o.sqlite"
    stores = [*fakes, SqlOperationalStore(path)]
    outcomes = {"send": "sent", "defer": "queued", "refuse": "refused"}
    queued, handed = 0, Counter()
    held: list[list[OutboxRow]] = [[], []]
    for step in steps:
        if step == "enqueue":
            queued += 1
        for which, store in enumerate(stores):
            if step == "enqueue":
                store.enqueue([a_row(queued), a_row(max(queued - 1, 1))])
            elif step == "claim":
                held[which] += store.claim_due(NOW, 1)
            elif step == "interrupt":
                store.mark_interrupted(NOW)
                held[which] = []
            elif held[which]:
                row = held[which].pop()
                if which == 0 and step == "send":
                    handed[row.message_id] += 1
                store.settle([replace(row, state=outcomes[step], changed_at=NOW)])
        one, other = (
            {r.message_id: (r.state, r.attempts) for r in s.outbox_rows(limit=99)} for s in stores
        )
        assert one == other
        assert len(one) == queued
    assert all(count == 1 for count in handed.values())
    stores[1].close()


# campaigns and jobs


def a_campaign(**changes) -> CampaignRecord:
    return replace(
        CampaignRecord("c1", "春季", "planned", {"holdout": 0.1}, NOW, counts={"treated": 9}),
        **changes,
    )


def test_a_campaign_may_be_replanned_until_it_is_launched(store):
    store.put_campaign(a_campaign())
    store.put_campaign(a_campaign(name="夏季"))
    assert store.campaign("c1") == a_campaign(name="夏季")
    store.mark_campaign("c1", "launched", NOW + HOUR)
    assert store.campaign("c1").launched_at == NOW + HOUR
    with pytest.raises(Conflict, match="c1 is launched"):
        store.put_campaign(a_campaign())


def test_a_campaign_moves_only_along_its_life(store):
    store.put_campaign(a_campaign())
    with pytest.raises(Conflict, match="cannot become 'finished'"):
        store.mark_campaign("c1", "finished", NOW)
    store.mark_campaign("c1", "launched", NOW)
    store.mark_campaign("c1", "finished", NOW + HOUR)
    assert store.campaign("c1").finished_at == NOW + HOUR
    with pytest.raises(Conflict):
        store.mark_campaign("c1", "launched", NOW)
    with pytest.raises(NotFound, match="'c2'"):
        store.mark_campaign("c2", "launched", NOW)


def test_campaigns_are_listed_newest_plan_first(store):
    store.put_campaign(a_campaign())
    store.put_campaign(a_campaign(campaign_id="c2", planned_at=NOW + HOUR))
    assert [c.campaign_id for c in store.campaigns()] == ["c2", "c1"]
    assert store.campaign("c3") is None


def test_the_last_run_of_a_job_is_found_by_state(store):
    store.start_job(JobRun("r1", "build", "running", NOW))
    store.finish_job("r1", "done", NOW + HOUR, {"rows": 3})
    store.start_job(JobRun("r2", "build", "running", NOW + HOUR))
    store.start_job(JobRun("r3", "review", "running", NOW))
    assert store.last_job_run("build").run_id == "r2"
    assert store.last_job_run("build", "done").detail == {"rows": 3}
    assert store.last_job_run("nothing") is None
    assert [run.run_id for run in store.job_runs()] == ["r2", "r3", "r1"]
    assert [run.run_id for run in store.job_runs("build", limit=1)] == ["r2"]
    assert store.mark_interrupted_jobs(NOW) == 2
    assert {run.state for run in store.job_runs()} == {"done", "interrupted"}
    with pytest.raises(NotFound):
        store.finish_job("r9", "done", NOW, {})
    with pytest.raises(Conflict):
        store.start_job(JobRun("r1", "build", "running", NOW))


# what only a database can do


def test_everything_is_there_after_reopening(tmp_path):
    path = tmp_path / "deep" / "operational.sqlite"
    first = SqlOperationalStore(path)
    first.enqueue([a_row(1)])
    first.close()
    second = SqlOperationalStore(f"sqlite:///{path}")
    assert second.outbox_row("m00001") == a_row(1)
    second.close()


def test_a_store_from_a_newer_version_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "o.sqlite"
    SqlOperationalStore(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version = 99"))
    engine.dispose()
    with pytest.raises(Conflict, match=r"newer Zhiyin .*99.* upgrade"):
        SqlOperationalStore(path)


def test_an_instant_without_a_zone_is_refused(tmp_path):
    store = SqlOperationalStore(tmp_path / "o.sqlite")
    with pytest.raises(InvalidInput, match="no time zone"):
        store.enqueue([a_row(1, due_at=NOW.replace(tzinfo=None))])
    store.close()


def _claim_all(path: str, ready, go, out) -> None:
    store = SqlOperationalStore(path)
    ready.set()
    go.wait(60)
    out.put([row.message_id for row in _claimed(store)])
    store.close()


def _claimed(store: OperationalStore) -> list[OutboxRow]:
    mine: list[OutboxRow] = []
    while rows := store.claim_due(NOW, 5):
        mine += rows
    return mine


def test_processes_never_claim_the_same_row(tmp_path):
    path = str(tmp_path / "o.sqlite")
    store = SqlOperationalStore(path)
    store.enqueue([a_row(n) for n in range(400)])
    context = multiprocessing.get_context("spawn")
    ready, go, out = context.Event(), context.Event(), context.Queue()
    other = context.Process(target=_claim_all, args=(path, ready, go, out))
    other.start()
    assert ready.wait(60)
    go.set()
    mine = [row.message_id for row in _claimed(store)]
    theirs = out.get(timeout=60)
    other.join()
    assert Counter(mine + theirs) == Counter(f"m{n:05}" for n in range(400))
    store.close()
