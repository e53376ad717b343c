"""Two customers become one and two again: every order, tag and message is where it was."""

from __future__ import annotations

import hashlib
import json

import pytest
from tests.scenarios.shop import STAGES, open_shop

from zhiyin.app.commands import execute
from zhiyin.collect import tables as ods
from zhiyin.collect.api import accept
from zhiyin.delivery.tables import MESSAGES
from zhiyin.identity import tables as identity
from zhiyin.profiles import tables as dm
from zhiyin.warehouse import tables as dw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
FACTS = (ods.EVENTS, ods.CUSTOMERS, ods.ORDER_LINES, dw.EVENTS, dw.ORDERS, dw.CUSTOMERS)
PROFILES = (dm.PURCHASES, dm.CONSENTS, dm.CUSTOMERS, dm.TAGS)
VOLATILE = {"as_of", "changed_at"}
# The two people are still worked out together, for the evidence between them is still there.
OF_THE_BUILD = {"changed_at", "cluster_id"}


class Told:
    """What the warehouse says of a shop's people."""

    def __init__(self, shop):
        self.shop = shop
        self.warehouse = shop.workspace.warehouse

    def rows(self, spec):
        rows = self.warehouse.to_arrow(self.warehouse.read(spec)).to_pylist()
        kept = ({k: v for k, v in row.items() if k not in VOLATILE} for row in rows)
        return sorted(json.dumps(row, default=str, sort_keys=True) for row in kept)

    def digest(self, spec):
        return hashlib.sha256("\n".join(self.rows(spec)).encode()).hexdigest()

    def facts(self):
        return {spec.name: self.digest(spec) for spec in FACTS}

    def profiles(self):
        return {spec.name: self.rows(spec) for spec in PROFILES}

    def people(self):
        rows = self.warehouse.to_arrow(self.warehouse.read(identity.PERSON_OF)).to_pylist()
        return {row["visitor_id"]: row["person_id"] for row in rows}

    def links(self):
        """Return each pair with evidence, and what is made of it."""
        rows = self.warehouse.to_arrow(self.warehouse.read(identity.LINKS)).to_pylist()
        return {
            (row["left_id"], row["right_id"]): {k: row[k] for k in row if k not in OF_THE_BUILD}
            for row in rows
        }

    def of(self, spec, person):
        rows = self.warehouse.to_arrow(self.warehouse.read(spec)).to_pylist()
        return [row for row in rows if row["person_id"] == person]

    def owners_of_messages(self):
        """Return who each message went to, by who is who now."""
        people = self.people()
        rows = self.warehouse.to_arrow(self.warehouse.read(MESSAGES)).to_pylist()
        return {row["message_id"]: people[row["person_id"]] for row in rows}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    opened = open_shop(
        tmp_path, seed=11, customers=100, months=1, lift=0.0, monkeypatch=monkeypatch
    )
    yield opened
    opened.workspace.close()


def test_what_a_merge_brought_together_is_apart_again_after_its_undo(shop):
    told = Told(shop)
    execute(shop.workspace, "campaign.plan", {"name": "spring"})
    execute(shop.workspace, "campaign.launch", {"name": "spring"})
    shop.run([*STAGES, "measurement"])
    buyers = sorted(
        row["person_id"]
        for row in told.warehouse.to_arrow(told.warehouse.read(dm.PURCHASES)).to_pylist()
    )
    reached = set(told.owners_of_messages().values())
    first, second = [name for name in buyers if name in reached][:2]
    before = told.profiles(), told.people(), told.owners_of_messages(), told.links()
    assert told.of(dm.TAGS, second)

    alias = {
        "type": "alias", "messageId": "together", "previousId": second.removeprefix("user:"),
        "userId": first.removeprefix("user:"), "timestamp": shop.clock.now().isoformat(),
    }  # fmt: skip
    body = accept(alias, source_id="web", received_at=shop.clock.now())
    assert isinstance(body, bytes)
    shop.workspace.event_log.append([body])
    execute(shop.workspace, "load", {})
    shop.run([*STAGES, "measurement"])
    (merge,) = execute(shop.workspace, "identity.changes", {})["changes"]
    assert (merge["kind"], merge["person_id"], merge["other_person_id"]) == ("merge", first, second)
    assert merge["cause"] == "alias"
    assert told.people()[second] == first
    assert told.of(dm.TAGS, second) == []
    assert second not in told.owners_of_messages().values()
    both = told.of(dm.PURCHASES, first)[0]["orders"]
    facts = told.facts()

    planned = execute(shop.workspace, "identity.plan", {"undo": merge["change_id"]})
    assert (planned["plan"]["splits"], told.people()[second]) == (1, first)
    done = execute(
        shop.workspace,
        "identity.undo",
        {"change_id": merge["change_id"], "why": "two sisters", "actor": "ann"},
    )
    assert (done["is_new"], dm.CUSTOMERS.name in done["built"]) == (True, True)
    assert told.facts() == facts
    profiles, people, owners, links = before
    assert told.profiles() == profiles
    # The id before an alias may be a device's too. That one came with the call; nobody else has it.
    device = f"anon:{second.removeprefix('user:')}"
    assert told.people() == people | {device: first}
    assert told.owners_of_messages() == owners
    new = {pair: link for pair, link in told.links().items() if pair not in links}
    assert {pair: (link["verdict"], link["reason"]) for pair, link in new.items()} == {
        (first, second): ("refused", "separated"),
        (device, first): ("linked", None),
    }
    assert {pair: told.links()[pair] for pair in links} == links
    orders = [told.of(dm.PURCHASES, name)[0]["orders"] for name in (first, second)]
    assert sum(orders) == both

    trail = shop.workspace.operational.audit(limit=1)[0]
    assert (trail["actor"], trail["action"], trail["subject"]) == (
        "ann", "identity.undo", done["decision_id"],
    )  # fmt: skip
    again = execute(shop.workspace, "identity.undo", {"change_id": merge["change_id"]})
    assert (again["is_new"], again["says"], again["built"]) == (False, "already_decided", [])


def test_a_run_finishes_what_a_killed_undo_left(shop):
    told = Told(shop)
    first, second = sorted(row for row in told.people() if row.startswith("user:"))[:2]
    before = told.people()
    joined = execute(shop.workspace, "identity.join", {"left": first, "right": second})
    assert told.people()[second] == first
    # Written down, but killed before any table was built.
    execute(
        shop.workspace, "identity.revoke", {"decision_id": joined["decision_id"], "later": True}
    )
    assert told.people()[second] == first
    shop.run(STAGES)
    assert told.people() == before
    (split, merge) = execute(shop.workspace, "identity.changes", {})["changes"]
    assert (split["kind"], split["decision_id"]) == ("split", joined["decision_id"])
    assert (merge["kind"], merge["cause"]) == ("merge", "decision")
