"""Questions about what is bought together: plain values in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhiyin.app.looking import newest_as_of
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.baskets.api import Shop, baskets, read_basket_spec
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def ask(workspace: Workspace, *, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return pairs, sets, rules, or what people buy next."""
    warehouse = workspace.warehouse
    shop = Shop(*(warehouse.read(one) for one in (dw.ORDER_LINES, dw.PRODUCTS, PERSON_OF)))
    return baskets(
        shop,
        read_basket_spec(spec),
        as_of=newest_as_of(workspace),
        timezone=workspace.settings.timezone,
        fetch=warehouse.to_arrow,
    )
