"""What is worth telling at once, and how it is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from zhiyin.warehouse.quality.anomalies import Anomaly
from zhiyin.warehouse.quality.report.model import FailedCheck
from zhiyin.warehouse.quality.report.render import said
from zhiyin.warehouse.quality.report.wording import Words

# Older days are history that an import brought along; nobody can act on them now.
ALERT_DAYS = 7


@dataclass(frozen=True)
class Finding:
    """One thing to tell: an expectation that is missed, or a measure that stands out.

    `key` stays the same for as long as it lasts, from run to run.
    """

    key: str
    severity: str
    check: FailedCheck | None = None
    anomaly: Anomaly | None = None


@dataclass(frozen=True)
class AlertText:
    """An alert in one language."""

    subject: str
    text: str
    html: str


def findings(
    failed: Iterable[FailedCheck], anomalies: Sequence[Anomaly], *, last_day: date | None
) -> list[Finding]:
    """Return what is worth telling, in the order given: missed expectations, then anomalies.

    A measure that stands out on several days in a row is one finding. Only those that touch the
    newest `ALERT_DAYS` days up to `last_day` are told.
    """
    told = [Finding(f"check {one.table} {one.name}", one.severity, check=one) for one in failed]
    if last_day is None:
        return told
    since = last_day - timedelta(days=ALERT_DAYS - 1)
    for streak in _streaks(anomalies):
        first, last = streak[0], streak[-1]
        if last.day >= since:
            key = f"anomaly {first.table} {first.column} {first.metric} {first.day}"
            told.append(Finding(key, "warning", anomaly=last))
    return told


def _streaks(anomalies: Sequence[Anomaly]) -> list[list[Anomaly]]:
    """Return the anomalies of each measure in runs of consecutive days."""
    streaks: list[list[Anomaly]] = []
    for one in sorted(anomalies, key=lambda one: (one.measure, one.day)):
        before = streaks[-1][-1] if streaks else None
        is_next = (
            before is not None
            and before.measure == one.measure
            and one.day - before.day == timedelta(days=1)
        )
        if is_next:
            streaks[-1].append(one)
        else:
            streaks.append([one])
    return streaks


def alert_text(told: Sequence[Finding], *, workspace: str, language: str) -> AlertText:
    """Return the message that tells of findings."""
    words = Words(language)
    lines = [sentence(finding, words) for finding in told]
    subject = (
        words("alert.subject_one", workspace=workspace, finding=lines[0])
        if len(lines) == 1
        else words("alert.subject", workspace=workspace, n=len(lines))
    )
    after = words("alert.next")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return AlertText(
        subject=subject[:200],
        text="\n".join([*(f"- {line}" for line in lines), "", after]),
        html=f"<ul>{items}</ul><p>{escape(after)}</p>",
    )


def sentence(finding: Finding, words: Words) -> str:
    """Return one finding in one sentence; values of people are never in it."""
    if finding.check is not None:
        check = finding.check
        return words(
            "alert.held_back" if check.held_back else "alert.missed",
            table=check.table,
            what=said(check, words),
            failed=words.number(check.failed),
            rows=words.number(check.rows),
            share=words.percent(check.pass_rate),
            demanded=words.percent(check.at_least),
        )
    one = finding.anomaly
    assert one is not None
    return words(
        "alert.anomaly",
        table=one.table,
        day=words.day(one.day),
        measure=words.measure(one.column, one.metric),
        value=words.amount(one.metric, one.value),
        expected=words.amount(one.metric, one.expected),
        low=words.amount(one.metric, one.low),
        high=words.amount(one.metric, one.high),
    )
