"""What the benchmarks of knowing show, and the target each figure stands beside."""

from __future__ import annotations

from collections.abc import Mapping

TIER_SHOPS = {
    "online_retail": "Online Retail",
    "completejourney": "Complete Journey",
    "adventureworks": "AdventureWorks",
    **{f"world_{seed}": f"simulated shop {seed}" for seed in (1, 2, 3)},
}
TIER_FIGURES = (
    ("of the best eighth, high tier", "tiers", "≥ 0.85"),
    ("high and middle tier", "two_tiers", ""),
    ("BG/NBD and Gamma-Gamma, an eighth", "value_model", ""),
    ("LightGBM, an eighth (yardstick)", "lightgbm", ""),
    ("an oracle who knows all but chance, an eighth", "oracle", ""),
    ("of the best 3 %, high tier", "top_3", ""),
    ("what the best 3 % made of all value", "top_3_of_value", ""),
)
QUESTIONS = {
    "rfm": "RFM quintiles",
    "funnel": "ordered funnel of 4 steps in 7 days",
    "retention": "weekly retention matrix",
    "sessions": "visits of 30 minutes",
    "touches": "touch paths before each order",
    "pairs": "pairs of items in an order",
}


def question(name: str, title: str) -> list[tuple[str, str, str, str]]:
    """Return a question's own seconds, those of the yardsticks and the share of ClickHouse."""
    return [
        (title, f"{name}.zhiyin", "s", ""),
        ("ClickHouse MergeTree (yardstick)", f"{name}.clickhouse", "s", ""),
        ("DuckDB by hand (yardstick)", f"{name}.duckdb", "s", ""),
        ("polars (yardstick)", f"{name}.polars", "s", ""),
        ("as a share of ClickHouse", f"{name}.share_of_clickhouse", "", "≤ 1.0"),
    ]


# As in `sections.SECTIONS`.
KNOW: Mapping[str, tuple[str, list[tuple[str, str, str, str]]]] = {
    "know_audiences": (
        "Audience counts: ten million people, a hundred tags",
        [
            ("rows of tags", "tag_rows", "", ""),
            ("building the bitmaps of tags", "tags_build_seconds", "s", "≤ 30 s"),
            ("those of six columns", "columns_build_seconds", "s", ""),
            ("opening them again", "opening_seconds", "s", ""),
            ("bitmaps of tags and six columns", "bitmaps_mib", "MiB", "≤ 300"),
            ("count of 5 to 20 tags, median", "tags_ms.median", "ms", ""),
            ("the same, p99", "tags_ms.p99", "ms", "≤ 20"),
            ("with columns among them, median", "mixed_ms.median", "ms", ""),
            ("the same, p99", "mixed_ms.p99", "ms", ""),
            (
                "DuckDB over a wide table of tags, median (yardstick)",
                "duckdb_wide_ms.median",
                "ms",
                "",
            ),
            ("the same, p99", "duckdb_wide_ms.p99", "ms", ""),
            ("numpy over packed bits, median (yardstick)", "packed_bits_ms.median", "ms", ""),
            ("the same, p99", "packed_bits_ms.p99", "ms", ""),
            ("its size", "packed_bits_mib", "MiB", ""),
            ("peak memory", "peak_mib", "MiB", ""),
            ("look-alikes: people of the public bank data", "lookalike.people", "", ""),
            ("people of the seed, as many hide among the others", "lookalike.seed", "", ""),
            ("lift in the best-scored 5 %, random is 1", "lookalike.lift_5", "", "> 1"),
            ("lift in the best-scored 10 %", "lookalike.lift_10", "", ""),
            ("fit, judge and score", "lookalike.seconds", "s", ""),
        ],
    ),
    "know_voice": (
        "Voice of the customer: 62,774 Chinese reviews, a fifth kept for the test",
        [
            ("texts tested on", "texts_tested", "", ""),
            ("sentiment, macro-F1", "macro_f1", "", ""),
            ("TF-IDF and logistic regression (yardstick)", "tfidf_macro_f1", "", ""),
            ("the lexicon alone, without any label", "lexicon_macro_f1", "", ""),
            ("sentiment and topics learnt", "train_seconds", "s", ""),
            ("TF-IDF and logistic regression (yardstick)", "tfidf_train_seconds", "s", ""),
            ("texts judged", "judged_texts_per_second", "texts/s", "≥ 10,000 texts/s"),
            ("aspects told", "aspects_texts_per_second", "texts/s", ""),
            ("peak memory", "peak_mib", "MiB", ""),
        ],
    ),
    "know_baskets": (
        "What is bought together: a million baskets",
        [
            ("baskets", "baskets", "", ""),
            ("lines", "lines", "", ""),
            ("pairs, from order lines to measures", "pairs_seconds", "s", ""),
            ("mlxtend's fpgrowth of two items (yardstick)", "mlxtend_2_seconds", "s", ""),
            ("times faster", "pairs_speedup", "", "≥ 20"),
            ("pairs without reading, as mlxtend is timed", "pairs_counted_seconds", "s", ""),
            ("times faster", "pairs_counted_speedup", "", "≥ 20"),
            ("frequent sets of up to two", "sets_2_seconds", "s", ""),
            ("times faster than mlxtend", "sets_2_speedup", "", "≥ 20"),
            ("frequent sets of up to four", "sets_4_seconds", "s", ""),
            ("mlxtend's fpgrowth (yardstick)", "mlxtend_4_seconds", "s", ""),
            ("times faster", "sets_4_speedup", "", ""),
            ("peak memory, with mlxtend", "peak_mib", "MiB", ""),
        ],
    ),
    "know_personas": (
        "Personas of a million buyers",
        [
            ("buyers", "buyers", "", ""),
            ("orders", "orders", "", ""),
            ("from tables to everybody's persona", "seconds", "s", "≤ 60 s"),
            ("of it: how each buys", "read_seconds", "s", ""),
            ("of it: number, groups, names", "search_seconds", "s", ""),
            ("everybody's persona told anew", "told_again_seconds", "s", ""),
            ("scikit-learn's KMeans for 3 to 8 groups (yardstick)", "sklearn_seconds", "s", ""),
            ("times faster", "speedup", "", ""),
            ("personas", "personas", "", ""),
            ("scikit-learn's", "sklearn_personas", "", ""),
            ("like the planted kinds (adjusted Rand index)", "planted_kinds_found", "", ""),
            ("scikit-learn's", "sklearn_planted_kinds_found", "", ""),
            ("peak memory before the yardstick", "peak_mib", "MiB", "≤ 6,144 MiB"),
        ],
    ),
    "know_tiers": (
        "Those who buy most in the next 90 days: share that was known before",
        [
            (f"{shop}: {label}", f"{name}.{key}", "", target)
            for name, shop in TIER_SHOPS.items()
            for label, key, target in TIER_FIGURES
            if key != "oracle" or name.startswith("world")
        ],
    ),
    "know_live": (
        "Live profiles, 200 tags and 100 audiences",
        [
            (
                "events taken, loaded and followed",
                "events_per_second",
                "events/s",
                "2,000 events/s",
            ),
            ("processor time of an event on the live path", "cpu_per_event_ms", "ms", "≤ 0.35 ms"),
            ("of an event in the whole server", "server_cpu_per_event_ms", "ms", "< 0.5 ms"),
            ("cores that the server is busy on", "server_cores", "", ""),
            ("event to profile, median", "visible_p50_ms", "ms", ""),
            ("event to profile, p99", "visible_p99_ms", "ms", "≤ 1,000 ms"),
            ("`GET /v1/profiles/{id}`, median", "get_p50_ms", "ms", ""),
            ("`GET /v1/profiles/{id}`, p99", "get_p99_ms", "ms", "≤ 20 ms"),
            ("the same without events coming in, median", "rested_get_p50_ms", "ms", ""),
            ("p99", "rested_get_p99_ms", "ms", "≤ 20 ms"),
            ("an answer that needs no work, p99 (yardstick)", "bare_p99_ms", "ms", ""),
        ],
    ),
    "know_behavior": (
        "Questions about behavior: the same rows, sorted by person and time, equal answers",
        [
            ("events", "events", "", ""),
            *(row for name, title in QUESTIONS.items() for row in question(name, title)),
            ("the whole answer of the page of visits", "sessions.page", "s", ""),
            ("peak memory", "zhiyin.peak_mib", "MiB", "≤ 4,096 MiB"),
            ("ClickHouse's peak memory", "clickhouse.peak_mib", "MiB", ""),
        ],
    ),
}
