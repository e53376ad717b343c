"""From a campaign's decisions to messages that went out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from zhiyin.app import wiring
from zhiyin.decisions import api as decisions
from zhiyin.decisions.tables import DECISIONS
from zhiyin.delivery import api as delivery
from zhiyin.profiles import tables as dm

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.operational import CampaignRecord, OutboxRow

NO_LIMIT = 1_000_000_000
PIECE = 200


def prepared(workspace: Workspace, record: CampaignRecord) -> list[OutboxRow]:
    """Return an outbox row for every treated decision of a campaign."""
    warehouse = workspace.warehouse
    decided = warehouse.read(DECISIONS)
    mine = decided.filter(decided.campaign_id == record.campaign_id, decided.arm == "treatment")
    people = warehouse.read(dm.CUSTOMERS).semi_join(mine, "person_id")
    spec = decisions.CampaignSpec.parse(record.definition)
    definitions = decisions.load_definitions(workspace.root)
    used = spec.chosen(definitions.strategies)
    return delivery.prepare(
        warehouse.to_arrow(mine),
        warehouse.to_arrow(people.select(*delivery.PEOPLE_COLUMNS)),
        renderer=renderer(workspace),
        offers=definitions.offers,
        sending=delivery.Sending(
            due_at=workspace.clock.now(),
            language=spec.language or workspace.settings.language,
            purpose=spec.purpose,
            purposes={strategy.name: strategy.purpose for strategy in used},
        ),
    )


def send_due(
    workspace: Workspace, *, limit: int, on_progress: Callable[[str], None] | None = None
) -> delivery.DispatchReport:
    """Send up to `limit` due messages, in pieces, so that progress can be seen."""
    with workspace.sending_lock:
        dispatcher = dispatcher_of(workspace)
        totals: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        while limit > 0:
            report = dispatcher.run(min(PIECE, limit))
            done = report.sent + report.deferred + report.refused + report.uncertain
            if not done:
                break
            limit -= done
            totals.update(
                sent=report.sent,
                deferred=report.deferred,
                refused=report.refused,
                uncertain=report.uncertain,
            )
            reasons.update(report.reasons)
            if on_progress:
                on_progress(f"messages sent: {totals['sent']:,}")
        return delivery.DispatchReport(**totals, reasons=dict(reasons))


def dispatcher_of(workspace: Workspace) -> delivery.Dispatcher:
    """Return the workspace's one dispatcher; it remembers which channels fail.

    Messages that a dead process was handing over become `uncertain` here, once: the workspace's
    lock says that nobody else is sending.
    """
    if workspace.dispatcher is None:
        workspace.operational.mark_interrupted(workspace.clock.now())
        workspace.dispatcher = delivery.Dispatcher(
            workspace.operational,
            wiring.channels(workspace),
            workspace.event_log,
            workspace.clock,
            renderer=renderer(workspace),
            policy=decisions.load_definitions(workspace.root).policy,
            timezone=workspace.settings.timezone,
        )
    return workspace.dispatcher


def renderer(workspace: Workspace) -> delivery.Renderer:
    """Return what turns outbox rows into messages, by the workspace's templates."""
    settings = workspace.settings
    return delivery.Renderer(
        delivery.load_templates(workspace.root / "templates"),
        delivery.DeliverySettings(
            shop_name=settings.name,
            base_url=settings.base_url,
            secret=workspace.secret,
            shop_url=settings.shop_url,
            language=settings.language,
            currency=settings.currency,
            timezone=settings.timezone,
        ),
    )
