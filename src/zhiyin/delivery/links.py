"""Links in messages: signed, so that nobody can forge a click or redirect through us."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import html
import json
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from zhiyin.core.errors import NotFound
from zhiyin.delivery.settings import DeliverySettings

Kind = Literal["o", "c", "u"]  # open, click, unsubscribe: as in the paths /t/o/, /t/c/, /t/u/

_HREF = re.compile(r'(<a\b[^>]*?\bhref=")(https?://[^"]+)(")', re.IGNORECASE)
_SIGNATURE_BYTES = 16


@dataclass(frozen=True)
class Link:
    """What a token says: which message, and where a click leads."""

    message_id: str
    url: str = ""


def sign(secret: bytes, kind: Kind, link: Link) -> str:
    """Return a token that `read_token` accepts for the same kind only."""
    payload = _encoded(json.dumps([link.message_id, link.url], ensure_ascii=False).encode())
    return f"{payload}.{_encoded(_signature(secret, kind, payload))}"


def read_token(secret: bytes, kind: Kind, token: str) -> Link:
    """Return what a token says.

    Raises
    ------
    NotFound
        The token was not made by us, or not for this purpose, or is damaged.
    """
    payload, _, signature = token.removesuffix(".gif").partition(".")
    try:
        is_ours = hmac.compare_digest(_decoded(signature), _signature(secret, kind, payload))
        if is_ours:
            message_id, url = json.loads(_decoded(payload))
            return Link(message_id, url)
    except (binascii.Error, ValueError):
        pass
    raise NotFound("This link is not one of ours or is damaged; open it from the message again.")


def open_url(settings: DeliverySettings, message_id: str) -> str:
    """Return the address of the picture that tells that a message was opened."""
    return f"{settings.base_url}/t/o/{sign(settings.secret, 'o', Link(message_id))}.gif"


def unsubscribe_url(settings: DeliverySettings, message_id: str) -> str:
    """Return the address on which a person unsubscribes: GET shows a page, POST does it."""
    return f"{settings.base_url}/t/u/{sign(settings.secret, 'u', Link(message_id))}"


def click_url(settings: DeliverySettings, message_id: str, destination: str) -> str:
    """Return the address that notes a click and leads on; the destination is inside the token."""
    return f"{settings.base_url}/t/c/{sign(settings.secret, 'c', Link(message_id, destination))}"


def with_tracking(body: str, settings: DeliverySettings, *, message_id: str, campaign: str) -> str:
    """Return an HTML body whose links note clicks and which notes that it was opened."""
    own = f"{settings.base_url}/t/"

    def tracked(match: re.Match[str]) -> str:
        url = html.unescape(match[2])
        if url.startswith(own):
            return match[0]
        link = click_url(settings, message_id, tagged(url, campaign))
        return f"{match[1]}{html.escape(link)}{match[3]}"

    pixel = (
        f'<img src="{html.escape(open_url(settings, message_id))}" width="1" height="1" alt="" '
        'style="display:none">'
    )
    head, end, tail = _HREF.sub(tracked, body).rpartition("</body>")
    return f"{head}{pixel}{end}{tail}" if end else f"{tail}{pixel}"


def tagged(url: str, campaign: str) -> str:
    """Return the address with the campaign in its query, unless it names a source already."""
    parts = urlsplit(url)
    if "utm_source=" in parts.query:
        return url
    tags = urlencode({"utm_source": "email", "utm_medium": "email", "utm_campaign": campaign})
    return urlunsplit(parts._replace(query=f"{parts.query}&{tags}" if parts.query else tags))


def _signature(secret: bytes, kind: Kind, payload: str) -> bytes:
    signed = f"{kind}.{payload}".encode()
    return hmac.new(secret, signed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded.encode(), altchars=b"-_", validate=True)
