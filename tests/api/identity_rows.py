# ruff: noqa: E501 - a row of a fixture reads best on one line
"""A shop whose people are known from a CRM, a web shop and a till: joined, split, and in doubt."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from zhiyin.app.workspace import Workspace
from zhiyin.core.clock import naive_utc
from zhiyin.identity import tables as identity
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

NOW = naive_utc(datetime(2026, 3, 2, 2, 20, tzinfo=UTC))
WANG, LI, ZHANG, CHEN = "user:10001", "user:10002", "user:10003", "user:10004"
ANN, ANNE = "user:20001", "user:20002"
WANG_TOO, LI_TOO = "user:10005", "user:10006"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


CUSTOMERS = (
    {"visitor_id": WANG, "customer_id": "10001", "name": "王伟", "phone": "+8613800001111", "email": "wang.wei@example.com", "city": "上海", "gender": "male", "joined_at": ago(400)},
    {"visitor_id": LI, "customer_id": "10002", "name": "李娜", "phone": "+8613800001111", "email": "li.na@example.com", "city": "上海", "gender": "female", "joined_at": ago(300)},
    {"visitor_id": ZHANG, "customer_id": "10003", "name": "张敏", "phone": "+8613922223333", "city": "杭州", "gender": "female", "joined_at": ago(200)},
    {"visitor_id": CHEN, "customer_id": "10004", "name": "张 敏", "phone": "+8613922223333", "email": "zhangmin@example.com", "city": "杭州市", "joined_at": ago(90)},
    {"visitor_id": ANN, "customer_id": "20001", "name": "Ann Baker", "email": "ann.baker@example.com", "city": "London", "country": "GB", "joined_at": ago(120)},
    {"visitor_id": ANNE, "customer_id": "20002", "name": "Anne Baker", "email": "ann.baker@example.org", "city": "London", "country": "GB", "joined_at": ago(12)},
    {"visitor_id": WANG_TOO, "customer_id": "10005", "name": "王偉", "phone": "+8613800001112", "email": "wangwei1986@example.com", "city": "上海", "gender": "male", "joined_at": ago(30)},
    {"visitor_id": LI_TOO, "customer_id": "10006", "name": "李娜", "phone": "+8613655556666", "city": "苏州", "joined_at": ago(9)},
)  # fmt: skip

# id, person, ids of the person
PERSON_OF = (
    (WANG, WANG, 4),
    ("email:wang.wei@example.com", WANG, 4),
    ("anon:7f3a91", WANG, 4),
    ("anon:c02b55", WANG, 4),
    (LI, LI, 2),
    ("email:li.na@example.com", LI, 2),
    (ZHANG, ZHANG, 5),
    (CHEN, ZHANG, 5),
    ("phone:+8613922223333", ZHANG, 5),
    ("email:zhangmin@example.com", ZHANG, 5),
    ("openid:oX8aa1", ZHANG, 5),
    (ANN, ANN, 2),
    ("email:ann.baker@example.com", ANN, 2),
    (ANNE, ANNE, 2),
    ("email:ann.baker@example.org", ANNE, 2),
    (WANG_TOO, WANG_TOO, 1),
    (LI_TOO, LI_TOO, 1),
    *((f"anon:visitor{n:03}", f"anon:visitor{n:03}", 1) for n in range(40)),
)

# left, right, evidence, sources, strength, seen, verdict, reason
LINKS = (
    ("email:wang.wei@example.com", WANG, "customer_record", "crm", 60, 1, "linked", None),
    ("anon:7f3a91", WANG, "identify,login", "web_shop", 50, 46, "linked", None),
    ("anon:c02b55", WANG, "login", "web_shop", 40, 3, "linked", None),
    ("phone:+8613800001111", WANG, "customer_record", "crm", 60, 1, "refused", "users_differ"),
    ("phone:+8613800001111", LI, "customer_record", "crm", 60, 1, "refused", "names_differ"),
    ("email:li.na@example.com", LI, "customer_record", "crm", 60, 1, "linked", None),
    ("phone:+8613922223333", ZHANG, "customer_record", "crm", 60, 1, "linked", None),
    ("phone:+8613922223333", CHEN, "customer_record", "pos", 60, 1, "linked", None),
    ("email:zhangmin@example.com", CHEN, "customer_record", "pos", 60, 1, "linked", None),
    ("openid:oX8aa1", ZHANG, "login", "mini_program", 40, 12, "linked", None),
    ("anon:store-tablet", ANN, "login", "web_shop", 40, 2, "refused", "shared_device"),
    ("anon:visitor007", ANNE, "login", "web_shop", 40, 1, "refused", "limit"),
)

# change, kind, person, other, ids, cause left, cause right, cause, decision, days ago
CHANGES = (
    ("m-9c2e41", "merge", ZHANG, CHEN, 2, "phone:+8613922223333", CHEN, "customer_record", None, 0.1),
    ("m-51fa07", "merge", WANG, "anon:c02b55", 1, "anon:c02b55", WANG, "login", None, 1.1),
    ("s-0d83b6", "split", ANN, ANNE, 2, None, None, "decision", "d-81c2aa", 2.1),
    ("m-3f9a12", "merge", ANN, ANNE, 2, ANN, ANNE, "alias", None, 5.1),
    ("m-77e0d9", "merge", WANG, "anon:7f3a91", 1, "anon:7f3a91", WANG, "identify", None, 9.1),
)  # fmt: skip

MATCHES = (
    (WANG, WANG_TOO, 0.872, 9.4, "review", {"name": {"level": "similar", "weight": 6.2}, "phone": {"level": "similar", "weight": 4.1}, "email": {"level": "different", "weight": -2.1}, "city": {"level": "equal", "weight": 1.2}}),
    (LI, LI_TOO, 0.641, 0.8, "review", {"name": {"level": "equal", "weight": 7.9}, "phone": {"level": "different", "weight": -4.3}, "city": {"level": "different", "weight": -2.8}}),
    (ANN, ANNE, 0.77, 4.2, "review", {"name": {"level": "similar", "weight": 6.2}}),  # kept apart by a decision
    (ZHANG, CHEN, 0.993, 14.4, "accepted", {"name": {"level": "equal", "weight": 7.9}, "phone": {"level": "equal", "weight": 11.3}, "city": {"level": "similar", "weight": 1.2}}),
)  # fmt: skip

# source, events, linked, orders, linked, records, ids, linked, people, shared, completeness
RATES = (
    ("web_shop", 120_400, 111_972, 3_104, 3_104, 0, 5_210, 4_102, 3_320, 1_204, 0.61),
    ("crm", 0, 0, 0, 0, 900, 2_640, 2_610, 880, 611, 0.84),
    ("pos", 0, 0, 1_708, 1_402, 0, 640, 512, 598, 310, 0.48),
    ("mini_program", 40_210, 33_214, 0, 0, 0, 2_210, 1_190, 1_820, 402, 0.39),
)


def write_identity(workspace: Workspace) -> None:
    """Write who is who in the shop, and how it came about."""
    for spec, found in tables().items():
        table = next(one for one in (*identity.ALL, dw.CUSTOMERS) if one.name == spec)
        workspace.warehouse.write(table, rows_of(table, *found))


def tables() -> dict[str, list[dict]]:
    """Return the rows of each table by its name."""
    return {
        "dw.customers": list(CUSTOMERS),
        "dw.person_of": [
            {"visitor_id": name, "person_id": person, "ids": ids, "cluster_id": person}
            for name, person, ids in PERSON_OF
        ],
        "dw.identity_links": [link(told) for told in LINKS],
        "dw.identity_blocked": [
            {"blocked_id": name, "reason": reason, "users": users, "seen": seen, "detail": detail}
            for name, reason, users, seen, detail in (
                ("phone:4008001234", "shared", 214, 530, "5"),
                ("phone:00000000000", "placeholder", 96, 96, None),
                ("email:test@example.com", "pattern", 31, 44, "test@…"),
                ("anon:kiosk-01", "declared", 12, 80, None),
            )
        ],
        "dw.households": [
            {"person_id": one, "household_id": WANG, "members": 2, "shared_by": "phone"}
            for one in (WANG, LI)
        ],
        "dw.identity_changes": [change(told) for told in CHANGES],
        "dw.identity_history": [
            {"visitor_id": CHEN, "changed_at": ago(90), "person_id": CHEN, "run_id": "run-1"},
            {"visitor_id": CHEN, "changed_at": ago(0.1), "person_id": ZHANG, "previous_person_id": CHEN, "change_id": "m-9c2e41", "run_id": "run-9"},
        ],
        "dw.identity_decisions": [
            {"decision_id": "d-81c2aa", "kind": kind, "left_id": ANN, "right_id": ANNE, "change_id": "m-3f9a12", "why": "两位姐妹，同名不同人", "actor": "admin", "decided_at": ago(2.2)}
            for kind in ("separate",)
        ] + [
            {"decision_id": "d-44be10", "kind": "join", "left_id": LI, "right_id": ZHANG, "why": "误选", "actor": "analyst", "decided_at": ago(20), "revoked_by": "admin", "revoked_at": ago(19)}
        ],
        "dw.identity_matches": [match(told) for told in MATCHES],
        "dw.people": [
            {"person_id": person, "customer_ids": 1, "name": name, "completeness": share}
            for person, name, share in ((WANG, "王伟", 0.86), (LI, "李娜", 0.72), (ZHANG, "张敏", 1.0), (ANN, "Ann Baker", 0.57), (ANNE, "Anne Baker", 0.35))
        ],
        "dw.people_survivors": [
            {"person_id": ZHANG, "field": "city", "visitor_id": CHEN, "rule": "newest", "values": 2},
            {"person_id": ZHANG, "field": "joined_at", "visitor_id": ZHANG, "rule": "oldest", "values": 2},
        ],
        "dw.identity_rates": [rate(*told) for told in RATES],
    }  # fmt: skip


def link(told: tuple) -> dict:
    left, right, evidence, sources, strength, seen, verdict, reason = told
    return {
        "left_id": left,
        "right_id": right,
        "evidence": evidence,
        "sources": sources,
        "strength": strength,
        "seen": seen,
        "first_seen": ago(60),
        "last_seen": ago(1),
        "verdict": verdict,
        "reason": reason,
        "cluster_id": min(left, right),
    }


def change(told: tuple) -> dict:
    number, kind, person, other, ids, left, right, cause, decision, days = told
    return {
        "change_id": number,
        "kind": kind,
        "person_id": person,
        "other_person_id": other,
        "ids": ids,
        "cause_left_id": left,
        "cause_right_id": right,
        "cause": cause,
        "decision_id": decision,
        "changed_at": ago(days),
        "run_id": f"run-{int(10 - days)}",
    }


def match(told: tuple) -> dict:
    left, right, probability, weight, verdict, comparison = told
    return {
        "left_id": left,
        "right_id": right,
        "probability": probability,
        "match_weight": weight,
        "model_id": "linkage-1",
        "verdict": verdict,
        "comparison": json.dumps(comparison),
        "matched_at": ago(0.1),
    }


def rate(source, *counts) -> dict:
    names = (
        "events", "events_linked", "orders", "orders_linked", "records", "ids", "ids_linked",
        "people", "people_shared", "completeness",
    )  # fmt: skip
    return {"source_id": source, **dict(zip(names, counts, strict=True))}
