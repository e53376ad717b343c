"""What every answer carries: security headers, and an ETag on JSON that is polled."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Ant Design writes its styles into the page at run time, hence inline styles; scripts are files.
CONTENT_SECURITY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self';"
    " form-action 'self'; frame-ancestors 'self'"
)

SECURITY = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds the security headers that the answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class EntityTags:
    """Answers 304 to a GET of JSON whose body the browser already has.

    The digest is over the body, so the work of computing it is still done; what is saved is the
    transfer and the re-rendering of a page that polls.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_api(scope["path"]):
            await self.app(scope, receive, send)
            return
        await _Tagged(scope, send).answer(self.app, receive)


def _is_api(path: str) -> bool:
    return path.startswith("/api/")


class _Tagged:
    """One answer, held back until its whole body is known."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.send = scope, send
        self.start: Message | None = None
        self.body: list[bytes] = []

    async def answer(self, app: ASGIApp, receive: Receive) -> None:
        await app(self.scope, receive, self._collect)

    async def _collect(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            if not self._is_taggable():
                await self.send(message)
            return
        if not self._is_taggable():
            await self.send(message)
            return
        self.body.append(message.get("body", b""))
        if not message.get("more_body", False):
            await self._finish(b"".join(self.body))

    def _is_taggable(self) -> bool:
        assert self.start is not None
        kind = Headers(raw=self.start["headers"]).get("content-type", "")
        return self.start["status"] == 200 and kind.startswith("application/json")

    async def _finish(self, body: bytes) -> None:
        assert self.start is not None
        tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = MutableHeaders(scope=self.start)
        headers["ETag"] = tag
        headers.setdefault("Cache-Control", "private, no-cache")
        if Headers(scope=self.scope).get("if-none-match") == tag:
            self.start["status"] = 304
            del headers["content-length"]
            del headers["content-type"]
            body = b""
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})
