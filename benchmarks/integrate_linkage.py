"""Linkage of records without a shared key: accuracy on labeled sets, seconds on a million records.

Thresholds are not chosen by the labels: 0.99 is what ships as the least probability for joining
two customers without being asked, 0.5 is where a pair is as likely as not. The whole curve stands
beside them. The million is made up (see `linkage_people`), a fifth of it recorded twice.

python -m benchmarks.integrate_linkage [ROWS]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.linkage_people import people
from benchmarks.linkage_yardsticks import Pairs, equal_values, plain_splink
from benchmarks.meter import ROOT, peak_mib, shared_data, stopwatch
from zhiyin.adapters.linkage.splink_linker import SplinkLinker
from zhiyin.identity.linkage.api import comparable, default_plan

THRESHOLDS = (0.999, 0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.1, 0.05)
ROWS = 1_000_000
FAKE = {"first_name": "name", "surname": "name", "dob": "date", "city": "text", "email": "email"}
FEBRL = {
    "given_name": "name",
    "surname": "name",
    "date_of_birth": "date",
    "soc_sec_id": "postcode",
    "postcode": "postcode",
    "street_number": "exact",
    "address_1": "text",
    "address_2": "text",
    "suburb": "text",
    "state": "exact",
}
SHOP = {
    "name": "chinese_name",
    "birth_date": "date",
    "email": "email",
    "phone": "phone",
    "city": "text",
    "gender": "exact",
}
Truth = set[tuple[str, str]]


def figures(found: int, right: int, true: int) -> dict[str, float]:
    """Return precision, recall and their harmonic mean."""
    return {
        "precision": round(right / found, 5) if found else 0.0,
        "recall": round(right / true, 5),
        "f1": round(2 * right / (found + true), 5),
    }


def curve(probability: np.ndarray, is_right: np.ndarray, true: int) -> list[dict[str, float]]:
    """Return the figures at each threshold."""
    return [
        {
            "at_least": least,
            "pairs": int((kept := probability >= least).sum()),
            **figures(int(kept.sum()), int((is_right & kept).sum()), true),
        }
        for least in THRESHOLDS
    ]


def judged(pairs: Pairs, truth: Truth) -> dict[str, Any]:
    """Return the figures of scored pairs: at 0.99, at 0.5, and the curve."""
    right = np.array([pair in truth for pair in pairs], dtype=bool)
    return summary(np.array(list(pairs.values()), dtype=float), right, len(truth))


def summary(probability: np.ndarray, is_right: np.ndarray, true: int) -> dict[str, Any]:
    points = curve(probability, is_right, true)
    by = {point["at_least"]: point for point in points}
    return {
        "precision": by[0.99]["precision"],
        "recall": by[0.99]["recall"],
        "f1": by[0.99]["f1"],
        "f1_even": by[0.5]["f1"],
        "f1_best": max(point["f1"] for point in points),
        "curve": points,
    }


def linked(records: pa.Table, kinds: Mapping[str, str], **terms: Any) -> pa.Table:
    """Return the pairs that the product finds with its default plan."""
    cleaned = comparable(records, kinds)
    return SplinkLinker(threads=2).link(cleaned, default_plan(kinds, **terms)).pairs


def as_pairs(table: pa.Table) -> Pairs:
    rows = zip(*(table[name].to_pylist() for name in table.column_names[:3]), strict=True)
    return {(left, right): probability for left, right, probability in rows}


def compared(
    ours: Callable[[], pa.Table], theirs: Callable[[], Pairs], joins: Pairs, truth: Truth
) -> dict[str, Any]:
    """Return the figures of the product, of plain Splink, and of joins on equal values."""
    with stopwatch() as watch:
        found = ours()
    with stopwatch() as beside:
        plain = theirs()
    return {
        **judged(as_pairs(found), truth),
        "seconds": watch.seconds,
        "splink": judged(plain, truth) | {"seconds": beside.seconds},
        "joins": figures(len(joins), len(set(joins) & truth), len(truth)),
    }


def fake_1000() -> dict[str, Any]:
    """Return the figures on Splink's own thousand made-up persons."""
    table = pq.read_table(shared_data() / "splink_identity/parquet/fake_1000.parquet")
    records = table.rename_columns(["record_id", *table.column_names[1:]])
    records = records.append_column("source_id", pa.repeat("fake", len(records)))
    clusters = defaultdict(list)
    for row in records.select(["record_id", "cluster"]).to_pylist():
        clusters[row["cluster"]].append(row["record_id"])
    truth = {pair for ids in clusters.values() for pair in combinations(sorted(ids), 2)}
    blocking = [["first_name", "city"], ["surname"], ["email"], ["dob"]]
    return compared(
        lambda: linked(records, FAKE),
        lambda: plain_splink(
            records,
            FAKE,
            blocking=blocking,
            training=[["first_name", "surname"], ["dob"]],
            sure=[["first_name", "dob"], ["email"]],
        ),
        equal_values(records, [["first_name", "surname"], ["email"], ["surname", "dob"]]),
        truth,
    )


def febrl_4() -> dict[str, Any]:
    """Return the figures on FEBRL's dataset 4, whose two halves hold each person once."""
    sides = []
    for source in ("4a", "4b"):
        table = pq.read_table(shared_data() / f"splink_identity/parquet/dataset{source}.parquet")
        names = [name.strip() for name in table.column_names]
        side = table.rename_columns(["record_id" if n == "rec_id" else n for n in names])
        sides.append(side.append_column("source_id", pa.repeat(source, len(side))))
    records = pa.concat_tables(sides)
    ids = [one.removesuffix("-org") for one in sides[0]["record_id"].to_pylist()]
    truth = {(f"{one}-dup-0", f"{one}-org") for one in ids}
    cleaned = comparable(records, FEBRL).select(["record_id", "source_id", *FEBRL])
    return compared(
        lambda: linked(records, FEBRL, between_sources=True),
        lambda: plain_splink(
            cleaned,
            FEBRL,
            blocking=[
                ["soc_sec_id"],
                ["date_of_birth"],
                ["given_name", "surname"],
                ["surname", "postcode"],
                ["address_1"],
            ],
            training=[["date_of_birth"], ["soc_sec_id"], ["given_name", "surname"]],
            sure=[["soc_sec_id"]],
            between_sources=True,
        ),
        equal_values(
            cleaned,
            [["soc_sec_id"], ["given_name", "surname", "date_of_birth"]],
            between_sources=True,
        ),
        truth,
    )


def judged_people(table: pa.Table, person: Mapping[str, int]) -> dict[str, Any]:
    """Return the figures of pairs among made-up people."""
    left, right = (
        np.array([person[one] for one in table[name].to_pylist()])
        for name in ("left_id", "right_id")
    )
    sizes = np.bincount(np.fromiter(person.values(), int))
    true = int((sizes * (sizes - 1) // 2).sum())
    return summary(table["probability"].to_numpy(), left == right, true)


def million(which: str, rows: int) -> dict[str, Any]:
    """Return seconds, memory and figures on made-up people, of one of both ways."""
    records, truth = people(rows)
    person = dict(zip(records["record_id"].to_pylist(), truth.to_pylist(), strict=True))
    before = peak_mib()
    if which == "ours":
        with stopwatch() as watch:
            found = linked(records, SHOP)
    else:
        cleaned = comparable(records, SHOP).select(["record_id", "source_id", *SHOP])
        with stopwatch() as watch:
            pairs = plain_splink(
                cleaned,
                SHOP,
                blocking=[["email"], ["phone"], ["name", "birth_date"], ["name", "city"]],
                training=[["email"], ["name"]],
                sure=[["email"], ["phone"]],
            )
        found = pa.table(
            {
                "left_id": [left for left, _ in pairs],
                "right_id": [right for _, right in pairs],
                "probability": list(pairs.values()),
            }
        )
    return {
        **judged_people(found, person),
        "rows": rows,
        "seconds": watch.seconds,
        "peak_mib": peak_mib(),
        "before_mib": before,
    }


def in_child(*arguments: object) -> dict[str, Any]:
    """Return what this module prints with these arguments, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.integrate_linkage", *map(str, arguments)],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def told(name: str, measured: Mapping[str, Any]) -> None:
    """Print the curve of one data set for people to read."""
    print(f"{name}: {measured['seconds']} s")
    for point in measured["curve"]:
        print("  " + "  ".join(f"{key} {value:g}" for key, value in point.items()))


def main(arguments: Iterable[str]) -> None:
    match list(arguments):
        case ["ours" | "splink" as which, rows]:
            print(json.dumps(million(which, int(rows))))
            return
        case [rows]:
            size = int(rows)
        case _:
            size = ROWS
    report = {
        "febrl_4": febrl_4(),
        "fake_1000": fake_1000(),
        "million": in_child("ours", size) | {"splink": in_child("splink", size)},
    }
    for name, measured in report.items():
        told(name, measured)
        told(f"{name}, plain Splink", measured["splink"])
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
