"""The audit trail: who did what to whom, when. It is written once and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zhiyin.core.clock import Clock
from zhiyin.ports.operational import Accounts


class Action(StrEnum):
    """Everything that leaves a trace."""

    SET_UP = "workspace.set_up"
    LOG_IN = "session.log_in"
    LOG_IN_FAILED = "session.log_in_failed"
    LOG_OUT = "session.log_out"
    REVEAL = "customer.reveal"
    AUDIENCE_SAVE = "audience.save"
    AUDIENCE_EXPORT = "audience.export"
    TAG_SAVE = "tag.save"
    TAG_MARK = "tag.mark"
    TAG_WEIGHTS = "tag.weights"
    CAMPAIGN_PLAN = "campaign.plan"
    CAMPAIGN_LAUNCH = "campaign.launch"
    RUN = "data.run"
    PLAN_CHANGE = "plan.change"
    RECORDS_REPLAY = "records.replay"
    RECORDS_DISMISS = "records.dismiss"
    QUALITY_CHECK = "quality.check"
    IDENTITY_UNDO = "identity.undo"
    IDENTITY_JOIN = "identity.join"
    IDENTITY_SEPARATE = "identity.separate"
    IDENTITY_REVOKE = "identity.revoke"
    SOURCE_CREATE = "source.create"
    SOURCE_CHANGE = "source.change"
    SOURCE_ROTATE = "source.rotate"
    SOURCE_DISABLE = "source.disable"
    SOURCE_ENABLE = "source.enable"
    ACCOUNT_CREATE = "account.create"
    ACCOUNT_CHANGE = "account.change"


@dataclass(frozen=True)
class Audit:
    """Writes the trail with the present instant."""

    accounts: Accounts
    clock: Clock

    def record(
        self, actor: str, action: Action, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Append one line; `detail` holds no personal data and no secret."""
        self.accounts.record_audit(
            at=self.clock.now(),
            actor=actor,
            action=action.value,
            subject=subject,
            detail=dict(detail or {}),
        )
