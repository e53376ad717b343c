"""The ledger's front door: what the command line, the HTTP API and the console ask and decide."""

from zhiyin.identity.ledger.builds import ledger_builds
from zhiyin.identity.ledger.deciding import join, revoke, separate, undo, undo_between
from zhiyin.identity.ledger.drafts import (
    Draft,
    joining_draft,
    revoking_draft,
    separating_draft,
    undoing_between,
    undoing_draft,
)
from zhiyin.identity.ledger.explaining import explain
from zhiyin.identity.ledger.finding import ids_named, ids_of, one_id, people_of
from zhiyin.identity.ledger.looking import show
from zhiyin.identity.ledger.planning import plan_builds, plan_of
from zhiyin.identity.ledger.reading import (
    change,
    decision,
    list_blocked,
    list_changes,
    list_decisions,
)
from zhiyin.identity.ledger.records import (
    Blocked,
    BlockedPage,
    Change,
    ChangePage,
    Decision,
    DecisionPage,
    Explanation,
    Link,
    Moved,
    Outcome,
    PersonView,
    Plan,
    Shift,
    Survivor,
)
from zhiyin.identity.ledger.report import IdentityReport, SourceRate, report

__all__ = [
    "Blocked",
    "BlockedPage",
    "Change",
    "ChangePage",
    "Decision",
    "DecisionPage",
    "Draft",
    "Explanation",
    "IdentityReport",
    "Link",
    "Moved",
    "Outcome",
    "PersonView",
    "Plan",
    "Shift",
    "SourceRate",
    "Survivor",
    "change",
    "decision",
    "explain",
    "ids_named",
    "ids_of",
    "join",
    "joining_draft",
    "ledger_builds",
    "list_blocked",
    "list_changes",
    "list_decisions",
    "one_id",
    "people_of",
    "plan_builds",
    "plan_of",
    "report",
    "revoke",
    "revoking_draft",
    "separate",
    "separating_draft",
    "show",
    "undo",
    "undo_between",
    "undoing_between",
    "undoing_draft",
]
