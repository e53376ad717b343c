"""Which adapter stands behind which port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zhiyin.app.settings import secret_from

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.channels import ChannelSender
    from zhiyin.ports.event_log import EventLog
    from zhiyin.ports.operational import OperationalStore
    from zhiyin.ports.sources import FileSource
    from zhiyin.ports.warehouse import Warehouse


def warehouse(workspace: Workspace) -> Warehouse:
    """Open the embedded warehouse."""
    from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(
        workspace.data / "warehouse.duckdb",
        memory_limit=workspace.settings.memory_limit or None,
    )


def operational(workspace: Workspace) -> OperationalStore:
    """Open the embedded operational store."""
    from zhiyin.adapters.operational.sql import SqlOperationalStore

    return SqlOperationalStore(workspace.data / "operational.sqlite")


def event_log(workspace: Workspace) -> EventLog:
    """Open the local event log."""
    from zhiyin.adapters.event_log.files import FileEventLog

    return FileEventLog(workspace.data / "log")


def files() -> FileSource:
    """Return the reader of raw files."""
    from zhiyin.adapters.sources.files import Files

    return Files()


def channels(workspace: Workspace) -> Mapping[str, ChannelSender]:
    """Return a sender for each channel that the settings configure."""
    from zhiyin.adapters.channels.smtp import SmtpChannel
    from zhiyin.adapters.channels.webhook import WebhookChannel

    email, hook = workspace.settings.email, workspace.settings.webhook
    senders: dict[str, ChannelSender] = {}
    if email.host:
        senders["email"] = SmtpChannel(
            host=email.host,
            port=email.port,
            sender=email.sender or f"noreply@{email.host}",
            starttls=email.security == "starttls",
            username=email.username or None,
            password=secret_from(email.password_env) or None,
        )
    if hook.url:
        senders["webhook"] = WebhookChannel(
            url=hook.url, secret=secret_from(hook.secret_env).encode()
        )
    return senders
