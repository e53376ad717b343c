"""The builds of the ledger."""

from __future__ import annotations

from zhiyin.identity.ledger.changes import note_changes
from zhiyin.identity.ledger.history import note_history
from zhiyin.identity.tables import CHANGES, DECISIONS, HISTORY, LINKS, PERSON_OF
from zhiyin.warehouse.api import TableBuild


def ledger_builds() -> list[TableBuild]:
    """Return the builds of `dw.identity_history` and `dw.identity_changes`."""
    return [
        TableBuild(HISTORY, (PERSON_OF,), note_history, is_ledger=True),
        TableBuild(CHANGES, (HISTORY, LINKS, PERSON_OF, DECISIONS), note_changes, is_ledger=True),
    ]
