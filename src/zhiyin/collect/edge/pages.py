"""What the edge answers to a GET: signs of life, settings and scripts of browser libraries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import zhiyin
from zhiyin.collect.edge.exchange import Answer, Refused, Request, json_answer

# Built from web/tracker; not in a source tree where nobody built them.
SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
# Path -> file. Whoever has Segment's snippet in their pages gets our script by it.
FILES = {
    "/zhiyin.js": "zhiyin.min.js",
    "/zhiyin.min.js": "zhiyin.min.js",
    "/zhiyin.esm.js": "zhiyin.esm.js",
    "/zhiyin-mp.js": "zhiyin-mp.js",
}

_SETTINGS = re.compile(r"/v1/projects/([^/]{1,100})/settings")
_LIBRARY = re.compile(r"/analytics\.js/v1/[^/]{1,100}/(?:analytics|zhiyin)(?:\.min)?\.js")


@dataclass(frozen=True)
class Page:
    """A request for a page, and how much waits for the disk."""

    request: Request
    waiting_bytes: int


def page_of(path: str, is_alone: bool) -> Callable[[Page], Answer] | None:
    """Return what answers a GET of the path; None if the path is not the edge's."""
    if path.startswith("/v1/projects/") and _SETTINGS.fullmatch(path):
        return _settings
    if path == "/zhiyin.js" or _LIBRARY.fullmatch(path):
        return _script
    if is_alone and path == "/health":
        return _health
    if is_alone and path == "/version":
        return _version
    return None


def _settings(page: Page) -> Answer:
    """Tell Segment's browser library that there is one destination: us."""
    found = _SETTINGS.fullmatch(page.request.path)
    key = found.group(1) if found else ""
    return json_answer(
        {
            "integrations": {"Segment.io": {"apiKey": key, "unbundledIntegrations": []}},
            "plan": {"track": {"__default": {"enabled": True}}},
        }
    )


def _script(page: Page) -> Answer:
    path = SCRIPTS / FILES.get(page.request.path, "zhiyin.min.js")
    if not path.is_file():
        return Refused(
            404,
            "script_not_built",
            "The scripts are not part of this installation; build them with `make tracker`.",
        ).answer()
    headers = [
        (b"cache-control", b"public, max-age=3600"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"vary", b"Accept-Encoding"),
    ]
    packed = path.with_name(f"{path.name}.gz")
    if "gzip" in page.request.header(b"accept-encoding") and packed.is_file():
        headers.append((b"content-encoding", b"gzip"))
        path = packed
    return Answer(200, path.read_bytes(), b"text/javascript; charset=utf-8", tuple(headers))


def _health(page: Page) -> Answer:
    return json_answer(
        {"status": "ok", "version": zhiyin.__version__, "waiting_bytes": page.waiting_bytes}
    )


def _version(page: Page) -> Answer:
    return json_answer({"name": "zhiyin", "version": zhiyin.__version__})
