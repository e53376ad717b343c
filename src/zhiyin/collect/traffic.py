"""Whose traffic an event is: a customer's, a machine's or our own, by declared rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

import msgspec
import yaml

from zhiyin.core.errors import InvalidInput

CUSTOMER, BOT, INTERNAL = "customer", "bot", "internal"
FILE = Path("policies") / "traffic.yaml"


@dataclass(frozen=True)
class TrafficRules:
    """What tells machines and our own people from customers.

    Parameters
    ----------
    bot_user_agents
        Texts that a machine's user agent contains, in lower case.
    human_user_agents
        Texts that are taken out of a user agent before, such as a phone's name that ends in "bot".
    internal_networks
        Networks that our own people use.
    internal_users
        User ids of our own people.
    internal_email_domains
        Domains of their e-mail addresses, in lower case.
    """

    bot_user_agents: tuple[str, ...] = ()
    human_user_agents: tuple[str, ...] = ()
    internal_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    internal_users: frozenset[str] = frozenset()
    internal_email_domains: frozenset[str] = frozenset()

    def is_bot(self, user_agent: str) -> bool:
        """Return whether the user agent is a machine's."""
        told = user_agent.lower()
        for part in self.human_user_agents:
            told = told.replace(part, "")
        return any(part in told for part in self.bot_user_agents)

    def is_internal_address(self, address: str) -> bool:
        """Return whether the address lies in one of our networks; no address never does."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.internal_networks)

    def is_internal_user(self, user_id: str) -> bool:
        """Return whether the user is one of our own people."""
        return user_id in self.internal_users

    def is_internal_email(self, email: str) -> bool:
        """Return whether the e-mail address is of one of our domains, or of one below it."""
        domain = email.rsplit("@", 1)[-1].lower()
        return any(
            domain == own or domain.endswith(f".{own}") for own in self.internal_email_domains
        )


class _Bots(msgspec.Struct, forbid_unknown_fields=True):
    user_agents: list[str] = []
    but_not: list[str] = []


class _Internal(msgspec.Struct, forbid_unknown_fields=True):
    networks: list[str] = []
    users: list[str | int] = []
    email_domains: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    bots: _Bots = msgspec.field(default_factory=_Bots)
    internal: _Internal = msgspec.field(default_factory=_Internal)


def load_traffic_rules(root: Path) -> TrafficRules:
    """Read a workspace's `policies/traffic.yaml`; the rules that ship with us if it has none.

    Raises
    ------
    InvalidInput
        The file is no YAML, has an unknown field, or names a network that is none.
    """
    path = root / FILE
    if path.is_file():
        state = path.stat()
        return _rules(path, (state.st_mtime_ns, state.st_size))
    with resources.as_file(resources.files("zhiyin.collect") / "defaults" / FILE) as default:
        return _rules(default, (0, 0))


@lru_cache(maxsize=4)
def _rules(path: Path, state: tuple[int, int]) -> TrafficRules:
    # Loads ask every second; `state` tells a file from the same one changed.
    del state
    try:
        told = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, _File)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read as YAML: {error}.") from error
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{path}: {error}; compare it with the default one.") from error
    # An empty text would be part of every user agent.
    return TrafficRules(
        bot_user_agents=tuple(part.lower() for part in told.bots.user_agents if part),
        human_user_agents=tuple(part.lower() for part in told.bots.but_not if part),
        internal_networks=tuple(_network(text, path) for text in told.internal.networks),
        internal_users=frozenset(map(str, told.internal.users)),
        internal_email_domains=frozenset(
            domain.lower().lstrip("@") for domain in told.internal.email_domains
        ),
    )


def _network(text: str, path: Path) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise InvalidInput(
            f"{path}: {text!r} is no address or network; write 203.0.113.7 or 203.0.113.0/24."
        ) from error
