"""What happens to audiences by itself: snapshots on a schedule, alerts, the daily post."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zhiyin.app import wiring
from zhiyin.app.commands.audience_lists import audience_snapshot
from zhiyin.app.commands.audience_people import members_table
from zhiyin.app.jobs import recorded
from zhiyin.app.scheduler import ScheduledJob, due_jobs
from zhiyin.app.telling import tell
from zhiyin.core.errors import InvalidInput, Transient
from zhiyin.core.ids import stable_digest
from zhiyin.ports.channels import Message, Sent
from zhiyin.profiles.membership import api as membership

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhiyin.app.workspace import Workspace
    from zhiyin.profiles.api import AudienceDefinition

# Members of one message: a receiver takes some hundred kilobytes at once.
PAGE = 1000


def refresh_due(workspace: Workspace, *, since: str | None = None) -> dict[str, Any]:
    """Take the snapshots that are due by the audiences' own refresh cycles."""
    from datetime import datetime

    audiences = workspace.counting.definitions().audiences
    jobs = tuple(
        ScheduledJob(job_of(name), one.refresh) for name, one in audiences.items() if one.refresh
    )
    now = workspace.clock.now()
    due = due_jobs(
        jobs,
        workspace.operational,
        now=now,
        zone=workspace.settings.zone,
        since=datetime.fromisoformat(since) if since else now,
    )
    names = [job.name.removeprefix("audience:") for job in due]
    return {"refreshed": [refreshed(workspace, audiences[name]) for name in names]}


def job_of(name: str) -> str:
    """Return the name under which an audience's refreshes are written down."""
    return f"audience:{name}"


def refreshed(workspace: Workspace, audience: AudienceDefinition) -> dict[str, Any]:
    """Take one audience's scheduled snapshot, and tell of a change beyond its bound."""

    def work(_: str) -> Mapping[str, Any]:
        before = next(iter(membership.history(workspace.warehouse, audience.name, 1)), None)
        row = audience_snapshot(workspace, name=audience.name, reason="schedule")
        told = alerted(workspace, audience, before, row)
        return {key: row[key] for key in ("audience", "members", "entered", "left")} | {
            "alert": told or ""
        }

    return dict(recorded(workspace, job_of(audience.name), work))


def alerted(
    workspace: Workspace,
    audience: AudienceDefinition,
    before: Mapping[str, Any] | None,
    now: Mapping[str, Any],
) -> str | None:
    """Tell that an audience's size changed beyond its bound; return what was said, if anything."""
    if audience.alert_change is None or before is None:
        return None
    share = size_change(before["members"], now["members"])
    if abs(share) <= audience.alert_change:
        return None
    title = audience.title.get(workspace.settings.language, audience.name)
    said = SAID[workspace.settings.language].format(
        title=title, before=before["members"], now=now["members"], share=share
    )
    facts = {"kind": "audience_size", "audience": audience.name, "change": f"{share:.4f}"}
    tell(workspace, subject=said, text=said, facts=facts)
    return said


SAID = {
    "en": "Audience {title}: {before:,} → {now:,} people ({share:+.1%})",
    "zh-CN": "人群“{title}”：{before:,} → {now:,} 人（{share:+.1%}）",
}


def size_change(before: int, now: int) -> float:
    """Return the change as a share of the size before; from nobody to anybody is a change of 1."""
    if before:
        return (now - before) / before
    return 1.0 if now else 0.0


def audience_post(workspace: Workspace, *, name: str, hashed: bool = False) -> dict[str, Any]:
    """Hand an audience's people to the workspace's web hook, a thousand a message.

    With `hashed`, contacts are hashed as ad platforms match them; otherwise ids alone go out.
    """
    sender = wiring.channels(workspace).get("webhook")
    if sender is None:
        raise InvalidInput("No web hook is set; give webhook.url in zhiyin.toml.")
    members = members_table(workspace, name)
    rows = membership.hashed_contacts(members) if hashed else members.select(["person_id"])
    pages = [rows.slice(at, PAGE) for at in range(0, max(rows.num_rows, 1), PAGE)]
    now = workspace.clock.now()
    try:
        for place, page in enumerate(pages):
            document = json.dumps({"audience": name, "people": page.to_pylist()})
            message = Message(
                message_id=stable_digest("audience", name, str(now), str(place)),
                channel="webhook",
                address="",
                subject=name,
                body_html="",
                body_text=document,
                facts={
                    "kind": "audience",
                    "audience": name,
                    "page": str(place + 1),
                    "pages": str(len(pages)),
                },
            )
            outcome = sender.send(message, now)
            if not isinstance(outcome, Sent):
                raise Transient(
                    f"The web hook took {place} of {len(pages)} pages, then said: {outcome.why}."
                )
    finally:
        sender.close()
    return {"audience": name, "count": rows.num_rows, "pages": len(pages)}


def warm(workspace: Workspace, *, on_progress: Callable[[str], None]) -> dict[str, Any]:
    """Build the bitmaps of the present tables, so that the first count is as quick as the rest."""
    on_progress("audiences: building bitmaps")
    workspace.counting.warm()
    return {"people": len(workspace.counting.current().everyone)}
