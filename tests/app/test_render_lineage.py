"""Lineage on a terminal: a tree in which everything is told once."""

from __future__ import annotations

from zhiyin.app.render_lineage import lines


def thing(name: str, depth: int, **more):
    kind, _, rest = name.partition(":")
    return {"object_id": name, "kind": kind, "name": rest, "depth": depth, "hidden": 0, **more}


def test_a_graph_is_a_tree_whose_branches_are_told_once_and_cut_where_there_are_many():
    files = [f"file:f{n:02}" for n in range(11)]
    result = {
        "object": "tag:vip",
        "direction": "up",
        "objects": [
            thing("tag:vip", 0, title={"en": "Very important"}),
            thing("column:dm.c.x", 1),
            thing("source:s", 2, hidden=3),
            *(thing(name, 3) for name in files),
        ],
        "edges": [
            {"from_id": "column:dm.c.x", "to_id": "tag:vip", "via": "condition"},
            {"from_id": "source:s", "to_id": "column:dm.c.x", "via": "mapped"},
            *({"from_id": name, "to_id": "source:s", "via": "read"} for name in files),
        ],
    }
    told = list(lines(result))
    assert told[:4] == [
        "tag:vip - Very important",
        "└─ dm.c.x",
        "   └─ source:s  (+3 further)",
        "      ├─ file:f00",
    ]
    assert told[-1] == "      └─ … 3 more"


def test_an_object_without_neighbors_says_so():
    result = {"object": "file:a", "direction": "up", "objects": [thing("file:a", 0)], "edges": []}
    assert list(lines(result)) == ["file:a", "Nothing: it comes from outside."]


def test_a_trace_shows_values_origin_and_what_was_told_above():
    row = {
        "kind": "row", "name": "a.csv:7", "via": "raw",
        "values": [{"name": "amount", "value": 12.5, "pii": "none"}],
        "origin": {"table": "ods.order_lines", "file": "a.csv", "line": 7, "load_id": 1,
                   "recipe": "shop", "sha256": "ab" * 32, "is_kept": True},
    }  # fmt: skip
    order = {"kind": "order", "name": "R1", "children": [row], "more": 1200}
    again = {"kind": "order", "name": "R1", "is_again": True}
    trace = [{"kind": "message", "name": "m", "children": [order, again]}]
    assert list(lines({"object": "m", "direction": "up", "trace": trace})) == [
        "message m",
        "├─ order R1",
        "│  ├─ row a.csv:7  amount=12.50  "
        "[ods.order_lines, load 1, recipe shop, sha256 abababababab…]",
        "│  └─ … 1,200 more",
        "└─ order R1  (see above)",
    ]


def test_a_record_that_was_purged_from_the_log_says_so():
    origin = {"table": "ods.events", "partition": "main", "line": 9, "load_id": 2, "is_kept": False}
    trace = [{"kind": "row", "name": "log/main:9", "origin": origin}]
    (line,) = lines({"object": "x", "direction": "up", "trace": trace})
    assert line.endswith("[ods.events, load 2, purged from the log since]")
