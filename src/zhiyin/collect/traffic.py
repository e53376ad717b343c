"""Whose traffic an event is: a customer's, a machine's or our own, by declared rules."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

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

    def is_bot(self, user_agent: str) -> bool:
        """Return whether the user agent is a machine's."""
        lower = user_agent.lower()
        return any(part in lower for part in self.bot_user_agents)

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
