"""What measurement has to know of the workspace's campaigns, settings and outbox."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from zhiyin.core.clock import naive_utc
from zhiyin.core.windows import Window
from zhiyin.decisions import api as decisions
from zhiyin.delivery import api as delivery
from zhiyin.delivery.tables import MESSAGES
from zhiyin.measurement import api as measurement
from zhiyin.ports.operational import CampaignRecord

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.warehouse.api import TableBuild

MEASURED_STATES = ("launched", "finished")
# The outbox holds a few hundred bytes a message; more than this belongs into a table of its own.
MOST_MESSAGES = 20_000_000


def measurement_plan(workspace: Workspace) -> measurement.Plan:
    """Return what is measured, and what contacts cost."""
    definitions = decisions.load_definitions(workspace.root)
    settings = workspace.settings
    return measurement.Plan(
        campaigns=tuple(
            measured(record, definitions)
            for record in workspace.operational.campaigns()
            if record.state in MEASURED_STATES
        ),
        message_costs={
            "email": Decimal(settings.email.cost),
            "webhook": Decimal(settings.webhook.cost),
        },
        offer_codes={name: offer.code for name, offer in definitions.offers.items() if offer.code},
    )


def measured(
    record: CampaignRecord, definitions: decisions.Definitions
) -> measurement.MeasuredCampaign:
    """Return a launched campaign as measurement knows it: its window begins at the launch."""
    spec = decisions.CampaignSpec.parse(record.definition)
    assert record.launched_at is not None
    start = naive_utc(record.launched_at)
    used = spec.chosen(definitions.strategies)
    return measurement.MeasuredCampaign(
        campaign_id=record.campaign_id,
        name=record.name,
        window=Window(start, start + timedelta(days=spec.goal.days)),
        holdout_share=used[0].holdout,
        strategy_shares={strategy.name: strategy.holdout for strategy in used},
    )


def measurement_builds(workspace: Workspace) -> list[TableBuild]:
    """Return the builds of the measurement stage."""
    plan = measurement_plan(workspace)
    return list(measurement.builds(plan, workspace.warehouse.to_arrow))


def publish_messages(workspace: Workspace) -> None:
    """Write the outbox, as it stands, into `dm.messages`."""
    rows = workspace.operational.outbox_rows(limit=MOST_MESSAGES)
    workspace.warehouse.write(MESSAGES, delivery.messages_table(rows))
