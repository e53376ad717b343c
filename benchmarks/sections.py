"""What each benchmark shows, and the target it stands beside."""

from __future__ import annotations

from collections.abc import Mapping

# name -> (title, what it shows, [(label, figure's path, unit, target)])
SECTIONS: Mapping[str, tuple[str, list[tuple[str, str, str, str]]]] = {
    "start": (
        "`zhiyin --help`",
        [
            ("help", "help_seconds", "s", "< 0.3 s"),
            ("a bare interpreter (yardstick)", "bare_python_seconds", "s", ""),
        ],
    ),
    "online_retail": (
        "Online Retail: gz file to finished report",
        [
            ("rows", "rows", "", ""),
            ("init, import, run and review", "seconds", "s", "≤ 60 s"),
            ("peak memory", "peak_mib", "MiB", "≤ 1,536 MiB"),
            ("import", "import_rows_per_second", "rows/s", "≥ 100,000 rows/s"),
            ("DuckDB's own CSV reader (yardstick)", "duckdb_rows_per_second", "rows/s", ""),
            ("import as a share of DuckDB's reader", "share_of_duckdb", "", ""),
        ],
    ),
    "demo": (
        "`zhiyin demo --no-serve`",
        [
            ("customers", "customers", "", "≥ 20,000"),
            ("months", "months", "", "≥ 12"),
            ("events", "events", "", "≥ 1,000,000"),
            ("whole demo", "seconds", "s", "≤ 180 s"),
            ("peak memory", "peak_mib", "MiB", ""),
        ],
    ),
    "scale": (
        "10 M events, 1 M customers",
        [
            ("ODS to DM with RFM, tiers and tags", "build_seconds", "s", "≤ 180 s"),
            ("DuckDB sorting the same events once (yardstick)", "duckdb_sort_seconds", "s", ""),
            ("customer page, first", "customer_page_first_seconds", "s", ""),
            ("customer page, median of 20", "customer_page_median_seconds", "s", "≤ 0.3 s"),
            ("customer page, worst of 20", "customer_page_worst_seconds", "s", ""),
            ("peak memory", "peak_mib", "MiB", ""),
        ],
    ),
    "collect_files": (
        "Importing files (Online Retail)",
        [
            ("CSV, 5.4 M lines", "csv_rows_per_second", "rows/s", "≥ 500,000 rows/s"),
            ("DuckDB's `read_csv` of it (yardstick)", "csv_duckdb_rows_per_second", "rows/s", ""),
            ("share of DuckDB's reader", "csv_share_of_duckdb", "", ""),
            ("peak memory", "csv_peak_mib", "MiB", "≤ 1,536 MiB"),
            (
                "the same lines ten times over, nine set aside",
                "copies_rows_per_second",
                "rows/s",
                "",
            ),
            ("peak memory", "copies_peak_mib", "MiB", ""),
            ("CSV in gzip, 542 k lines", "gz_rows_per_second", "rows/s", ""),
            ("DuckDB's `read_csv` of it (yardstick)", "gz_duckdb_rows_per_second", "rows/s", ""),
            ("JSON Lines, 542 k", "jsonl_rows_per_second", "rows/s", ""),
            (
                "DuckDB's `read_json` of it (yardstick)",
                "jsonl_duckdb_rows_per_second",
                "rows/s",
                "",
            ),
            ("XLSX, 60 k lines", "xlsx_rows_per_second", "rows/s", ""),
        ],
    ),
    "collect_http": (
        "Events over HTTP, acknowledged after fsync",
        [
            ("batches of 100, 32 connections", "events_per_second", "events/s", "≥ 200,000"),
            ("median until the answer", "batch_p50_ms", "ms", ""),
            ("p99 until the answer", "batch_p99_ms", "ms", "≤ 30 ms"),
            ("batches of 100, 8 connections", "events_per_second_8_connections", "events/s", ""),
            ("processor time", "cpu_seconds_per_million_events", "s per million events", ""),
            (
                "single events, 64 connections",
                "single_requests_per_second",
                "requests/s",
                "≥ 12,000",
            ),
            ("p99 until the answer", "single_p99_ms", "ms", ""),
            (
                "the same server only answering, batches (yardstick)",
                "silent_batch_requests_per_second",
                "requests/s",
                "",
            ),
            ("batches as a share of it", "batch_share_of_silent", "", ""),
            (
                "the same server only answering, singles (yardstick)",
                "silent_single_requests_per_second",
                "requests/s",
                "",
            ),
            ("singles as a share of it", "single_share_of_silent", "", ""),
            ("memory at the start", "rss_mib_start", "MiB", ""),
            ("most memory", "rss_mib_most", "MiB", "≤ 250 MiB"),
            ("minutes of load", "minutes_watched", "", ""),
        ],
    ),
    "collect_loading": (
        "Log to tables",
        [
            ("events", "events", "", ""),
            ("bytes of an event", "bytes_per_event", "bytes", ""),
            ("first load", "first_load_events_per_second", "events/s", "≥ 400,000"),
            (
                "load beside 5 M events",
                "second_load_events_per_second",
                "events/s",
                "≥ 400,000",
            ),
            (
                "DuckDB's `read_json` into a table (yardstick)",
                "duckdb_read_json_events_per_second",
                "events/s",
                "",
            ),
            ("first load as a share of it", "first_load_share_of_read_json", "", ""),
            ("load beside 5 M events as a share of it", "second_load_share_of_read_json", "", ""),
            ("arriving while freshness is watched", "freshness_events_per_second", "events/s", ""),
            ("arrival to queryable, median", "freshness_p50_seconds", "s", ""),
            ("arrival to queryable, p99", "freshness_p99_seconds", "s", "≤ 5 s"),
            ("peak memory, the benchmark's own items included", "peak_mib", "MiB", ""),
        ],
    ),
    "collect_databases": (
        "Tables of databases",
        [
            ("rows", "rows", "", ""),
            ("PostgreSQL, pulled into ODS", "postgres.pull_rows_per_second", "rows/s", ""),
            ("its bare driver (yardstick)", "postgres.bare_rows_per_second", "rows/s", ""),
            ("share of it", "postgres.share_of_bare", "", ""),
            ("MariaDB, pulled into ODS", "mariadb.pull_rows_per_second", "rows/s", ""),
            ("its bare driver (yardstick)", "mariadb.bare_rows_per_second", "rows/s", ""),
            ("share of it", "mariadb.share_of_bare", "", ""),
        ],
    ),
    "integrate_builds": (
        "Builds: ODS to DM",
        [
            ("events", "events", "", ""),
            ("all builds", "build_seconds", "s", ""),
            ("the bare DuckDB statements (yardstick)", "bare_seconds", "s", ""),
            ("what the product takes beyond them, share", "overhead", "", "≤ 0.15"),
            ("the same in processor time", "overhead_cpu", "", ""),
            ("a run when nothing changed", "unchanged_seconds", "s", ""),
            ("one more day of 50,000 events, facts", "day_facts_seconds", "s", ""),
            ("of these, tables built piece by piece", "day_piecewise_seconds", "s", ""),
            ("the same day, marts", "day_marts_seconds", "s", ""),
            ("peak memory", "peak_mib", "MiB", ""),
        ],
    ),
    "integrate_linkage": (
        "Records without a shared key",
        [
            ("FEBRL 4, F1 of pairs from 0.99 on", "febrl_4.f1", "", "≥ 0.999"),
            ("plain Splink (yardstick)", "febrl_4.splink.f1", "", ""),
            ("joins on equal values (yardstick)", "febrl_4.joins.f1", "", ""),
            ("seconds", "febrl_4.seconds", "s", ""),
            ("fake_1000, F1 of pairs from 0.99 on", "fake_1000.f1", "", "> 0.53"),
            ("precision", "fake_1000.precision", "", ""),
            ("recall", "fake_1000.recall", "", ""),
            ("F1 of pairs from 0.5 on", "fake_1000.f1_even", "", ""),
            ("plain Splink from 0.99 on (yardstick)", "fake_1000.splink.f1", "", ""),
            ("plain Splink from 0.5 on (yardstick)", "fake_1000.splink.f1_even", "", ""),
            ("joins on equal values (yardstick)", "fake_1000.joins.f1", "", ""),
            ("made-up customers, a fifth of them twice", "million.rows", "", ""),
            ("cleaned, learned and scored", "million.seconds", "s", "≤ 20 s"),
            ("peak memory, the records themselves included", "million.peak_mib", "MiB", ""),
            ("precision of pairs from 0.99 on", "million.precision", "", ""),
            ("F1 of pairs from 0.99 on", "million.f1", "", ""),
            ("F1 of pairs from 0.5 on", "million.f1_even", "", ""),
            ("plain Splink, cleaned records (yardstick)", "million.splink.seconds", "s", ""),
            ("its precision from 0.99 on", "million.splink.precision", "", ""),
            ("its F1 from 0.99 on", "million.splink.f1", "", ""),
        ],
    ),
    "console": (
        "The overview in Chromium, cold",
        [
            ("median", "overview_seconds_median", "s", "≤ 1.5 s"),
            ("worst", "overview_seconds_worst", "s", ""),
            ("a page of two words (yardstick)", "blank_page_seconds_median", "s", ""),
        ],
    ),
}
