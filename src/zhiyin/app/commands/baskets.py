"""Questions about what is bought together: plain values in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhiyin.app.looking import newest_as_of
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.baskets.api import (
    BasketSpec,
    Shop,
    baskets,
    baskets_people,
    read_basket_spec,
)
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace


def ask(workspace: Workspace, *, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return pairs, sets, rules, or what people buy next."""
    return baskets(
        shop_of(workspace),
        read_basket_spec(spec),
        as_of=newest_as_of(workspace),
        timezone=workspace.settings.timezone,
        fetch=workspace.warehouse.to_arrow,
    )


def people_of(workspace: Workspace, spec: BasketSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return the people behind a row of an answer."""
    return baskets_people(
        shop_of(workspace),
        spec,
        point,
        as_of=newest_as_of(workspace),
        timezone=workspace.settings.timezone,
    )


def shop_of(workspace: Workspace) -> Shop:
    """Return what baskets are made of."""
    read = workspace.warehouse.read
    tables = (read(one) for one in (dw.ORDER_LINES, dw.PRODUCTS, PERSON_OF))
    return Shop(*tables, is_embedded=workspace.warehouse.is_embedded)
