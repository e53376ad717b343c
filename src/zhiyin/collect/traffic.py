"""Whose traffic an event is: a customer's, a machine's or our own, by declared rules."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

CUSTOMER, BOT, INTERNAL = "customer", "bot", "internal"


@dataclass(frozen=True)
class TrafficRules:
    """What tells machines and our own people from customers.

    Parameters
    ----------
    bot_user_agents
        Texts that a machine's user agent contains, in lower case.
    internal_networks
        Networks that our own people use.
    internal_users
        User ids of our own people.
    internal_email_domains
        Domains of their e-mail addresses, in lower case.
    """

    bot_user_agents: tuple[str, ...] = ()
    internal_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    internal_users: frozenset[str] = frozenset()
    internal_email_domains: frozenset[str] = frozenset()
