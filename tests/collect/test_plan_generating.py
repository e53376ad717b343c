"""A plan made from traffic: it describes what was seen, the same way every time."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.collect.test_plan import events

from zhiyin.collect.plan.api import (
    Inference,
    PlanInForce,
    generate,
    merge,
    observe,
    plan_files,
    read_plan,
)


def plan_of(*rows, **rules):
    return generate(observe(events(*rows)), Inference(**rules))


def schema(made, name: str) -> dict:
    return dict(made.plan.events[name].schema.body)


def views(count: int, **properties):
    return [("track", "Product Viewed", {"product_id": "P1", **properties})] * count


def test_types_required_ones_lists_and_formats_are_inferred():
    rows = [
        (
            "track",
            "Signed Up",
            {
                "plan": "gold" if n % 2 else "free",
                "at": "2026-03-01T08:00:00Z",
                "mail": f"c{n}@example.com",
                "page": f"https://shop.example.com/{n}",
                "age": 20 + n % 30,
                "score": n / 2,
                **({"rare": True} if n < 50 else {}),
            },
        )
        for n in range(100)
    ]
    body = schema(plan_of(*rows), "signed_up")
    assert body["properties"] == {
        "age": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "mail": {"type": "string", "format": "email"},
        "page": {"type": "string", "format": "uri"},
        "plan": {"type": "string", "enum": ["free", "gold"]},
        "rare": {"type": "boolean"},
        "score": {"type": "number"},
    }
    assert body["required"] == ["age", "at", "mail", "page", "plan", "score"]


def test_limits_are_written_only_when_asked_for():
    rows = [("track", "Rated", {"stars": n % 5 + 1}) for n in range(100)]
    assert schema(plan_of(*rows), "rated")["properties"] == {"stars": {"type": "integer"}}
    limited = schema(plan_of(*rows, has_limits=True), "rated")["properties"]["stars"]
    assert limited == {"type": "integer", "minimum": 1, "maximum": 5}


def test_required_means_nearly_always_there():
    rows = [*views(99, name="tea"), *views(1)]
    assert schema(plan_of(*rows), "product_viewed")["required"] == ["name", "product_id"]
    rows = [*views(98, name="tea"), *views(2)]
    assert schema(plan_of(*rows), "product_viewed")["required"] == ["product_id"]


def test_a_standard_event_has_titles_and_its_reserved_types_whatever_was_seen():
    made = plan_of(*views(60, price="19.9"), *views(40, price=19.9))
    event = made.plan.events["product_viewed"]
    assert dict(event.title) == {"zh-CN": "浏览商品", "en": "Product viewed"}
    assert schema(made, "product_viewed")["properties"]["price"] == {"type": "number"}
    (doubt,) = made.doubtful
    assert doubt[:2] == ("product_viewed", "price")
    assert doubt[2] == "60.0% of the values are string, the plan says number"


def test_a_type_of_one_value_in_a_thousand_is_doubtful_and_not_planned():
    rows = [("track", "Rated", {"stars": n}) for n in range(999)]
    made = plan_of(*rows, ("track", "Rated", {"stars": "five"}))
    assert schema(made, "rated")["properties"]["stars"] == {"type": "integer"}
    assert [doubt[:2] for doubt in made.doubtful] == [("rated", "stars")]


values = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(-1, 1), st.text(max_size=3)
)
objects = st.dictionaries(st.sampled_from("abc"), values, max_size=3)
contents = st.dictionaries(
    st.sampled_from("xyz"), values | objects | st.lists(values | objects, max_size=3)
)
rows_of = st.lists(
    st.tuples(
        st.sampled_from(["track", "identify", "page"]), st.sampled_from(["A", "B"]), contents
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=30, deadline=None)
@given(rows=rows_of, has_limits=st.booleans())
def test_traffic_keeps_to_the_plan_that_was_made_of_it(rows, has_limits):
    table = events(*rows)
    made = generate(observe(table), Inference(type_from=0, has_limits=has_limits))
    assert PlanInForce(made.plan).violations(table).num_rows == 0
    assert made.doubtful == []


@settings(max_examples=30, deadline=None)
@given(rows=rows_of, data=st.data())
def test_the_order_of_the_traffic_does_not_matter_and_files_hold_the_plan(rows, data):
    shuffled = data.draw(st.permutations(rows))
    one, other = (plan_files(generate(observe(events(*r))).plan, {}) for r in (rows, shuffled))
    assert one == other
    assert plan_files(read_plan(one), one) == one


@settings(max_examples=30, deadline=None)
@given(old=rows_of, new=rows_of)
def test_merging_loses_nothing_that_was_written(old, new):
    mine = generate(observe(events(*old))).plan
    fresh = generate(observe(events(*new))).plan
    both = merge(mine, fresh)
    for name, event in mine.events.items():
        kept = both.events[name]
        assert (kept.key, kept.enforce) == (event.key, event.enforce)
        before, after = event.schema.body, kept.schema.body
        assert before.get("required") == after.get("required")
        assert _holds(after, before)
    assert {event.key for event in both.events.values()} == {*mine.by_key(), *fresh.by_key()}
    assert merge(both, fresh) == both


def _holds(after, before) -> bool:
    """Return whether everything of `before` stands in `after`, which may name more properties."""
    for key, value in before.items():
        if key == "properties":
            if not all(_holds(after[key][name], inner) for name, inner in value.items()):
                return False
        elif json.dumps(after[key]) != json.dumps(value):
            return False
    return True


def test_merging_respects_a_schema_that_is_closed():
    text = '{"properties": {"product_id": {"type": "integer"}}, "additionalProperties": false}'
    files = {
        "plan.yaml": "events: [{event: Product Viewed, enforce: block, owner: ann}]",
        "events/product_viewed.json": text,
    }
    merged = merge(read_plan(files), plan_of(*views(10, name="tea")).plan)
    assert merged == read_plan(files)
    assert plan_files(merged, files)["events/product_viewed.json"] == text
