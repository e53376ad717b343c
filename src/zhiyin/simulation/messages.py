"""A message as its receiver sees it: an address, an offer read from the text, and links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from html import unescape

_LINK = re.compile(r"https?://[^\s\"'<>)\]]+", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,2})(?:\.\d+)?\s*%")
_ZHE = re.compile(r"(\d(?:\.\d)?)\s*折")
_LESS = re.compile(r"满\s*(\d+)\s*[减-]\s*(\d+)")
_TRAILING_NUMBER = re.compile(r"[a-z][_-]?(\d{1,2})$", re.IGNORECASE)


@dataclass(frozen=True)
class ReceivedMessage:
    """One message in somebody's mailbox.

    Parameters
    ----------
    address
        E-mail address, or phone number for SMS; what the world finds the person by.
    at
        Simulated instant of arrival, UTC (naive is taken as UTC); None means the world's `now`.
    campaign_id, offer, message_id
        As far as the message shows them. `offer` is any text; the discount is read from it.
    channel
        `email` or `sms`; decides which habit opens it.
    open_url, click_urls, unsubscribe_url
        Tracking links found in the body.
    """

    address: str
    at: datetime | None = None
    campaign_id: str = ""
    offer: str = ""
    message_id: str = ""
    channel: str = "email"
    open_url: str = ""
    click_urls: tuple[str, ...] = ()
    unsubscribe_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def discount(self) -> float:
        """Share of the price that the offer takes off, as a customer reads it; at most 0.7."""
        return read_discount(self.offer)


def read_discount(offer: str) -> float:
    """Return the discount a text promises: `20% off`, `8折`, `满200减30`, `c_15`; 0 if none."""
    if found := _LESS.search(offer):
        return min(int(found[2]) / max(int(found[1]), 1), 0.7)
    if found := _ZHE.search(offer):
        tenths = float(found[1])
        return min(max(1 - tenths / 10, 0.0), 0.7)
    if found := _PERCENT.search(offer) or _TRAILING_NUMBER.search(offer.strip()):
        return min(int(found[1]) / 100, 0.7)
    return 0.0


def received(
    *,
    address: str,
    html: str,
    subject: str = "",
    headers: Mapping[str, str] | None = None,
    channel: str = "email",
) -> ReceivedMessage:
    """Return the message that an e-mail's parts make, its links sorted by what they do."""
    known = {name.lower(): value for name, value in (headers or {}).items()}
    links = [unescape(link) for link in _LINK.findall(html)]
    plain = re.sub(r"<[^>]+>", " ", _LINK.sub(" ", html))
    offer = first_of(known, ("x-offer-id", "x-zhiyin-offer", "x-offer"))
    if not read_discount(offer) and (shown := _shown_offer(f"{subject} {plain}")):
        offer = shown
    return ReceivedMessage(
        address=address.strip().lower(),
        campaign_id=first_of(known, ("x-campaign-id", "x-zhiyin-campaign", "x-campaign")),
        message_id=known.get("message-id", "").strip("<> "),
        offer=offer,
        channel=channel,
        open_url=next(_with(links, "/t/o/"), ""),
        click_urls=tuple(dict.fromkeys(_with(links, "/t/c/"))),
        unsubscribe_url=next(
            _with([*_LINK.findall(known.get("list-unsubscribe", "")), *links], "/t/u/"), ""
        ),
        headers=known,
    )


def first_of(known: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the first value that is there under one of the names."""
    return next((known[name].strip() for name in names if known.get(name)), "")


def _shown_offer(plain: str) -> str:
    found = _LESS.search(plain) or _ZHE.search(plain) or _PERCENT.search(plain)
    return found[0] if found else ""


def _with(links: Iterable[str], part: str) -> Iterable[str]:
    return (link for link in links if part in link)
