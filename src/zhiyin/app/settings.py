"""What `zhiyin.toml` may say, and what it means when it says nothing."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from zhiyin.app.connection_settings import ConnectionSettings, check_connections
from zhiyin.core.errors import Conflict, InvalidInput, NotFound, not_allowed

FORMAT = 1
FILE_NAME = "zhiyin.toml"
LANGUAGES = ("zh-CN", "en")
FEWEST_DUPLICATE_DAYS = 7
LOG_KINDS = ("files", "kafka")
LINEAGE_KINDS = ("", "file", "http")


class ServerSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the console and the API listen."""

    host: str = "127.0.0.1"
    port: int = 8600
    base_url: str = ""  # how customers reach the tracking links; host and port if empty
    is_behind_https: bool = False


class CollectSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the collector takes; sizes in bytes, unpacked."""

    item_bytes: int = 32 * 1024
    batch_bytes: int = 500 * 1024
    batch_items: int = 2_500
    request_bytes: int = 4 * 1024 * 1024
    queue_bytes: int = 32 * 1024 * 1024  # received and not on disk yet; more is told to wait
    connections: int = 2_000
    trusted_proxies: tuple[str, ...] = ()  # whose X-Forwarded-For is believed, 10.0.0.0/8
    duplicate_days: int = 30  # for how long an event that comes again is recognized
    region_file: str = ""  # where addresses are: a .csv of networks or a MaxMind .mmdb


class LogSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where arrived events are kept until, and after, they are loaded."""

    kind: str = "files"  # files | kafka
    keep_days: float = 30  # what is loaded is dropped after so long; 0 keeps everything
    brokers: str = ""  # Kafka's addresses, host:port, with commas between
    topic: str = "zhiyin-events"
    partitions: int = 6  # of a topic that is made
    password_env: str = "ZHIYIN_KAFKA_PASSWORD"
    options: dict[str, str] = {}  # further settings of librdkafka: security.protocol and the like


class ScheduleSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Cron expressions in the workspace's time zone; an empty one never runs."""

    run: str = "30 2 * * *"
    campaigns: str = "0 9 * * *"
    review: str = "0 7 * * 1"
    weights: str = "0 5 1 * *"  # propose how much each tag says about response
    personas: str = "0 4 1 * *"  # search personas anew
    pull: str = ""  # read new rows of the databases' tables
    load_seconds: float = 1.0  # how often arrived events move into the warehouse
    dispatch_seconds: float = 2.0  # how often due messages are sent


class EmailSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The SMTP server; without a host nothing is sent by e-mail."""

    host: str = ""
    port: int = 587
    sender: str = ""
    security: str = "starttls"  # starttls | none
    username: str = ""
    password_env: str = "ZHIYIN_SMTP_PASSWORD"
    cost: str = "0.002"  # money per message, in the workspace's currency


class WebhookSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A URL that takes messages as JSON; without a URL nothing is sent there."""

    url: str = ""
    secret_env: str = "ZHIYIN_WEBHOOK_SECRET"
    cost: str = "0"


class AlertSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who is told at once what a run finds wrong with the data; nobody if both are empty."""

    webhook: str = ""  # a URL that takes alerts as JSON
    secret_env: str = "ZHIYIN_WEBHOOK_SECRET"
    email: tuple[str, ...] = ()  # addresses; the [email] server sends
    only_blocking: bool = False  # leave out warnings and odd days


class LineageSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where OpenLineage events go; without a kind they go nowhere."""

    kind: str = ""  # file | http
    path: str = "data/openlineage.jsonl"  # for kind file; in the workspace unless absolute
    url: str = ""  # for kind http, such as http://marquez.example.com:5000/api/v1/lineage
    api_key_env: str = "ZHIYIN_LINEAGE_API_KEY"  # its content is sent as a bearer token
    namespace: str = ""  # of our jobs; the workspace's name if empty


class ModelSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How often models are trained anew."""

    retrain_days: int = 30
    seed: int = 20260101


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One workspace's settings."""

    name: str = "zhiyin"
    format: int = FORMAT
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    shop_url: str = ""  # where messages lead; the server's own address if empty
    memory_limit: str = ""  # DuckDB's, such as "4GB"; its own default if empty
    server: ServerSettings = ServerSettings()
    collect: CollectSettings = CollectSettings()
    log: LogSettings = LogSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    email: EmailSettings = EmailSettings()
    webhook: WebhookSettings = WebhookSettings()
    alerts: AlertSettings = AlertSettings()
    models: ModelSettings = ModelSettings()
    lineage: LineageSettings = LineageSettings()
    connections: dict[str, ConnectionSettings] = {}
    storage: dict[str, dict[str, str | bool | int]] = {}  # per scheme, what fsspec is told

    @property
    def base_url(self) -> str:
        """Return the address that links in messages start with, without a trailing slash."""
        if self.server.base_url:
            return self.server.base_url.rstrip("/")
        return f"http://{self.server.host}:{self.server.port}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def load_settings(root: Path) -> Settings:
    """Read and check a workspace's settings.

    Raises
    ------
    NotFound
        The directory is no workspace.
    InvalidInput
        A key or value is not allowed.
    Conflict
        A newer Zhiyin wrote the workspace.
    """
    path = root / FILE_NAME
    if not path.is_file():
        raise NotFound(
            f"{root} is not a workspace (no {FILE_NAME}); make one with "
            f"`zhiyin init --workspace {root}`."
        )
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        found = raw.get("format", FORMAT)
        if isinstance(found, int) and found > FORMAT:
            raise Conflict(
                f"{path} has format {found}, this Zhiyin knows formats up to {FORMAT}; "
                "upgrade Zhiyin to open the workspace."
            )
        settings = msgspec.convert(raw, Settings)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is not valid TOML: {error}.") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 text: {error}.") from error
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{path}: {error}.") from error
    return _checked(settings, path)


def _checked(settings: Settings, path: Path) -> Settings:
    if settings.timezone not in available_timezones():
        raise InvalidInput(
            f"{path}: timezone {settings.timezone!r} is not in the tz database; "
            "use a name such as Asia/Shanghai or Europe/London."
        )
    if settings.language not in LANGUAGES:
        raise not_allowed(f"{path}: language", settings.language, LANGUAGES)
    if len(settings.currency) != 3 or not settings.currency.isupper():
        raise InvalidInput(
            f"{path}: currency {settings.currency!r} is not an ISO 4217 code such as CNY or GBP."
        )
    if settings.email.security not in ("starttls", "none"):
        raise not_allowed(f"{path}: email.security", settings.email.security, ("starttls", "none"))
    if settings.collect.duplicate_days < FEWEST_DUPLICATE_DAYS:
        raise InvalidInput(
            f"{path}: collect.duplicate_days {settings.collect.duplicate_days} is too short a "
            f"memory; write at least {FEWEST_DUPLICATE_DAYS}, for so long do libraries send again."
        )
    _check_collect(settings.collect, path)
    _check_log(settings.log, path)
    _check_lineage(settings.lineage, path)
    _check_schedule(settings, path)
    _check_alerts(settings, path)
    check_connections(settings.connections, str(path))
    return settings


def _check_collect(collect: CollectSettings, path: Path) -> None:
    for name in ("item_bytes", "batch_bytes", "batch_items", "request_bytes", "queue_bytes",
                 "connections"):  # fmt: skip
        if getattr(collect, name) < 1:
            raise InvalidInput(
                f"{path}: collect.{name} {getattr(collect, name)} must not be below 1."
            )
    if collect.queue_bytes < collect.request_bytes:
        raise InvalidInput(
            f"{path}: collect.queue_bytes {collect.queue_bytes} is less than one request may "
            f"have (collect.request_bytes {collect.request_bytes}); raise it."
        )


def _check_log(log: LogSettings, path: Path) -> None:
    if log.kind not in LOG_KINDS:
        raise not_allowed(f"{path}: log.kind", log.kind, LOG_KINDS)
    if log.kind == "kafka" and not log.brokers:
        raise InvalidInput(
            f'{path}: log.kind is kafka, but log.brokers is empty; set it to "host:9092".'
        )
    if log.keep_days < 0 or log.partitions < 1:
        raise InvalidInput(
            f"{path}: log.keep_days {log.keep_days:g} must not be below 0, and "
            f"log.partitions {log.partitions} not below 1."
        )


def _check_alerts(settings: Settings, path: Path) -> None:
    alerts = settings.alerts
    if alerts.webhook and not alerts.webhook.startswith(("http://", "https://")):
        raise InvalidInput(
            f"{path}: alerts.webhook {alerts.webhook!r} must start with https:// or http://."
        )
    wrong = [address for address in alerts.email if "@" not in address]
    if wrong:
        raise InvalidInput(f"{path}: alerts.email {wrong[0]!r} is no e-mail address.")
    if alerts.email and not settings.email.host:
        raise InvalidInput(
            f"{path}: alerts.email names addresses, but email.host is empty; say which server "
            "sends, in the section [email]."
        )


def _check_lineage(lineage: LineageSettings, path: Path) -> None:
    if lineage.kind not in LINEAGE_KINDS:
        raise not_allowed(f"{path}: lineage.kind", lineage.kind, ("file", "http"))
    if lineage.kind == "http" and not lineage.url.startswith(("http://", "https://")):
        raise InvalidInput(
            f"{path}: lineage.kind is http, but lineage.url is {lineage.url!r}; set it to the "
            "whole address that takes events, such as http://host:5000/api/v1/lineage."
        )


def _check_schedule(settings: Settings, path: Path) -> None:
    from croniter import croniter

    for job in ("run", "campaigns", "review", "weights", "personas", "pull"):
        expression = getattr(settings.schedule, job)
        if expression and not croniter.is_valid(expression):
            raise InvalidInput(
                f"{path}: schedule.{job} {expression!r} is not a cron expression such as "
                "'30 2 * * *' (every day at 02:30); leave it empty to switch the job off."
            )


def storage_options(
    storage: Mapping[str, Mapping[str, str | bool | int]],
) -> dict[str, dict[str, str | bool | int]]:
    """Return what fsspec is told per scheme; `secret_env` stands for the variable's content.

    Raises
    ------
    InvalidInput
        If such a variable is not set.
    """
    return {scheme: dict(_told(scheme, told)) for scheme, told in storage.items()}


def _told(
    scheme: str, told: Mapping[str, str | bool | int]
) -> Iterator[tuple[str, str | bool | int]]:
    for name, value in told.items():
        if not name.endswith("_env"):
            yield name, value
        elif secret := secret_from(str(value)):
            yield name.removesuffix("_env"), secret
        else:
            raise InvalidInput(
                f"The environment variable {value} is not set; storage.{scheme}.{name} names it."
            )


def secret_from(variable: str) -> str:
    """Return the secret that an environment variable holds; empty if it is not set."""
    return os.environ.get(variable, "")


def settings_text(
    *, name: str, currency: str, timezone: str, language: str, port: int = 8600
) -> str:
    """Return the text of a new workspace's `zhiyin.toml`, explained for a person."""
    return f'''# Settings of this Zhiyin workspace. Everything not set here has a sensible default.
format = {FORMAT}
name = "{name}"
currency = "{currency}"        # ISO 4217; amounts are never converted silently
timezone = "{timezone}"        # days and weeks begin here; storage is UTC
language = "{language}"        # zh-CN or en: reviews, messages, first language of the console
# shop_url = "https://shop.example.com"   # where messages lead

[server]
host = "127.0.0.1"
port = {port}
# base_url = "https://crm.example.com"   # how customers reach the links in messages

[log]                          # where arrived events wait, and stay for a replay
keep_days = 30                 # what is loaded is dropped after so long; 0 keeps everything
# kind = "kafka"               # instead of files below data/log
# brokers = "kafka-1:9092,kafka-2:9092"

[collect]                      # what the tracking API takes; see the documentation for more
# trusted_proxies = ["10.0.0.0/8"]   # whose X-Forwarded-For is believed

[schedule]                     # cron, in the time zone above; "" switches a job off
run = "30 2 * * *"             # bring all tables, scores and audiences up to date
campaigns = "0 9 * * *"        # launch what was planned for today, send what is due
review = "0 7 * * 1"           # write the weekly review
weights = "0 5 1 * *"          # propose weights of tags from campaign results
personas = "0 4 1 * *"         # search personas anew
# pull = "*/15 * * * *"        # read new rows of the databases below

# [connections.shop]           # a database whose tables recipes name; it is only read
# kind = "postgres"            # postgres, mysql or mariadb
# host = "db.example.com"
# database = "shop"
# user = "zhiyin_reader"
# password_env = "SHOP_DB_PASSWORD"   # the variable that holds the password
# tls = "verify-full"          # disable, prefer, require or verify-full

[email]                        # no host, no e-mail
# host = "smtp.example.com"
# port = 587
# sender = "Shop <hello@example.com>"
# username = "hello@example.com"
# password_env = "ZHIYIN_SMTP_PASSWORD"

[lineage]                      # tell other tools what runs, as OpenLineage events
# kind = "file"                # into data/openlineage.jsonl; or http, with a url
# url = "http://marquez.example.com:5000/api/v1/lineage"

[webhook]
# url = "https://example.com/messages"
# secret_env = "ZHIYIN_WEBHOOK_SECRET"

[alerts]                       # told after a run that finds something new wrong with the data
# webhook = "https://example.com/alerts"
# email = ["data@example.com"]
'''
