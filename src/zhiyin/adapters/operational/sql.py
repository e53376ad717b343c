"""The operational store in one SQL database: SQLite by default."""

from __future__ import annotations

from pathlib import Path

from zhiyin.adapters.operational.accounts import SqlAccounts
from zhiyin.adapters.operational.books import SqlCampaignBook, SqlJobBook
from zhiyin.adapters.operational.database import open_engine
from zhiyin.adapters.operational.live_profiles import SqlLiveProfiles
from zhiyin.adapters.operational.outbox import SqlOutbox, SqlSuppressions
from zhiyin.adapters.operational.write_keys import SqlWriteKeys


class SqlOperationalStore(
    SqlAccounts,
    SqlWriteKeys,
    SqlOutbox,
    SqlSuppressions,
    SqlCampaignBook,
    SqlJobBook,
    SqlLiveProfiles,
):
    """All concerns behind one engine; safe for threads and for several processes.

    Parameters
    ----------
    url_or_path
        Path of a SQLite file (created if absent), or a SQLAlchemy URL.

    Raises
    ------
    Conflict
        The database was written by a newer Zhiyin.
    Transient
        The database is locked or out of space at the moment; also from every verb.
    """

    def __init__(self, url_or_path: str | Path) -> None:
        self.engine = open_engine(url_or_path)

    def close(self) -> None:
        self.engine.dispose()
