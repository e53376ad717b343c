"""Dispatch: each message at most once, whatever happens."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.delivery.small_shop import NOW, ListedLog, an_outbox_row

from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import Transient
from zhiyin.decisions.api import Cap, ChannelPolicy, ContactPolicy, QuietHours
from zhiyin.delivery.api import Dispatcher, DispatchReport, RetryPolicy, dispatch
from zhiyin.testing.channels import MemoryChannel
from zhiyin.testing.operational import MemoryOperationalStore

HOUR = timedelta(hours=1)


@pytest.fixture
def outbox() -> MemoryOperationalStore:
    return MemoryOperationalStore()


@pytest.fixture
def channel() -> MemoryChannel:
    return MemoryChannel()


@pytest.fixture
def dispatcher(outbox, channel, log, clock, renderer) -> Dispatcher:
    return Dispatcher(outbox, {"email": channel}, log, clock, renderer, timezone="Asia/Shanghai")


def state_of(outbox, number: int = 1) -> tuple[str, str | None]:
    row = outbox.outbox_row(f"m{number:05}")
    return row.state, row.why


def test_a_due_message_is_sent_once_with_its_receipt_on_the_log(
    dispatcher, outbox, channel, log, a_row
):
    outbox.enqueue([a_row(1)])
    assert dispatcher.run() == DispatchReport(sent=1)
    assert dispatcher.run() == DispatchReport()
    assert [m.message_id for m in channel.handed] == ["m00001"]
    assert outbox.outbox_row("m00001").receipt == "250 taken"
    (event,) = log.events()
    assert (event["event"], event["userId"]) == ("Email Delivered", "1")
    assert event["properties"]["message_id"] == "m00001"
    assert event["properties"]["campaign_id"] == "c1"


def test_a_web_hook_message_is_delivered_under_a_name_of_its_own(dispatcher, outbox, log, a_row):
    dispatcher.channels = {"webhook": MemoryChannel("webhook")}
    outbox.enqueue([a_row(1, channel="webhook"), a_row(2, "never", channel="webhook")])
    assert dispatcher.run().sent == 1
    assert log.names() == ["Message Delivered"]


def test_a_bad_address_is_refused_and_comes_back_as_a_bounce(dispatcher, outbox, log, a_row):
    outbox.enqueue([a_row(1, "never")])
    assert dispatcher.run() == DispatchReport(refused=1, reasons={"refused": 1})
    assert log.names() == ["Email Bounced"]
    assert state_of(outbox)[0] == "refused"


def test_a_deferred_message_is_tried_again_later_and_in_the_end_given_up(
    dispatcher, outbox, channel, clock, a_row
):
    dispatcher.retry = RetryPolicy(attempts=3, first=timedelta(minutes=10))
    outbox.enqueue([a_row(1, "later")])
    waits = []
    for _ in range(3):
        dispatcher.run()
        row = outbox.outbox_row("m00001")
        waits.append(row.due_at - clock.now())
        assert dispatcher.run() == DispatchReport()
        clock.instant = row.due_at
    assert waits[:2] == [timedelta(minutes=10), timedelta(minutes=20)]
    assert state_of(outbox) == ("refused", "gave_up: 451 later (after 3 attempts)")
    assert len(channel.tried) == 3


def test_a_lost_answer_makes_a_message_uncertain_for_good(
    dispatcher, outbox, channel, clock, a_row
):
    outbox.enqueue([a_row(1, "lost")])
    assert dispatcher.run().uncertain == 1
    clock.advance(30 * 24 * HOUR)
    assert dispatcher.run() == DispatchReport()
    assert len(channel.tried) == 1


def test_who_unsubscribed_since_the_plan_gets_nothing(dispatcher, outbox, channel, clock, a_row):
    outbox.enqueue([a_row(1), a_row(2, "bob")])
    outbox.suppress("email", "ANN@shop.test", clock.now(), "unsubscribed")
    assert dispatcher.run() == DispatchReport(sent=1, refused=1, reasons={"unsubscribed": 1})
    assert [m.address for m in channel.handed] == ["bob@shop.test"]


def test_caps_are_checked_again_when_sending_also_within_one_batch(
    dispatcher, outbox, channel, clock, a_row
):
    dispatcher.policy = ContactPolicy(channels={"email": ChannelPolicy(caps=(Cap(2, 7),))})
    outbox.enqueue([a_row(n, person_id="user:x") for n in range(4)])
    assert dispatcher.run() == DispatchReport(sent=2, refused=2, reasons={"contact_cap": 2})
    outbox.enqueue([a_row(5, person_id="user:x"), a_row(6, person_id="user:y")])
    assert dispatcher.run().sent == 1
    clock.advance(7 * 24 * HOUR + timedelta(seconds=1))
    outbox.enqueue([a_row(7, person_id="user:x")])
    assert dispatcher.run().sent == 1


def test_nobody_is_disturbed_in_quiet_hours(dispatcher, outbox, channel, clock, a_row):
    dispatcher.policy = ContactPolicy(quiet_hours=QuietHours("22:00", "08:00"))
    clock.instant = clock.instant.replace(hour=15)  # 23:00 in Shanghai
    service = {**a_row().payload, "purpose": "service"}
    outbox.enqueue([a_row(1, due_at=clock.now()), a_row(2, due_at=clock.now(), payload=service)])
    assert dispatcher.run() == DispatchReport(sent=1, deferred=1, reasons={"quiet_hours": 1})
    assert [m.message_id for m in channel.handed] == ["m00002"]
    clock.advance(9 * HOUR)
    assert dispatcher.run().sent == 1


def test_service_messages_ignore_caps_and_unsubscriptions(dispatcher, outbox, clock, a_row):
    dispatcher.policy = ContactPolicy(channels={"email": ChannelPolicy(caps=(Cap(0, 7),))})
    outbox.suppress("email", "ann@shop.test", clock.now(), "unsubscribed")
    outbox.enqueue([a_row(1, payload={**a_row().payload, "purpose": "service"})])
    assert dispatcher.run().sent == 1


def test_a_dead_channel_is_left_alone_after_some_failures_and_tried_again_later(
    dispatcher, outbox, channel, clock, a_row
):
    channel.is_down = True
    outbox.enqueue([a_row(n) for n in range(30)])
    report = dispatcher.run()
    assert report.deferred == 30
    assert report.reasons == {"channel_down": 5, "channel_paused": 25}
    assert len(channel.tried) == 5
    channel.is_down = False
    clock.advance(HOUR)
    assert dispatcher.run().sent == 30


def test_messages_of_a_channel_that_is_not_set_up_wait(dispatcher, outbox, clock, a_row):
    outbox.enqueue([a_row(1, channel="sms")])
    assert dispatcher.run() == DispatchReport(deferred=1, reasons={"no_channel": 1})
    dispatcher.channels = {"sms": MemoryChannel("sms")}
    clock.advance(HOUR)
    assert dispatcher.run().sent == 1


def test_a_template_that_vanished_refuses_its_messages_and_no_others(dispatcher, outbox, a_row):
    outbox.enqueue([a_row(1, payload={**a_row().payload, "template": "gone"}), a_row(2)])
    assert dispatcher.run() == DispatchReport(sent=1, refused=1, reasons={"template": 1})


class Crash(BaseException):
    """What no handler in the product catches."""


class CrashingChannel(MemoryChannel):
    def send(self, message, now):
        if message.message_id == "m00003":
            raise Crash
        return super().send(message, now)


def test_an_interruption_leaves_the_message_in_hand_uncertain_and_the_rest_queued(
    dispatcher, outbox, log, a_row
):
    outbox.enqueue([a_row(n) for n in range(1, 6)])
    dispatcher.channels = {"email": CrashingChannel()}
    with pytest.raises(Crash):
        dispatcher.run()
    assert [state_of(outbox, n)[0] for n in range(1, 6)] == [
        "sent", "sent", "uncertain", "queued", "queued",
    ]  # fmt: skip
    assert log.names() == ["Email Delivered"] * 2


def test_the_limit_of_a_run_is_kept(outbox, log, clock, renderer, a_row):
    outbox.enqueue([a_row(n) for n in range(50)])
    report = dispatch(outbox, {"email": MemoryChannel()}, log, clock, renderer=renderer, limit=33)
    assert report.sent == 33
    assert dict(outbox.outbox_counts()) == {"sent": 33, "queued": 17}


PEOPLE = st.lists(st.sampled_from(["ann", "later", "never", "lost"]), min_size=1, max_size=12)
STEPS = st.lists(st.sampled_from(["run", "wait", "down", "up", "kill", "silence"]), max_size=20)


class World:
    """An outbox, a mail server and a dispatcher that may die."""

    def __init__(self, renderer, people) -> None:
        self.renderer = renderer
        self.outbox, self.channel = MemoryOperationalStore(), MemoryChannel()
        self.log, self.clock = ListedLog(), FixedClock(NOW)
        self.outbox.enqueue([an_outbox_row(n, who) for n, who in enumerate(people)])
        self.start()

    def start(self) -> None:
        self.outbox.mark_interrupted(self.clock.now())
        channels = {"email": self.channel}
        self.dispatcher = Dispatcher(
            self.outbox, channels, self.log, self.clock, self.renderer, batch=3
        )

    def run(self) -> None:
        self.dispatcher.run()

    def wait(self) -> None:
        self.clock.advance(HOUR)

    def down(self) -> None:
        self.channel.is_down = True

    def up(self) -> None:
        self.channel.is_down = False

    def silence(self) -> None:
        self.outbox.suppress("email", "ann@shop.test", self.clock.now(), "unsubscribed")

    def kill(self) -> None:
        """Die after a message was handed over and before anything was noted."""
        for row in self.outbox.claim_due(self.clock.now(), 3)[:1]:
            with contextlib.suppress(Transient):
                self.channel.send(self.renderer.message(row), self.clock.now())
        self.start()


@given(people=PEOPLE, steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_no_sequence_of_events_sends_a_message_twice_or_loses_one(renderer, people, steps):
    world = World(renderer, people)
    for step in steps:
        getattr(world, step)()
    handed = Counter(message.message_id for message in world.channel.handed)
    rows = {row.message_id: row.state for row in world.outbox.outbox_rows(limit=99)}
    sent = {message for message, state in rows.items() if state == "sent"}
    untouched = {message for message, state in rows.items() if state in ("queued", "refused")}
    delivered = {
        event["properties"]["message_id"]
        for event in world.log.events()
        if event["event"] == "Email Delivered"
    }
    assert len(rows) == len(people)
    assert set(rows.values()) <= {"queued", "sent", "refused", "uncertain"}
    assert all(times == 1 for times in handed.values())
    assert sent <= set(handed)
    assert not untouched & set(handed)
    assert delivered == sent
