"""Which adapter stands behind which port."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.app.settings import LogSettings, Settings, secret_from, storage_options
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.event_log import MAIN

if TYPE_CHECKING:
    from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
    from zhiyin.app.workspace import Workspace
    from zhiyin.core.clock import Clock
    from zhiyin.ports.channels import ChannelSender
    from zhiyin.ports.event_log import EventLog
    from zhiyin.ports.lineage import LineageSink
    from zhiyin.ports.linkage import Linker
    from zhiyin.ports.operational import OperationalStore
    from zhiyin.ports.regions import RegionLookup
    from zhiyin.ports.sources import FileSource
    from zhiyin.ports.warehouse import Warehouse


def warehouse(workspace: Workspace) -> Warehouse:
    """Open the embedded warehouse."""
    from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(
        workspace.data / "warehouse.duckdb",
        memory_limit=workspace.settings.memory_limit or None,
    )


def scratch_warehouse() -> DuckDBWarehouse:
    """Open a warehouse in memory, for what must leave no trace."""
    from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(":memory:")


def operational(workspace: Workspace) -> OperationalStore:
    """Open the embedded operational store."""
    from zhiyin.adapters.operational.sql import SqlOperationalStore

    return SqlOperationalStore(workspace.data / "operational.sqlite")


def event_log(workspace: Workspace) -> EventLog:
    """Open the event log that the settings name, to write its main partition."""
    return log_of(workspace.settings.log, workspace.data, MAIN, workspace.clock)


def log_of(settings: LogSettings, data: Path, partition: str | None, clock: Clock) -> EventLog:
    """Open the event log; one in files writes only `partition`, or nothing if that is None."""
    if settings.kind == "kafka":
        return _kafka(settings)
    from zhiyin.adapters.event_log.files import FileEventLog

    return FileEventLog(data / "log", partition=partition, clock=clock)


def _kafka(settings: LogSettings) -> EventLog:
    try:
        from zhiyin.adapters.event_log.kafka import KafkaEventLog
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "The settings keep the event log in Kafka, whose client is not installed; "
            "run `pip install 'zhiyin[kafka]'`."
        ) from error
    password = secret_from(settings.password_env)
    options = {**settings.options, **({"sasl.password": password} if password else {})}
    return KafkaEventLog(
        settings.brokers, settings.topic, partitions=settings.partitions, options=options
    )


def regions(workspace: Workspace) -> RegionLookup | None:
    """Open the region file that the settings name; None if they name none."""
    name = workspace.settings.collect.region_file
    if not name:
        return None
    path = workspace.root / name
    if path.suffix != ".mmdb":
        from zhiyin.adapters.regions.networks import NetworkRegions

        return NetworkRegions(path)
    try:
        from zhiyin.adapters.regions.maxmind import MaxMindRegions
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "The settings name a MaxMind database, whose reader is not installed; "
            "run `pip install 'zhiyin[geo]'`."
        ) from error
    return MaxMindRegions(path, language=workspace.settings.language)


def linker(workspace: Workspace) -> Linker:
    """Return the linker of records; it works in memory, beside the warehouse."""
    from zhiyin.adapters.linkage.splink_linker import SplinkLinker

    limit = workspace.settings.memory_limit
    return SplinkLinker(memory_limit=limit) if limit else SplinkLinker()


def lineage(workspace: Workspace) -> LineageSink | None:
    """Open what takes OpenLineage events; None if the settings name nothing."""
    settings = workspace.settings.lineage
    if settings.kind == "file":
        from zhiyin.adapters.lineage.file import FileLineage

        return FileLineage(workspace.root / settings.path)
    if settings.kind == "http":
        from zhiyin.adapters.lineage.http import HttpLineage

        key = secret_from(settings.api_key_env)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        spool = workspace.data / "openlineage.waiting.jsonl"
        return HttpLineage(settings.url, spool, headers=headers)
    return None


def files(settings: Settings | None = None) -> FileSource:
    """Return the reader of raw files; settings tell how storage elsewhere is reached."""
    from zhiyin.adapters.sources import remote
    from zhiyin.adapters.sources.files import Files

    if settings is not None:
        remote.configure(storage_options(settings.storage))
    return Files()


def channels(workspace: Workspace) -> Mapping[str, ChannelSender]:
    """Return a sender for each channel that the settings configure."""
    settings = workspace.settings
    return _senders(settings, settings.webhook.url, settings.webhook.secret_env)


def alert_channels(settings: Settings) -> Mapping[str, ChannelSender]:
    """Return a sender for each way by which alerts go out."""
    alerts = settings.alerts
    senders = dict(_senders(settings, alerts.webhook, alerts.secret_env))
    if not alerts.email:
        senders.pop("email", None)
    return senders


def _senders(settings: Settings, url: str, secret_env: str) -> Mapping[str, ChannelSender]:
    from zhiyin.adapters.channels.smtp import SmtpChannel
    from zhiyin.adapters.channels.webhook import WebhookChannel

    email = settings.email
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
    if url:
        senders["webhook"] = WebhookChannel(url=url, secret=secret_from(secret_env).encode())
    return senders
