"""`zhiyin identity`: what it prints of a merge, its plan and its undo."""

from __future__ import annotations

import json

import pytest
from tests.app import merging_shop
from tests.app.merging_shop import open_shop, say_alias
from tests.identity.ledger.evidence import Shop

from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.errors import NotFound
from zhiyin.identity import tables as identity
from zhiyin.testing.rows import rows_of

COPIED = (identity.LINKS, identity.PERSON_OF, identity.HISTORY, identity.CHANGES)
RATES = (
    {"source_id": "web", "events": 6, "events_linked": 5, "people": 4, "completeness": 0.5},
    {"source_id": "till", "orders": 4, "orders_linked": 3, "people": 2},
)


def call(shop, *arguments: str) -> str:
    return " ".join(merging_shop.call(shop, *arguments).split())


def asked(shop, *arguments: str) -> dict:
    return json.loads(merging_shop.call(shop, "identity", *arguments, "--json"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A workspace whose ledger knows that Bob and Cy were merged by an alias."""
    root = tmp_path_factory.mktemp("identity") / "shop"
    create_workspace(root, timezone="UTC", language="en")
    with Shop() as made, Workspace.open(root) as workspace:
        made.see(("user:ann", "anon:d1"), ("user:bob", "anon:d2"), evidence="login")
        made.see(("user:cy", "email:cy@b.c"), evidence="customer_record")
        made.run()
        made.see(("user:bob", "user:cy"))
        made.run()
        for spec in COPIED:
            workspace.warehouse.write(spec, made.warehouse.to_arrow(made.warehouse.read(spec)))
        workspace.warehouse.write(identity.RATES, rows_of(identity.RATES, *RATES))
    return root


@pytest.fixture(scope="module")
def change(shop):
    (merge,) = asked(shop, "changes")["changes"]
    return merge["change_id"]


def test_before_the_first_run_nobody_is_known(tmp_path):
    create_workspace(tmp_path / "new")
    assert "Nobody is known yet" in call(tmp_path / "new", "identity", "report")
    assert "Nobody was merged" in call(tmp_path / "new", "identity", "changes")


def test_the_report_tells_the_share_that_is_linked_source_by_source(shop):
    told = asked(shop, "report")
    assert (told["rate"], told["is_on_target"]) == (8 / 10, False)
    assert (told["people"], told["changes"]) == (2, {"merge": 1})
    shown = call(shop, "identity", "report")
    assert "80.0% of events and orders are linked (target 90%, missed)" in shown
    assert "83.3%" in shown
    assert "75.0%" in shown


def test_evidence_is_explained_link_by_link(shop):
    shown = call(shop, "identity", "explain", "user:bob", "cy@b.c")
    assert "email:cy@b.c is user:bob" in shown
    assert "They are one person, by this evidence:" in shown
    assert "user:bob - user:cy: alias" in shown
    assert "user:cy - email:cy@b.c: customer_record" in shown
    strangers = call(shop, "identity", "explain", "user:ann", "user:bob")
    assert "no evidence leads from one to the other" in strangers


def test_a_merge_is_listed_with_the_number_that_a_plan_of_its_undo_asks_for(shop, change):
    assert change in call(shop, "identity", "changes", "--kind", "merge").split()
    planned = call(shop, "identity", "plan", "--undo", change)
    assert "1 to 2 people: 0 merges, 1 splits" in planned
    assert planned.endswith("Nothing was written.")
    assert asked(shop, "decisions")["total"] == 0
    with pytest.raises(NotFound, match="m-none"):
        call(shop, "identity", "plan", "--undo", "m-none")


def test_an_undo_says_what_it_does_and_a_second_one_that_nothing_is_to_be_done(shop, change):
    words = ["identity", "undo", change, "--why", "two sisters"]
    shown = call(shop, *words, "--no-run")
    assert shown.startswith("Decided (d-")
    assert "split user:cy from user:bob: email:cy@b.c, user:cy" in shown
    assert "The next `zhiyin run` brings the tables up to date." in shown
    assert "it was decided before" in call(shop, *words)
    assert "two sisters" in call(shop, "identity", "decisions")


@pytest.mark.slow  # runs every build of identity
def test_a_plan_tells_what_new_evidence_would_do_and_the_next_run_does_it(tmp_path):
    root = tmp_path / "shop"
    open_shop(root, "identity")
    say_alias(root)
    planned = call(root, "identity", "plan")
    assert "1 merges, 0 splits" in planned
    assert "merge user:cy into user:bob" in planned
    assert planned.endswith("Nothing was written.")
    assert asked(root, "changes")["total"] == 0
    call(root, "run", "identity")
    assert [one["cause"] for one in asked(root, "changes")["changes"]] == ["alias"]
    sources = {one["source_id"]: one for one in asked(root, "report")["sources"]}
    # One of six events is of a device that nobody knows, one of four orders is of nobody.
    assert (sources["web"]["events"], sources["web"]["events_linked"]) == (6, 5)
    assert (sources["shop"]["orders"], sources["shop"]["orders_linked"]) == (4, 3)
