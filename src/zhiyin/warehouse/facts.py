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
    people = woven(_customers(book), book, timezone=timezone, by_itself=(ods.CUSTOMERS,))
    facts = [people, *(woven(build, book, timezone=timezone) for build in _FACTS)]
    return [*facts, *counting_builds(book)]


def _customers(book: RuleBook) -> TableBuild:
    rules = book.of(ods.CUSTOMERS)
    if not rules.rules:
        return customers.BUILD
    build = partial(customers.customers, rules=rules)
    return replace(customers.BUILD, build=build, definition=rules.digest)


_FACTS = (
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
