"""The door of data quality: what is expected, a look, the gate, anomalies, the report."""

from zhiyin.warehouse.quality.expectations import (
    Dimension,
    Expectation,
    Severity,
    pii_of,
    promised,
)
from zhiyin.warehouse.quality.looking import Moment, Outcome, look, reader_of
from zhiyin.warehouse.quality.reading import read_expectations
from zhiyin.warehouse.quality.scoring import keep, mean_pass_rate, result_rows, score_rows
from zhiyin.warehouse.quality.watching import BOOKKEEPING, TableLook, Watch

__all__ = [
    "BOOKKEEPING",
    "Dimension",
    "Expectation",
    "Moment",
    "Outcome",
    "Severity",
    "TableLook",
    "Watch",
    "keep",
    "look",
    "mean_pass_rate",
    "pii_of",
    "promised",
    "read_expectations",
    "reader_of",
    "result_rows",
    "score_rows",
]
