"""The tracking plan: read from files, held against events, kept in versions."""

from __future__ import annotations

import json
import shutil
from datetime import datetime

import jsonschema_rs
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.collect.plan.api import PLAN, PlanInForce, PlanShelf, compare, read_plan
from zhiyin.core.errors import Conflict, InvalidInput, NotFound

AT = datetime(2026, 3, 1)
ORDER = {
    "type": "object",
    "properties": {
        "revenue": {"type": "number", "minimum": 0},
        "currency": {"enum": ["CNY", "USD"]},
        "products": {"type": "array", "items": {"required": ["price"]}},
    },
    "required": ["revenue", "currency"],
}
PERSON = {"properties": {"email": {"type": "string", "format": "email"}}}
TEXT = """
# orders are the most important
version: 0
unknown_events: allow
events:
  - {event: Order Completed, enforce: block, owner: trade}
  - {kind: identify, enforce: flag}
"""


def files(text: str = TEXT, **schemas) -> dict[str, str]:
    named = {"order_completed": ORDER, "identify": PERSON, **schemas}
    return {
        PLAN: text,
        **{f"events/{name}.json": json.dumps(body) for name, body in named.items()},
    }


def events(*rows: tuple[str, str | None, dict | None]) -> pa.Table:
    """Return rows of kind, name and content as the loader hands them to the plan."""
    made = []
    for kind, name, content in rows:
        column = "traits" if kind in ("identify", "group") else "properties"
        text = None if content is None else json.dumps(content)
        made.append({"source_id": "web", "kind": kind, "event": name, column: text})
    names = ("source_id", "kind", "event", "properties", "traits", "context")
    return pa.Table.from_pylist(made, schema=pa.schema([(n, pa.string()) for n in names]))


def broken(plan_files: dict[str, str], *rows) -> list[dict]:
    return PlanInForce(read_plan(plan_files)).violations(events(*rows)).to_pylist()


def test_all_violations_of_an_event_are_named_in_one_sentence():
    (found,) = broken(
        files(),
        ("track", "Order Completed", {"revenue": 1, "currency": "CNY"}),
        ("track", "Order Completed", {"revenue": "12", "products": [{}, {"price": 1}, {}]}),
    )
    assert (found["row"], found["reason"], found["is_blocked"]) == (1, "plan_violation", True)
    assert found["detail"] == (
        "currency: is missing; products[0].price: is missing; products[2].price: is missing; "
        'revenue: "12" is not of type "number"'
    )


def test_an_event_without_properties_is_an_empty_one():
    (found,) = broken(files(), ("track", "Order Completed", None))
    assert found["detail"] == "currency: is missing; revenue: is missing"


def test_identify_is_held_against_its_traits_and_only_flagged():
    (found,) = broken(files(), ("identify", None, {"email": "nobody"}))
    assert (found["reason"], found["is_blocked"]) == ("plan_violation", False)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("allow", []), ("flag", [("unknown_event", False)]), ("block", [("unknown_event", True)])],
)
def test_the_policy_decides_on_events_that_are_not_planned(policy, expected):
    text = TEXT.replace("allow", policy)
    found = broken(
        files(text), ("track", "Wheel Spun", {}), ("page", None, {}), ("alias", None, {})
    )
    assert [(row["reason"], row["is_blocked"]) for row in found] == expected


def test_our_own_receipts_need_no_plan():
    plan = read_plan(files(TEXT.replace("allow", "block")))
    table = events(("track", "Email Opened", {}), ("track", "Email Opened", {}))
    table = table.set_column(0, "source_id", pa.array(["delivery", "web"]))
    assert PlanInForce(plan, {"delivery"}).violations(table)["row"].to_pylist() == [1]


contents = st.dictionaries(
    st.sampled_from(["revenue", "currency", "products", "other"]),
    st.one_of(
        st.none(), st.integers(-2, 2), st.sampled_from(["CNY", "x"]), st.just([{"price": 1}, {}])
    ),
)
calls = st.tuples(
    st.sampled_from(["track", "identify", "page"]),
    st.sampled_from(["Order Completed", "Wheel Spun"]),
    st.none() | contents,
)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(calls, max_size=12), policy=st.sampled_from(["allow", "flag", "block"]))
def test_the_judge_says_what_one_look_at_each_event_says(rows, policy):
    rows = [(kind, name if kind == "track" else None, content) for kind, name, content in rows]
    expected = []
    for place, (kind, name, content) in enumerate(rows):
        schema = {("track", "Order Completed"): ORDER, ("identify", None): PERSON}.get((kind, name))
        if schema is not None:
            if not jsonschema_rs.is_valid(schema, content or {}):
                expected.append((place, "plan_violation", kind == "track"))
        elif kind == "track" and policy != "allow":
            expected.append((place, "unknown_event", policy == "block"))
    found = broken(files(TEXT.replace("allow", policy)), *rows)
    assert [(row["row"], row["reason"], row["is_blocked"]) for row in found] == expected
    judge = PlanInForce(read_plan(files(TEXT.replace("allow", policy))), {"delivery"})
    alone = [judge.blocks("web", kind, name, content or {}) for kind, name, content in rows]
    assert [n for n, one in enumerate(alone) if one] == [
        row["row"] for row in found if row["is_blocked"]
    ]
    assert not any(judge.blocks("delivery", kind, name, {}) for kind, name, _ in rows)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({PLAN: "events:\n  - {event: A\n"}, "plan.yaml, line 3: is not YAML"),
        ({PLAN: "event: []"}, "plan.yaml: 'event' does not belong here"),
        ({PLAN: "unknown_events: drop"}, "unknown_events cannot be 'drop'; allowed: allow, flag"),
        ({PLAN: "events: [{event: Gone}]"}, "there is no file tracking/events/gone.json"),
        ({PLAN: "events: [{kind: track}]"}, "a track event needs the key event"),
        ({PLAN: TEXT + "  - {event: Order Completed}\n"}, "entry 3: 'Order Completed' or its file"),
        ({"events/identify.json": '{\n "a": }'}, "events/identify.json, line 2, column 7"),
        ({"events/identify.json": '{"type": "objekt"}'}, "no valid JSON Schema at type"),
        (
            {"events/identify.json": '{"properties": {"a": {"minimum": "x"}}}'},
            "no valid JSON Schema at properties.a.minimum",
        ),
        ({"events/identify.json": '{"$schema": "draft-04"}'}, "$schema is 'draft-04'"),
        ({"events/identify.json": '{"$ref": "https://example.com/a"}'}, "no valid JSON Schema"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(change, sentence):
    with pytest.raises(InvalidInput) as caught:
        read_plan({**files(), **change})
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bare_off_is_taken_as_it_is_meant():
    assert read_plan(files(TEXT.replace("flag}", "off}"))).events["identify"].enforce == "off"


@pytest.fixture
def shelf(tmp_path):
    return PlanShelf(tmp_path)


def test_a_new_workspace_has_an_empty_plan(shelf):
    assert shelf.in_force(AT).plan.events == {}
    assert not shelf.folder.exists()


def test_every_accepted_change_is_a_version_that_can_be_restored(shelf):
    assert shelf.accept(files(), actor="ann", why="first", at=AT) == 1
    assert shelf.accept(shelf.files(), actor="ann", why="again", at=AT) == 1
    changed = files(TEXT.replace("allow", "block"))
    assert shelf.accept(changed, actor="bob", why="strict", at=AT, expects=1) == 2
    assert shelf.in_force(AT).plan.unknown_events == "block"
    assert shelf.restore(1, actor="ann", at=AT) == 3
    assert shelf.in_force(AT).plan.version == 3
    assert compare(shelf.files_of(1), shelf.files()) == []
    told = [(one.version, one.actor, one.why) for one in shelf.versions()]
    assert told == [(3, "ann", "restored version 1"), (2, "bob", "strict"), (1, "ann", "first")]
    assert "# orders are the most important" in shelf.files()[PLAN]


def test_a_change_that_started_from_an_old_version_is_a_conflict(shelf):
    shelf.accept(files(), actor="ann", why="first", at=AT)
    with pytest.raises(Conflict, match="version 1 now, not 0"):
        shelf.accept(files(TEXT + "\n"), actor="bob", why="late", at=AT, expects=0)


def test_a_version_that_never_was_is_not_found(shelf):
    with pytest.raises(NotFound, match="no version 7; there is none yet"):
        shelf.files_of(7)


def test_a_change_by_hand_is_in_force_at_once_and_becomes_a_version(shelf):
    shelf.accept(files(), actor="ann", why="first", at=AT)
    path = shelf.folder / PLAN
    path.write_text(path.read_text("utf-8").replace("allow", "block"), "utf-8")
    assert shelf.in_force(AT).plan.unknown_events == "block"
    assert [(one.version, one.actor) for one in shelf.versions()] == [(2, "files"), (1, "ann")]
    assert shelf.in_force(AT).plan.version == 2
    assert len(shelf.versions()) == 2


def test_a_broken_plan_leaves_the_last_good_version_in_force_and_says_so(shelf):
    shelf.accept(files(), actor="ann", why="first", at=AT)
    schema = shelf.folder / "events" / "order_completed.json"
    schema.write_text("{", "utf-8")
    found = shelf.in_force(AT)
    assert found.plan.events["order_completed"].schema.body == ORDER
    assert found.problem is not None
    assert found.problem.startswith("tracking/events/order_completed.json, line 1")
    schema.write_text(json.dumps(ORDER), "utf-8")
    assert shelf.in_force(AT).problem is None


def test_a_refused_change_leaves_everything_as_it_was(shelf):
    shelf.accept(files(), actor="ann", why="first", at=AT)
    before = shelf.files()
    with pytest.raises(InvalidInput):
        shelf.accept({**files(), PLAN: "events: 1"}, actor="bob", why="bad", at=AT)
    assert shelf.files() == before
    assert len(shelf.versions()) == 1


def test_a_version_that_was_being_written_when_the_process_died_is_no_version(shelf):
    shelf.accept(files(), actor="ann", why="first", at=AT)
    history = shelf.folder / "history"
    shutil.copytree(history / "0001", history / ".0002")
    assert len(shelf.versions()) == 1
    assert shelf.accept(files(TEXT + "\n"), actor="bob", why="more", at=AT) == 2
