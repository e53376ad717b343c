"""Tells the people who look after a workspace something, by web hook and e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from zhiyin.app import alerting, wiring
from zhiyin.core.ids import stable_digest
from zhiyin.ports.channels import Message

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def tell(workspace: Workspace, *, subject: str, text: str, facts: Mapping[str, str]) -> int:
    """Send one message to everybody who is told of alerts; return how many ways took it.

    Without a channel in the settings nothing is sent. A channel that fails stops nothing: the size
    itself is written down.
    """
    settings = workspace.settings
    senders = wiring.alert_channels(settings)
    now = workspace.clock.now()
    taken = 0
    for name, address in alerting.addresses(senders, settings.alerts.email):
        message = Message(
            message_id=stable_digest("told", name, address, subject, str(now)),
            channel=name,
            address=address,
            subject=subject,
            body_html=f"<p>{escape(text)}</p>",
            body_text=text,
            facts=dict(facts),
        )
        taken += alerting.sent(senders[name], message, now) is None
    for sender in senders.values():
        sender.close()
    return taken
