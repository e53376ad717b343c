"""What was expected of each table, how far it held, and what looks unusual."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TIME, Column, TableSpec

RESULTS = TableSpec(
    name="dw.quality_results",
    grain=("run_id", "table_name", "check_name"),
    description="Each expectation each time it was looked at.",
    columns={
        "run_id": Column("!string", "run that looked"),
        "table_name": Column("!string", "table"),
        "check_name": Column("!string", "name of the expectation, unique within its table"),
        "column": Column("!string", "column it is about; empty for whole tables"),
        "dimension": Column(
            "!string",
            "completeness | uniqueness | validity | consistency | timeliness | accuracy",
        ),
        "severity": Column("!string", "blocking | warning"),
        "rows": Column("!int64", "rows looked at"),
        "failed": Column("!int64", "rows that break it"),
        "pass_rate": Column("!float64", "share of rows that hold it", "0 to 1"),
        "at_least": Column("!float64", "pass rate that is demanded", "0 to 1"),
        "passed": Column("!boolean", "whether the pass rate is reached"),
        "example": Column("string", "a value that breaks it", pii=Pii.PERSONAL),
        "held_back": Column("!boolean", "whether it kept the table from being published"),
        "checked_at": Column("!" + TIME, "when", "UTC"),
    },
)

SCORES = TableSpec(
    name="dw.quality_scores",
    grain=("table_name", "score_date", "dimension"),
    description="Quality per table, day and dimension; the last look of a day counts.",
    columns={
        "table_name": Column("!string", "table"),
        "score_date": Column("!date", "day of the look, in the workspace's time zone"),
        "dimension": Column("!string", "as in dw.quality_results, or `all`"),
        "score": Column("!float64", "mean pass rate of its checks", "0 to 100"),
        "checks": Column("!int64", "expectations looked at"),
        "failed_checks": Column("!int64", "expectations not reached"),
    },
)

PROFILES = TableSpec(
    name="dw.quality_profiles",
    grain=("table_name", "profile_date", "column", "metric"),
    description="Measured every day of data: rows, share of nulls, distribution of values.",
    columns={
        "table_name": Column("!string", "table"),
        "profile_date": Column("!date", "day of the data"),
        "column": Column("!string", "column; empty for rows"),
        "metric": Column("!string", "rows | null_rate | mean | distinct | distance"),
        "value": Column("!float64", "measured value"),
    },
)

ANOMALIES = TableSpec(
    name="dw.quality_anomalies",
    grain=("table_name", "profile_date", "column", "metric"),
    description="Days whose measure lies outside what the days before let expect.",
    columns={
        "table_name": Column("!string", "table"),
        "profile_date": Column("!date", "day of the data"),
        "column": Column("!string", "column; empty for rows"),
        "metric": Column("!string", "as in dw.quality_profiles"),
        "value": Column("!float64", "measured value"),
        "expected": Column("!float64", "what the days before let expect"),
        "low": Column("!float64", "lower end of what is usual"),
        "high": Column("!float64", "upper end of what is usual"),
        "score": Column("!float64", "distance from the expectation in robust deviations"),
        "found_at": Column("!" + TIME, "when it was first seen", "UTC"),
    },
)

ALL = (RESULTS, SCORES, PROFILES, ANOMALIES)
