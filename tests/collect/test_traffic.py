"""Whose traffic it is, by the rules that ship and by a workspace's own."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from zhiyin.collect.api import LoadRules, TrafficRules, load_traffic_rules
from zhiyin.collect.loading.judging import judged
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.event_log import Chunk
from zhiyin.ports.regions import Place

OWN = """
internal:
  networks: [203.0.113.0/24, "2001:db8::/32"]
  users: [42, boss]
  email_domains: ["@Example.com"]
"""


def own_rules(folder, text: str) -> TrafficRules:
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "traffic.yaml").write_text(text, encoding="utf-8")
    return load_traffic_rules(folder)


@pytest.mark.parametrize(
    ("user_agent", "is_bot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", True),
        ("curl/8.5.0", True),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) Mobile", False),
        ("CUBOT; AdsBot-Google", True),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) MicroMessenger/8.0", False),
    ],
)
def test_the_rules_that_ship_know_machines_by_their_user_agents(tmp_path, user_agent, is_bot):
    assert load_traffic_rules(tmp_path).is_bot(user_agent) is is_bot


def test_a_workspace_names_its_own_people(tmp_path):
    rules = own_rules(tmp_path, OWN)
    asked = ["203.0.113.9", "203.0.114.9", "2001:db8::1", "no address"]
    assert [rules.is_internal_address(one) for one in asked] == [True, False, True, False]
    assert [rules.is_internal_user(one) for one in ("42", "boss", "43")] == [True, True, False]
    mails = ["a@example.com", "a@sub.example.com", "a@badexample.com"]
    assert [rules.is_internal_email(mail) for mail in mails] == [True, True, False]


def test_a_changed_file_is_read_again(tmp_path):
    assert own_rules(tmp_path, OWN).is_internal_user("boss")
    assert not own_rules(tmp_path, "internal: {users: [another]}").is_internal_user("boss")


@pytest.mark.parametrize(
    "text", ["internal: {networks: [300.1.1.1]}", "robots: []", "bots: [", "bots: 3"]
)
def test_a_file_that_cannot_be_meant_is_refused_by_name(tmp_path, text):
    with pytest.raises(InvalidInput, match=r"traffic\.yaml"):
        own_rules(tmp_path, text)


class Known:
    """One place for one address."""

    def regions(self, addresses):
        return {a: Place("CN", "Zhejiang", None) for a in addresses if a == "198.51.100.7"}


def test_events_are_marked_and_placed(warehouse, tmp_path):
    rules = LoadRules(
        traffic=own_rules(tmp_path, "bots: {user_agents: [bot]}" + OWN), regions=Known()
    )
    senders = [
        {"ip": "198.51.100.7"},
        {"ip": "198.51.100.7", "user_agent": "A Bot"},
        {"ip": "203.0.113.1", "user_agent": "A Bot"},
        {},
    ]
    bodies = [
        json.dumps(
            {
                "source_id": "web", "received_at": "2026-03-01T08:00:00Z", **sender,
                "event": {"type": "track", "event": "E", "userId": "u", "messageId": f"m{place}"},
            }
        ).encode()
        for place, sender in enumerate(senders)
    ]  # fmt: skip
    chunk = Chunk("main", range(4), bodies, 4)
    rows = judged(chunk, rules, warehouse, 1, datetime(2026, 3, 1)).events.sort_by("origin_line")
    assert rows["traffic"].to_pylist() == ["customer", "bot", "internal", "customer"]
    assert rows["country"].to_pylist() == ["CN", "CN", None, None]
    assert rows["region"].to_pylist() == ["Zhejiang", "Zhejiang", None, None]
    assert rows["city"].null_count == 4
