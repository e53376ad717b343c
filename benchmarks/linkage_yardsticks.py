"""What linkage is measured against: joins on equal values, and Splink as its examples use it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

Pairs = dict[tuple[str, str], float]
Rules = Sequence[Sequence[str]]


def connection(records: pa.Table) -> duckdb.DuckDBPyConnection:
    made = duckdb.connect(config={"threads": "2"})
    made.execute("SET enable_progress_bar = false")
    made.register("given", records)
    made.execute("CREATE TABLE records AS FROM given")
    return made


def equal_values(records: pa.Table, rules: Rules, *, between_sources: bool = False) -> Pairs:
    """Return the pairs that agree on all columns of some rule."""
    database = connection(records)
    other = " AND l.source_id <> r.source_id" if between_sources else ""
    joins = " UNION ".join(
        "SELECT l.record_id, r.record_id FROM records l JOIN records r ON l.record_id < r.record_id"
        f"{other} AND {' AND '.join(f'l.{name} = r.{name}' for name in rule)}"
        for rule in rules
    )
    return dict.fromkeys(database.execute(joins).fetchall(), 1.0)


def example_comparisons(kinds: Mapping[str, str]) -> list[Any]:
    """Return the comparisons that Splink's library has for these kinds of column."""
    import splink.comparison_library as library

    made = {
        "name": lambda c: library.NameComparison(c).configure(term_frequency_adjustments=True),
        "chinese_name": lambda c: library.NameComparison(c).configure(
            term_frequency_adjustments=True
        ),
        "date": lambda c: library.DateOfBirthComparison(c, input_is_string=True),
        "email": library.EmailComparison,
        "postcode": lambda c: library.DamerauLevenshteinAtThresholds(c, [1, 2]),
        "phone": lambda c: library.DamerauLevenshteinAtThresholds(c, [1, 2]),
        "text": lambda c: library.ExactMatch(c).configure(term_frequency_adjustments=True),
        "exact": lambda c: library.ExactMatch(c).configure(term_frequency_adjustments=True),
    }
    return [made[kind](column) for column, kind in kinds.items()]


def plain_splink(
    records: pa.Table,
    kinds: Mapping[str, str],
    *,
    blocking: Rules,
    training: Rules,
    sure: Rules,
    between_sources: bool = False,
) -> Pairs:
    """Return scored pairs as Splink's examples come to them.

    `sure` are the rules from which the examples estimate how many pairs match, at a recall of 0.7.
    """
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    database = connection(records)
    api = DuckDBAPI(connection=database)
    tables = [api.register("records")]
    if between_sources:
        sources = sorted(set(records["source_id"].to_pylist()))
        for source in sources:
            database.execute(
                f"CREATE TABLE records_{source} AS SELECT * EXCLUDE source_id FROM records "
                f"WHERE source_id = '{source}'"
            )
        tables = [api.register(f"records_{source}") for source in sources]
    settings = SettingsCreator(
        link_type="link_only" if between_sources else "dedupe_only",
        unique_id_column_name="record_id",
        comparisons=example_comparisons(kinds),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in blocking],
        retain_matching_columns=False,
    )
    linker = Linker(tables if between_sources else tables[0], settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in sure], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in training:
        # Among a million people, those of one name make forty million pairs.
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule), max_pairs=1e6
        )
    found = linker.inference.predict(threshold_match_probability=0.01, warning_mode="never")
    rows = database.execute(
        f"SELECT record_id_l, record_id_r, match_probability FROM {found.physical_name}"
    ).fetchall()
    return {(min(pair), max(pair)): probability for *pair, probability in rows}
