"""One contract for channels, over every adapter, each against a real receiving end."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zhiyin.adapters.channels.smtp import SmtpChannel
from zhiyin.adapters.channels.webhook import WebhookChannel
from zhiyin.core.errors import InvalidInput, Transient
from zhiyin.ports.channels import ChannelSender, Deferred, Message, Refused, Sent, Unclear
from zhiyin.testing.channels import HttpSink, MemoryChannel, SmtpSink

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEAD_PORT = 1  # nobody listens on 127.0.0.1:1

MESSAGE = Message(
    message_id="m1",
    channel="email",
    address="ann@shop.test",
    subject="您好，Ann 🎁",
    body_html="<p>您好</p>\r\n.\r\n<p>.hidden</p>",
    body_text="Hello\n.\n.hidden line\n",
    headers={
        "List-Unsubscribe": "<https://shop.test/t/u/abc>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
    facts={"campaign_id": "c1"},
)


@dataclass
class End:
    channel: ChannelSender
    taken: Any  # () -> ids the receiving end took
    unreachable: Any  # () -> a channel of the kind with nobody at the other end


def _down() -> MemoryChannel:
    channel = MemoryChannel()
    channel.is_down = True
    return channel


@pytest.fixture(params=["smtp", "webhook", "memory"])
def end(request: pytest.FixtureRequest):
    if request.param == "memory":
        channel = MemoryChannel()
        yield End(channel, lambda: [m.message_id for m in channel.handed], _down)
    elif request.param == "smtp":
        with SmtpSink() as sink:
            made = smtp(sink.port)
            yield End(made, sink.message_ids, lambda: smtp(DEAD_PORT))
            made.close()
    else:
        with HttpSink() as sink:
            made = WebhookChannel(sink.url, b"secret")
            dead = f"http://127.0.0.1:{DEAD_PORT}/"
            yield End(made, sink.message_ids, lambda: WebhookChannel(dead, b"secret"))
            made.close()


def smtp(port: int, **options: Any) -> SmtpChannel:
    return SmtpChannel(
        "127.0.0.1", port, sender="知音 <hello@zhiyin.test>", starttls=False, timeout=5, **options
    )


def to(who: str, message_id: str = "m1") -> Message:
    return replace(MESSAGE, address=f"{who}@shop.test", message_id=message_id)


def test_a_message_that_is_taken_is_sent_once(end):
    outcome = end.channel.send(MESSAGE, NOW)
    assert isinstance(outcome, Sent)
    assert outcome.receipt
    assert end.taken() == ["m1"]


def test_a_busy_receiver_defers_to_a_later_instant(end):
    outcome = end.channel.send(to("later"), NOW)
    assert isinstance(outcome, Deferred)
    assert outcome.retry_at == NOW + timedelta(minutes=5)
    assert end.taken() == []


def test_an_unknown_recipient_is_refused_with_the_reason(end):
    outcome = end.channel.send(to("never"), NOW)
    assert isinstance(outcome, Refused)
    assert outcome.why
    assert end.taken() == []


def test_a_lost_answer_is_unclear_and_not_tried_again_by_the_channel(end):
    assert isinstance(end.channel.send(to("lost"), NOW), Unclear)
    assert end.taken() == ["m1"]


def test_other_messages_go_out_after_every_kind_of_trouble(end):
    for number, who in enumerate(["later", "never", "lost", "ann", "never", "bob"]):
        end.channel.send(to(who, f"m{number}"), NOW)
    assert end.taken() == ["m2", "m3", "m5"]


def test_an_unreachable_receiver_is_transient(end):
    channel = end.unreachable()
    with pytest.raises(Transient):
        channel.send(MESSAGE, NOW)
    channel.close()
    assert end.taken() == []


# SMTP


@pytest.fixture
def sink():
    with SmtpSink() as running:
        yield running


def test_a_mail_has_both_bodies_and_the_headers_that_one_click_unsubscribe_needs(sink):
    channel = smtp(sink.port)
    channel.send(MESSAGE, NOW)
    channel.close()
    (mail,) = sink.mails
    assert mail["Message-ID"] == "<m1@zhiyin.test>"
    assert mail["Subject"] == "您好，Ann 🎁"
    assert mail["From"].addresses[0].display_name == "知音"
    assert mail["List-Unsubscribe"] == "<https://shop.test/t/u/abc>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Date"].datetime == NOW
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text.get_content().splitlines() == MESSAGE.body_text.splitlines()
    assert html.get_content().splitlines() == MESSAGE.body_html.splitlines()


def test_one_connection_carries_many_mails(sink):
    channel = smtp(sink.port)
    for number in range(20):
        channel.send(to("ann", f"m{number}"), NOW)
    channel.close()
    assert len(sink.mails) == 20
    assert sink.connections == 1


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again():
    with SmtpSink() as first:
        channel = smtp(first.port)
        channel.send(to("ann", "m1"), NOW)
        assert channel.connection is not None
        assert channel.connection.sock is not None
        channel.connection.sock.shutdown(2)
        assert isinstance(channel.send(to("ann", "m2"), NOW), Sent)
        assert first.message_ids() == ["m1", "m2"]
        channel.close()


def test_a_server_that_always_hangs_up_before_the_body_is_transient(sink):
    channel = smtp(sink.port)
    with pytest.raises(Transient, match="cannot be used"):
        channel.send(to("leave"), NOW)
    assert isinstance(channel.send(to("ann", "m2"), NOW), Sent)
    assert sink.message_ids() == ["m2"]


def test_only_a_bad_address_counts_as_one_and_not_our_own_bad_name(sink):
    channel = smtp(sink.port)
    assert channel.send(to("never"), NOW) == Refused(
        "550 5.1.1 no such mailbox", is_address_bad=True
    )
    assert channel.send(to("spam"), NOW) == Refused("554 5.7.1 content not wanted")
    assert channel.send(to("blocked"), NOW) == Refused("550 5.7.1 your server is on a block list")


@pytest.mark.parametrize(
    "address",
    ["", "no-at-sign", "a b@shop.test", "x@shop.test\r\nRCPT TO:<y@shop.test>", "王@shop.test",
     "a@shop.test,b@shop.test", "a@nodot"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_before_the_server_sees_it(sink, address):
    outcome = smtp(sink.port).send(replace(MESSAGE, address=address), NOW)
    assert isinstance(outcome, Refused)
    assert sink.connections == 0


def test_a_chinese_domain_travels_in_ascii(sink):
    channel = smtp(sink.port)
    assert isinstance(channel.send(replace(MESSAGE, address="a@商店.test"), NOW), Sent)
    assert sink.mails[0]["To"] == "a@xn--czrs0t.test"


def test_a_line_break_in_a_header_never_becomes_a_header(sink):
    evil = replace(MESSAGE, subject="Hi\r\nBcc: all@shop.test")
    assert isinstance(smtp(sink.port).send(evil, NOW), Refused)
    assert sink.mails == []


def test_a_server_without_tls_is_not_given_mail_in_clear(sink):
    channel = SmtpChannel("127.0.0.1", sink.port, sender="a@b.test", timeout=5)
    with pytest.raises(Transient, match="STARTTLS"):
        channel.send(MESSAGE, NOW)
    assert sink.mails == []


def test_a_sender_without_an_address_is_refused_at_once():
    with pytest.raises(InvalidInput, match="'Shop'"):
        SmtpChannel("127.0.0.1", 25, sender="Shop")


# web hook


@pytest.fixture
def hook():
    with HttpSink() as running:
        yield running


def test_the_body_is_signed_and_carries_an_idempotency_key(hook):
    channel = WebhookChannel(hook.url, "secret")
    channel.send(MESSAGE, NOW)
    (head,), (body,) = hook.heads, hook.bodies
    assert head["Idempotency-Key"] == "m1"
    signed = head["X-Zhiyin-Timestamp"].encode() + b"." + body
    expected = hmac.new(b"secret", signed, hashlib.sha256).hexdigest()
    assert head["X-Zhiyin-Signature"] == f"sha256={expected}"
    assert hook.posts[0]["subject"] == MESSAGE.subject
    assert hook.posts[0]["facts"] == {"campaign_id": "c1"}


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (503, {}, timedelta(minutes=1)),
        (429, {"Retry-After": "90"}, timedelta(seconds=90)),
        (500, {"Retry-After": "Sun, 01 Mar 2026 12:10:00 GMT"}, timedelta(minutes=10)),
        (500, {"Retry-After": "Sun, 01 Mar 2020 12:10:00 GMT"}, timedelta(0)),
        (503, {"Retry-After": "soon"}, timedelta(minutes=1)),
        (429, {"Retry-After": "99999999999999"}, timedelta(days=1)),
    ],
)
def test_retry_after_is_honored_up_to_a_day(hook, status, headers, wait):
    hook.answers["busy"] = (status, headers)
    outcome = WebhookChannel(hook.url, b"s").send(to("busy"), NOW)
    assert isinstance(outcome, Deferred)
    assert outcome.retry_at == NOW + wait


def test_a_redirect_is_not_followed(hook):
    hook.answers["moved"] = (302, {"Location": hook.url})
    with pytest.raises(Transient, match="redirects are not followed"):
        WebhookChannel(hook.url, b"s").send(to("moved"), NOW)
    assert hook.posts == []


def test_a_url_of_another_kind_is_refused_at_once():
    with pytest.raises(InvalidInput, match="ftp"):
        WebhookChannel("ftp://shop.test", b"s")
