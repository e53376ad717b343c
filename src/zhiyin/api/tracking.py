"""Where links in messages lead: opened, clicked, unsubscribed. Nobody logs in here."""

from __future__ import annotations

import base64
from contextlib import suppress
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from zhiyin.api.security import Context
from zhiyin.core.errors import NotFound
from zhiyin.delivery.api import Tracking

router = APIRouter(prefix="/t", tags=["tracking"], include_in_schema=False)

# One transparent pixel.
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_FRESH = {"Cache-Control": "no-store, private", "Pragma": "no-cache"}


def tracking_of(context: Context) -> Tracking:
    """Return the far end of the links."""
    return Tracking(context.operational, context.event_log, context.clock, context.secret)


Tracker = Annotated[Tracking, Depends(tracking_of)]


@router.get("/o/{token}")
def opened(token: str, tracking: Tracker) -> Response:
    """Note that a message was opened; always a picture, so that no mail shows a broken one."""
    with suppress(NotFound):
        tracking.record_open(token.removesuffix(".gif"))
    return Response(_PIXEL, media_type="image/gif", headers=_FRESH)


@router.get("/c/{token}")
def clicked(token: str, tracking: Tracker) -> Response:
    """Note that a link was followed, and lead on to where it points."""
    return RedirectResponse(tracking.record_click(token), status_code=302, headers=_FRESH)


@router.get("/u/{token}")
def ask_to_unsubscribe(token: str, tracking: Tracker) -> Response:
    """Ask for confirmation: mail scanners follow links, and must not unsubscribe anybody."""
    tracking.check_unsubscribe(token)
    return _page(_ASK.replace("TOKEN", escape(token, quote=True)))


@router.post("/u/{token}")
def unsubscribe(token: str, tracking: Tracker) -> Response:
    """Unsubscribe at once. Mail programs post here by themselves (RFC 8058)."""
    tracking.record_unsubscribe(token)
    return _page(_DONE)


def _page(body: str) -> HTMLResponse:
    return HTMLResponse(_FRAME.replace("BODY", body), headers=_FRESH)


_FRAME = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>退订 · Unsubscribe</title>
<style>body{font:16px/1.7 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
color:#1a2233;background:#f6f7fa;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;border:1px solid #e4e8ef;border-radius:12px;padding:32px 40px;max-width:26rem}
h1{font-size:20px;margin:0 0 8px}p{margin:4px 0;color:#465062}
button{font:inherit;background:#2f54c8;color:#fff;border:0;border-radius:8px;padding:8px 24px;
margin-top:20px;cursor:pointer}</style></head><body><main>BODY</main></body></html>"""

_ASK = """<h1>确认退订？</h1><p>确认后，我们不会再向这个地址发送营销消息。</p>
<p lang="en">Unsubscribe? We will send no more marketing messages to this address.</p>
<form method="post" action="/t/u/TOKEN"><button>退订 · <span lang="en">Unsubscribe</span></button>
</form>"""

_DONE = """<h1>已退订</h1><p>我们不会再向这个地址发送营销消息。</p>
<p lang="en">You are unsubscribed. No more marketing messages will reach this address.</p>"""
