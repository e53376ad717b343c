"""Records as JSON: whole columns at once say what each record by itself would."""

from __future__ import annotations

import json

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.collect.duplicates import Repeats, Seen
from zhiyin.collect.judging import DIGESTS, REASON, ROW
from zhiyin.collect.records import json_records, json_text

cells = st.none() | st.text('ab"\\茶\t\x01/', max_size=4)
NAMES = ["a", 'quote"d', "列"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells), max_size=6))
def test_records_are_the_objects_that_the_standard_library_reads(rows):
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(3)]
    table = pa.table(columns, NAMES)
    expected = [
        {name: cell for name, cell in zip(NAMES, row, strict=True) if cell is not None}
        for row in rows
    ]
    written = json_records(table).to_pylist()
    assert [json.loads(text) for text in written] == expected
    assert written == [json_text(record) for record in expected]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=12), max_size=9))
def test_what_was_seen_is_what_a_set_holds(batches):
    seen, known = Seen(), set()
    for batch in batches:
        pairs = sorted({first: (first, second) for first, second in batch}.values())
        first, second = (pa.array([p[n] for p in pairs], pa.int64()).to_numpy() for n in (0, 1))
        # A first hash that two pairs share is 2^-63 likely; the promise holds for distinct ones.
        fresh = [p for p in pairs if all(p[0] != k[0] or p == k for k in known)]
        found = dict(zip(pairs, seen.knows(first, second).tolist(), strict=True))
        assert {pair: found[pair] for pair in fresh} == {pair: pair in known for pair in fresh}
        new = [p for p in fresh if p not in known]
        seen.add(*(pa.array([p[n] for p in new], pa.int64()).to_numpy() for n in (0, 1)))
        known |= set(new)


LINES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=25)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, max_size=4), st.randoms(use_true_random=False))
def test_of_equal_records_the_one_that_came_first_stays(chunks, chance):
    repeats, known = Repeats("copy"), set()
    for chunk in chunks:
        content = [key for key, _ in chunk]
        reasons = [None if is_kept else "bad" for _, is_kept in chunk]
        arrival = chance.sample(range(100), len(chunk))
        rows = {ROW: arrival, REASON: pa.array(reasons, pa.string())}
        hashes = dict.fromkeys(DIGESTS, pa.array(content, pa.int64()))
        judged = repeats.judged(pa.table(rows | hashes))
        for place in sorted(range(len(chunk)), key=arrival.__getitem__):
            if reasons[place] is None:
                reasons[place] = "copy" if content[place] in known else None
                known.add(content[place])
        assert judged[REASON].to_pylist() == reasons
