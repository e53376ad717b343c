"""Alerts after a run: told once by each way, again when they come back, and never in the way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from zhiyin.app.alerting import FILE_NAME, send_alerts
from zhiyin.app.settings import Settings, load_settings
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import InvalidInput
from zhiyin.testing.channels import HttpSink, SmtpSink
from zhiyin.warehouse.quality.api import FailedCheck, Finding

SETTINGS = 'name = "Shop"\nlanguage = "en"\n'


@dataclass
class Place:
    """As much of a workspace as alerts need."""

    data: Path
    settings: Settings
    clock: FixedClock = field(default_factory=FixedClock)


def place(tmp_path, text):
    (tmp_path / "zhiyin.toml").write_text(SETTINGS + text, encoding="utf-8")
    return Place(tmp_path, load_settings(tmp_path))


def finding(name, severity="warning"):
    check = FailedCheck(
        "dw.orders", name, "amount", "validity", severity, 10, 3, 0.7, 1.0, False, "17"
    )
    return Finding(f"check dw.orders {name}", severity, check=check)


@pytest.fixture
def hook():
    with HttpSink() as sink:
        yield sink


def test_a_finding_is_told_once_and_again_when_it_comes_back(tmp_path, hook):
    shop = place(tmp_path, f'[alerts]\nwebhook = "{hook.url}"\n')
    assert send_alerts(shop, [finding("a")]).told == 1
    assert send_alerts(shop, [finding("a")]).told == 0
    assert send_alerts(shop, [finding("a"), finding("b")]).told == 1
    assert len(hook.posts) == 2
    assert "b" in hook.posts[1]["body_text"]
    assert send_alerts(shop, [finding("b")]).told == 0
    assert send_alerts(shop, [finding("a"), finding("b")]).told == 1


def test_several_findings_are_one_message_with_their_keys(tmp_path, hook):
    shop = place(tmp_path, f'[alerts]\nwebhook = "{hook.url}"\n')
    send_alerts(shop, [finding("a"), finding("b")])
    (post,) = hook.posts
    assert post["subject"] == "Shop: 2 new findings about data quality"
    assert json.loads(post["facts"]["findings"]) == ["check dw.orders a", "check dw.orders b"]
    assert "17" not in post["body_text"]


def test_mail_goes_to_every_address(tmp_path):
    with SmtpSink() as sink:
        mail = f'[email]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\n'
        mail += 'sender = "Zhiyin <zhiyin@example.com>"\n'
        shop = place(tmp_path, mail + '[alerts]\nemail = ["a@example.com", "b@example.com"]\n')
        assert send_alerts(shop, [finding("a")]).told == 1
        assert sorted(mail["To"] for mail in sink.mails) == ["a@example.com", "b@example.com"]
        assert "dw.orders" in sink.mails[0]["Subject"]


def test_what_nobody_took_is_tried_again_and_stops_nothing(tmp_path, hook):
    deaf = place(tmp_path, '[alerts]\nwebhook = "http://127.0.0.1:9/alerts"\n')
    report = send_alerts(deaf, [finding("a")])
    assert (report.told, report.waiting) == (0, 1)
    assert "cannot be reached" in (report.why or "")
    shop = place(tmp_path, f'[alerts]\nwebhook = "{hook.url}"\n')
    assert send_alerts(shop, [finding("a")]).told == 1


def test_a_hook_that_refuses_is_named(tmp_path, hook):
    hook.answers[""] = (410, {})
    shop = place(tmp_path, f'[alerts]\nwebhook = "{hook.url}"\n')
    report = send_alerts(shop, [finding("a")])
    assert (report.told, report.waiting) == (0, 1)
    assert "410" in (report.why or "")


def test_one_way_that_works_is_enough(tmp_path, hook):
    text = '[email]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n'
    text += f'[alerts]\nwebhook = "{hook.url}"\nemail = ["a@example.com"]\n'
    assert send_alerts(place(tmp_path, text), [finding("a")]).told == 1
    assert len(hook.posts) == 1


def test_warnings_may_be_left_out(tmp_path, hook):
    shop = place(tmp_path, f'[alerts]\nwebhook = "{hook.url}"\nonly_blocking = true\n')
    assert send_alerts(shop, [finding("a"), finding("b", "blocking")]).told == 1


def test_without_a_way_nothing_is_sent_or_remembered(tmp_path):
    shop = place(tmp_path, "")
    assert send_alerts(shop, [finding("a")]).told == 0
    assert not (tmp_path / FILE_NAME).exists()


def test_a_torn_memory_means_telling_once_too_often(tmp_path, hook):
    shop = place(tmp_path, f'[alerts]\nwebhook = "{hook.url}"\n')
    (tmp_path / FILE_NAME).write_text("[tor", encoding="utf-8")
    assert send_alerts(shop, [finding("a")]).told == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[alerts]\nwebhook = "ftp://x"\n', "alerts.webhook"),
        ('[email]\nhost = "h"\n[alerts]\nemail = ["nobody"]\n', "no e-mail address"),
        ('[alerts]\nemail = ["a@b.c"]\n', "email.host"),
    ],
)
def test_settings_that_cannot_work_are_refused_when_they_are_read(tmp_path, text, said):
    with pytest.raises(InvalidInput, match=said):
        place(tmp_path, text)
