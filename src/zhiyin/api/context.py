"""What the HTTP API is given by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from zhiyin.core.clock import Clock
from zhiyin.ports.event_log import EventLog
from zhiyin.ports.operational import OperationalStore
from zhiyin.ports.warehouse import Warehouse


@dataclass(frozen=True)
class ApiContext:
    """Ports, settings and commands, chosen by `app`.

    `execute(name, params)` runs one of the product's commands (the same that the CLI runs), such
    as `campaign.plan`, `campaign.launch`, `run`, `review.weekly`, and returns its JSON-able
    result. `as_of()` is the instant of the newest run, naive UTC; `profile(typed_id)` returns a
    live profile. `definitions` is the workspace's directory.
    """

    workspace: str
    definitions: Path
    warehouse: Warehouse
    operational: OperationalStore
    event_log: EventLog
    clock: Clock
    execute: Callable[[str, Mapping[str, Any]], Any]
    as_of: Callable[[], datetime]
    profile: Callable[[str], dict[str, Any]]
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    base_url: str = "http://127.0.0.1:8600"
    secret: bytes = b""
    local_token: str = ""
    is_cookie_secure: bool = False
