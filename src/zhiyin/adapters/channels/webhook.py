"""Messages as signed JSON to a URL of the customer's choice."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from zhiyin.core.errors import InvalidInput, Transient
from zhiyin.ports.channels import Deferred, Message, Outcome, Refused, Sent, Unclear

_RETRY_AFTER = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)
_LATER = (408, 425, 429)


class WebhookChannel:
    """Posts each message with its id as `Idempotency-Key`.

    `X-Zhiyin-Signature` is `sha256=` and the hex HMAC-SHA256, under the shared secret, of
    `X-Zhiyin-Timestamp`, a full stop and the body. 2xx is `Sent`; 408, 425, 429 and 5xx are
    `Deferred`, for as long as `Retry-After` says (at most a day); other 4xx are `Refused`.
    Redirects are not followed: a message must not wander to a host that nobody chose.
    """

    name = "webhook"

    def __init__(self, url: str, secret: bytes | str, *, timeout: float = 15.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidInput(f"The web hook URL {url!r} must start with https:// or http://.")
        self.url = url
        self.secret = secret.encode() if isinstance(secret, str) else secret
        # No proxy from the environment: it would see the signed messages.
        self.client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def send(self, message: Message, now: datetime) -> Outcome:
        body = json.dumps(_document(message), ensure_ascii=False, sort_keys=True).encode()
        try:
            answer = self.client.post(
                self.url, content=body, headers=self._headers(message, body, now)
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Transient(
                f"The web hook {self.url} cannot be reached ({error}); check webhook.url."
            ) from error
        except httpx.HTTPError as error:
            return Unclear(f"no answer after the message was sent: {error!r}")
        return self._judged(answer, now)

    def close(self) -> None:
        self.client.close()

    def _headers(self, message: Message, body: bytes, now: datetime) -> dict[str, str]:
        at = str(int(now.timestamp()))
        signature = hmac.new(self.secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": message.message_id,
            "X-Zhiyin-Timestamp": at,
            "X-Zhiyin-Signature": f"sha256={signature}",
        }

    def _judged(self, answer: httpx.Response, now: datetime) -> Outcome:
        said = f"{answer.status_code} {answer.text[:200].strip()}".strip()
        if answer.is_success:
            return Sent(said)
        if answer.status_code in _LATER or answer.is_server_error:
            return Deferred(_retry_at(answer.headers.get("Retry-After"), now), said)
        if answer.is_client_error:
            return Refused(said)
        raise Transient(
            f"The web hook {self.url} answered {answer.status_code}; redirects are not followed, "
            "put the final address into webhook.url."
        )


def _document(message: Message) -> dict[str, object]:
    return {
        "message_id": message.message_id,
        "channel": message.channel,
        "address": message.address,
        "subject": message.subject,
        "body_html": message.body_html,
        "body_text": message.body_text,
        "facts": dict(message.facts),
    }


def _retry_at(retry_after: str | None, now: datetime) -> datetime:
    """Read `Retry-After`: seconds, or an HTTP date."""
    asked = now + _RETRY_AFTER
    if retry_after and retry_after.strip().isdigit():
        seconds = min(int(retry_after), int(_LONGEST_WAIT.total_seconds()))
        asked = now + timedelta(seconds=seconds)
    elif retry_after:
        try:
            asked = parsedate_to_datetime(retry_after)
        except ValueError:
            return asked
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
    return min(max(asked, now), now + _LONGEST_WAIT)
