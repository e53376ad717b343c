"""Alerts: what a run finds wrong is told once, by web hook and e-mail, and never stops the run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.app import wiring
from zhiyin.core.errors import ZhiyinError
from zhiyin.core.ids import stable_digest
from zhiyin.ports.channels import Message, Sent, Unclear
from zhiyin.warehouse.quality import api as quality

if TYPE_CHECKING:
    from datetime import datetime

    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.channels import ChannelSender

FILE_NAME = "alerts.json"


@dataclass(frozen=True)
class AlertReport:
    """What became of the alerts of a run.

    `told` counts the findings that were sent, `waiting` those that no channel took and that the
    next run tries again, `why` says what stood in the way.
    """

    told: int = 0
    waiting: int = 0
    why: str | None = None


def send_alerts(workspace: Workspace, found: Sequence[quality.Finding]) -> AlertReport:
    """Tell the findings that were not told yet, and remember them for as long as they last.

    A finding that has gone away and comes back is told again. Without a channel in the settings
    nothing is sent, and nothing remembered.
    """
    alerts = workspace.settings.alerts
    if not (alerts.webhook or alerts.email):
        return AlertReport()
    if alerts.only_blocking:
        found = [one for one in found if one.severity == quality.Severity.BLOCKING]
    path = workspace.data / FILE_NAME
    lasting = {one.key for one in found}
    known = _read(path) & lasting
    new = [one for one in found if one.key not in known]
    why = _told(workspace, new) if new else None
    told = new if why is None else []
    _write(path, known | {one.key for one in told})
    return AlertReport(len(told), len(new) - len(told), why)


def _told(workspace: Workspace, new: Sequence[quality.Finding]) -> str | None:
    """Send the findings in one message per address; return why nobody took it, None if one did."""
    settings = workspace.settings
    said = quality.alert_text(new, workspace=settings.name, language=settings.language)
    keys = [one.key for one in new]
    try:
        senders = wiring.alert_channels(settings)
    except ZhiyinError as error:
        return str(error)
    reasons: list[str] = []
    taken = 0
    for name, address in addresses(senders, settings.alerts.email):
        message = Message(
            message_id=stable_digest("alert", name, address, *keys, str(workspace.clock.now())),
            channel=name,
            address=address,
            subject=said.subject,
            body_html=said.html,
            body_text=said.text,
            facts={"kind": "data_quality", "findings": json.dumps(keys, ensure_ascii=False)},
        )
        reason = sent(senders[name], message, workspace.clock.now())
        taken += reason is None
        reasons += [reason] if reason else []
    for sender in senders.values():
        sender.close()
    return None if taken else "; ".join(reasons)


def addresses(
    senders: Mapping[str, ChannelSender], mailboxes: Iterable[str]
) -> list[tuple[str, str]]:
    """Return whom to tell: channel and address, the web hook having none."""
    mails = [("email", address) for address in mailboxes] if "email" in senders else []
    return [*mails, *([("webhook", "")] if "webhook" in senders else [])]


def sent(sender: ChannelSender, message: Message, now: datetime) -> str | None:
    """Hand the message over; return why it was not taken."""
    try:
        outcome = sender.send(message, now)
    except ZhiyinError as error:
        return str(error)
    if isinstance(outcome, Sent | Unclear):
        return None
    return f"{sender.name}: {outcome.why}"


def _read(path: Path) -> set[str]:
    try:
        return set(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        # Telling once too often is the lesser evil.
        return set()


def _write(path: Path, keys: set[str]) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(sorted(keys), ensure_ascii=False), encoding="utf-8")
    draft.replace(path)
