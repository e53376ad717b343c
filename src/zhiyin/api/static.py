"""The console's files: hashed assets for ever, the page never stale, gzip made beforehand."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from zhiyin.api.errors import problem

CONSOLE = Path(__file__).parent / "console"
# Paths that are never the app page: a wrong address there is an error, not a page.
RESERVED = ("api/", "internal/", "t/", "v1/", "assets/")

_PLAIN_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Zhiyin 知音</title>
<body style="font:16px/1.6 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem">
<h1>Zhiyin 知音</h1><p>HTTP API 正在运行，本安装没有包含控制台。请运行
<code>python scripts/build_console.py</code> 后刷新。</p><p>The HTTP API is running; this
installation has no console. Run <code>python scripts/build_console.py</code> and reload.</p>
<p><a href="/api/openapi.json">OpenAPI</a></p></body></html>"""


def console_router(folder: Path = CONSOLE) -> APIRouter:
    """Return the routes that serve the console; every page address is the same document."""
    router = APIRouter(include_in_schema=False)

    @router.get("/assets/{name}")
    def asset(name: str, request: Request) -> Response:
        path = folder / "assets" / Path(name).name
        if not path.is_file():
            return problem(404, "not_found", f"There is no asset {name!r}; reload the page.")
        return _file(path, request, "public, max-age=31536000, immutable")

    @router.get("/{path:path}")
    def page(path: str, request: Request) -> Response:
        if any(f"{path}/".startswith(reserved) for reserved in RESERVED):
            return problem(404, "not_found", f"There is nothing at /{path}; see /api/openapi.json.")
        single = folder / Path(path).name if path and "/" not in path else None
        if single is not None and single.is_file() and single.suffix in {".svg", ".txt", ".ico"}:
            return _file(single, request, "public, max-age=3600")
        index = folder / "index.html"
        if not index.is_file():
            return HTMLResponse(_PLAIN_PAGE)
        return _file(index, request, "no-cache")

    return router


def _file(path: Path, request: Request, caching: str) -> Response:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    packed = path.with_name(path.name + ".gz")
    if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
        headers["Content-Encoding"] = "gzip"
        path = packed
    return FileResponse(path, media_type=kind, headers=headers)
