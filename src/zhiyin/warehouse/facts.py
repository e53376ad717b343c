"""All builds of the warehouse."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from zhiyin.collect import tables as ods
from zhiyin.warehouse import (
    campaigns,
    costs,
    customers,
    events,
    orders,
    products,
    refunds,
    sessions,
    touches,
)
from zhiyin.warehouse.builds import TableBuild
from zhiyin.warehouse.cleaning.reading import shipped_rules
from zhiyin.warehouse.cleaning.rules import RuleBook
from zhiyin.warehouse.cleaning.weaving import counting_builds, woven


def builds(book: RuleBook | None = None, *, timezone: str = "Asia/Shanghai") -> list[TableBuild]:
    """Return the builds of all DW facts and dimensions, over tables cleaned by the rules.

    Those that ship with the product apply where no rule book is given. `timezone` is the
    workspace's, of times that name none.
    """
    book = shipped_rules() if book is None else book
    facts = [woven(build, book, timezone=timezone) for build in _facts(book)]
    return [*facts, *counting_builds(book)]


def _facts(book: RuleBook) -> tuple[TableBuild, ...]:
    rules = book.of(ods.CUSTOMERS)
    people = customers.BUILD
    if rules.rules:
        build = partial(customers.customers, rules=rules)
        people = replace(people, build=build, definition=rules.digest)
    return (
        people,
        products.BUILD,
        orders.LINES_BUILD,
        orders.ORDERS_BUILD,
        refunds.BUILD,
        events.BUILD,
        sessions.BUILD,
        campaigns.BUILD,
        touches.BUILD,
        costs.BUILD,
    )
