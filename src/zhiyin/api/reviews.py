"""Weekly reviews: self-contained pages, in the language asked for."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission

router = APIRouter(prefix="/api/reviews", tags=["reviews"])
Reader = Annotated[Visitor, Depends(needs(Permission.REVIEWS_READ))]

# The page brings its own styles and pictures and runs no script; it may be framed by the console.
PAGE_SECURITY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " frame-ancestors 'self'"
)


class ReviewRow(BaseModel):
    """A written review: `week` is its Monday."""

    week: date
    languages: list[str]
    written_at: Instant


@router.get("")
def list_reviews(context: Context, visitor: Reader) -> list[ReviewRow]:
    """Return the written reviews, newest first."""
    return [ReviewRow(**row) for row in context.execute("review.list", {})]


def newest_review(context: ApiContext) -> date | None:
    """Return the Monday of the newest reviewed week, or None."""
    found = context.execute("review.list", {})
    return date.fromisoformat(found[0]["week"]) if found else None


@router.get("/{week}", response_class=HTMLResponse)
def read_review(
    week: date, context: Context, visitor: Reader, language: Literal["zh-CN", "en"] = "zh-CN"
) -> HTMLResponse:
    """Return the review's page."""
    found = context.execute("review.read", {"week": week.isoformat(), "language": language})
    return HTMLResponse(
        found["html"],
        headers={"Content-Security-Policy": PAGE_SECURITY, "Cache-Control": "private, no-cache"},
    )
