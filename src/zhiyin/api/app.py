"""The app: routers, answers to errors, headers, and the console's files."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI

import zhiyin
from zhiyin.api import (
    arrivals,
    audience_lists,
    audiences,
    behavior,
    campaigns,
    cleaning,
    customer,
    customer_around,
    customers,
    data,
    errors,
    fields,
    identity,
    identity_ledger,
    identity_review,
    identity_verbs,
    insights,
    lineage,
    metrics,
    models,
    overview,
    person_identity,
    plan,
    profiles,
    quality,
    quality_table,
    records,
    reviews,
    session,
    settings,
    sources,
    system,
    tags,
    tracking,
    value,
    visits,
    voice,
)
from zhiyin.api.context import ApiContext
from zhiyin.api.headers import EntityTags, SecurityHeaders
from zhiyin.api.security import Door
from zhiyin.api.static import CONSOLE, console_router

ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        system,
        session,
        overview,
        customers,
        customer,
        customer_around,
        person_identity,
        profiles,
        fields,
        audience_lists,
        audiences,
        tags,
        campaigns,
        models,
        reviews,
        lineage,
        data,
        arrivals,
        plan,
        records,
        quality,
        quality_table,
        cleaning,
        identity,
        identity_ledger,
        identity_review,
        identity_verbs,
        insights,
        visits,
        voice,
        behavior,
        metrics,
        settings,
        sources,
        tracking,
        value,
    )
)


def create_app(context: ApiContext, *, console: Path = CONSOLE) -> FastAPI:
    """Return the HTTP app over a workspace's ports and commands.

    Parameters
    ----------
    context
        What the composition root chose.
    console
        Folder with the built console; without an `index.html` a plain page is served instead.
    """
    app = FastAPI(
        title="Zhiyin",
        version=zhiyin.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.context = context
    app.state.door = Door()
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(console_router(console))
    app.add_middleware(EntityTags)
    app.add_middleware(SecurityHeaders)
    return app
