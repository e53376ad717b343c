"""Whether the server is well, and the command door for programs on the same machine."""

from __future__ import annotations

import hmac
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

import zhiyin
from zhiyin.api.encoding import plain_tree
from zhiyin.api.errors import Refusal
from zhiyin.api.security import Context, is_local

router = APIRouter(tags=["system"])


class Health(BaseModel):
    """A sign of life."""

    status: str
    version: str
    workspace: str


@router.get("/health")
@router.get("/api/health")
def health(context: Context) -> Health:
    """Answer as long as the server can."""
    return Health(status="ok", version=zhiyin.__version__, workspace=context.workspace)


@router.get("/version")
def version() -> dict[str, str]:
    """Return the product's version."""
    return {"name": "zhiyin", "version": zhiyin.__version__}


@router.post("/internal/commands/{name}", include_in_schema=False)
def run_command(
    name: str, request: Request, context: Context, params: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Run a command for the CLI, which cannot open the workspace while the server has it."""
    token = request.headers.get("X-Zhiyin-Token", "")
    is_known = bool(context.local_token) and hmac.compare_digest(
        token.encode(), context.local_token.encode()
    )
    if not is_known or not is_local(request):
        raise Refusal(403, "not_allowed", "Commands are taken from this machine's CLI only.")
    return {"result": plain_tree(context.execute(name, params or {}))}
