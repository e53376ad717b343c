"""The door of data quality: what is expected, a look, the gate, anomalies, the report, alerts."""

from zhiyin.warehouse.quality.anomalies import (
    PROFILED,
    Anomaly,
    find_anomalies,
    read_anomalies,
    update_profiles,
)
from zhiyin.warehouse.quality.bands import UsualDay, usual_days
from zhiyin.warehouse.quality.expectations import (
    Dimension,
    Expectation,
    Severity,
    pii_of,
    promised,
)
from zhiyin.warehouse.quality.looking import Moment, Outcome, look, reader_of
from zhiyin.warehouse.quality.reading import read_expectations
from zhiyin.warehouse.quality.report.alerts import (
    ALERT_DAYS,
    AlertText,
    Finding,
    alert_text,
    findings,
)
from zhiyin.warehouse.quality.report.gather import (
    ANOMALY_DAYS,
    Reporting,
    failed_checks,
    newest_results,
    quality_report,
    recent_anomalies,
)
from zhiyin.warehouse.quality.report.model import FailedCheck, QualityReport
from zhiyin.warehouse.quality.report.render import render_report
from zhiyin.warehouse.quality.report.wording import LANGUAGES, Words
from zhiyin.warehouse.quality.scoring import ALL, mean_pass_rate
from zhiyin.warehouse.quality.watching import BOOKKEEPING, TableLook, Watch

__all__ = [
    "ALERT_DAYS",
    "ALL",
    "ANOMALY_DAYS",
    "BOOKKEEPING",
    "LANGUAGES",
    "PROFILED",
    "AlertText",
    "Anomaly",
    "Dimension",
    "Expectation",
    "FailedCheck",
    "Finding",
    "Moment",
    "Outcome",
    "QualityReport",
    "Reporting",
    "Severity",
    "TableLook",
    "UsualDay",
    "Watch",
    "Words",
    "alert_text",
    "failed_checks",
    "find_anomalies",
    "findings",
    "look",
    "mean_pass_rate",
    "newest_results",
    "pii_of",
    "promised",
    "quality_report",
    "read_anomalies",
    "read_expectations",
    "reader_of",
    "recent_anomalies",
    "render_report",
    "update_profiles",
    "usual_days",
]
