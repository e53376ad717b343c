"""What people define: tags, audiences, strategies and campaigns, and what each asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhiyin.app.tracing.drafts import Drafts, column_id, object_id
from zhiyin.core.clock import naive_utc
from zhiyin.decisions import api as decisions
from zhiyin.decisions.tables import DECISIONS, STRATEGY_COVERAGE
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.tagging import api as tagging
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import column_lineage

if TYPE_CHECKING:
    from pathlib import Path

    from zhiyin.ports.operational import CampaignRecord, OperationalStore
    from zhiyin.ports.warehouse import Warehouse

# The expression of a plan is read, not run, so any instant will do.
ANY_TIME = naive_utc(datetime(2025, 1, 1, tzinfo=UTC))
# Which columns of which table a condition about behavior asks for, beside those of its filters.
DONE = {
    "Order Completed": (dw.ORDERS.name, ("order_id", "order_time")),
    "Order Refunded": (dw.REFUNDS.name, ("refund_id", "refund_time")),
}
OTHERS_DONE = (dw.EVENTS.name, ("event", "event_time"))


def add_definitions(
    drafts: Drafts, root: Path, operational: OperationalStore, warehouse: Warehouse
) -> None:
    """Note the workspace's tags, audiences, strategies and campaigns."""
    _add_tags(drafts, root)
    _add_audiences(drafts, root)
    definitions = decisions.load_definitions(root)
    for strategy in definitions.strategies:
        _add_strategy(drafts, strategy)
    for record in operational.campaigns():
        _add_campaign(drafts, record, definitions)
    if definitions.strategies:
        _add_decided(drafts, warehouse, definitions)


def _add_decided(drafts: Drafts, warehouse: Warehouse, definitions: decisions.Definitions) -> None:
    """Note what the columns of decisions are computed from, read off a plan that nobody runs."""
    spec = decisions.CampaignSpec(name="any", strategies="all")
    sources = profiles.Sources(
        *(warehouse.read(one) for one in profiles.SOURCE_SPECS),
        as_of=ANY_TIME,
        audiences={name: profiles.parse_condition({"everyone": True}, name)
                   for name in {one.audience for one in definitions.strategies if one.audience}},
    )  # fmt: skip
    history = decisions.History(warehouse.read(dm.CONSENTS))
    plan = decisions.plan(
        spec, sources, campaign_id="any", decided_at=ANY_TIME, definitions=definitions,
        history=history,
    )  # fmt: skip
    inputs = (*profiles.SOURCE_SPECS, dm.CONSENTS)
    for edge in column_lineage(plan, DECISIONS, inputs):
        source = column_id(edge.from_table, edge.from_column)
        to = column_id(edge.to_table, edge.to_column)
        drafts.join(source, to, "rows" if edge.to_column == "*" else "computed")
    for spec_read in inputs:
        drafts.join(object_id("table", spec_read.name), object_id("table", DECISIONS.name), "input")


def asked(leaf: profiles.Condition) -> Iterator[str]:
    """Give the ids of what one leaf of a condition asks for."""
    kind = type(leaf).__name__
    if kind == "Attribute":
        yield column_id(dm.CUSTOMERS.name, leaf.name)
    elif kind == "Tag":
        yield object_id("tag", leaf.name)
    elif kind == "Audience":
        yield object_id("audience", leaf.name)
    elif kind == "Score":
        yield object_id("score", leaf.model)
    for deed in profiles.deeds(leaf):
        table, columns = DONE.get(deed.event, OTHERS_DONE)
        yield from (column_id(table, column) for column in columns)
        for one in deed.filters:
            yield column_id(*_filtered(deed.event, table, one.name))


def _filtered(event: str, table: str, name: str) -> tuple[str, str]:
    if name in ("category", "brand"):
        return dw.PRODUCTS.name, name
    if event == "Order Completed" and name == "product_id":
        return dw.ORDER_LINES.name, name
    return table, name


def _join_tree(drafts: Drafts, tree: profiles.Condition, to: str) -> None:
    for leaf in profiles.leaves(tree):
        for source in asked(leaf):
            drafts.join(source, to, "condition")


def _add_tags(drafts: Drafts, root: Path) -> None:
    for name, tag in profiles.load_tags(root).items():
        key = drafts.add(
            "tag", name, title=tag.title, family=tag.family, where=profiles.to_dict(tag.where)
        )
        _join_tree(drafts, tag.where, key)
        for column in ("tag", "value", "family"):
            drafts.join(key, column_id(dm.TAGS.name, column), "value")
        for table, column in tagging.columns_read(tag):
            drafts.join(column_id(table, column), key, "value")


def _add_audiences(drafts: Drafts, root: Path) -> None:
    for name, audience in profiles.load_audiences(root).items():
        key = drafts.add(
            "audience", name, title=audience.title, where=profiles.to_dict(audience.where)
        )
        _join_tree(drafts, audience.where, key)
        for column in ("audience", "members"):
            drafts.join(key, column_id(dm.AUDIENCES.name, column), "member")


def _add_strategy(drafts: Drafts, strategy: decisions.Strategy) -> None:
    key = drafts.add(
        "strategy",
        strategy.name,
        title=strategy.title,
        where=strategy.where,
        offer=strategy.offer,
        template=strategy.template,
        channel=strategy.channel,
        holdout=strategy.holdout,
    )
    _join_audience(drafts, strategy, key)
    drafts.join(key, column_id(STRATEGY_COVERAGE.name, "strategy"), "strategy")


def _join_audience(drafts: Drafts, strategy: decisions.Strategy, to: str) -> None:
    if strategy.audience is not None:
        drafts.join(object_id("audience", strategy.audience), to, "member")
    else:
        _join_tree(drafts, profiles.parse_condition(strategy.where, to), to)


def _add_campaign(
    drafts: Drafts, record: CampaignRecord, definitions: decisions.Definitions
) -> None:
    spec = decisions.CampaignSpec.parse(record.definition)
    name = record.campaign_id
    key = drafts.add(
        "campaign",
        name,
        title=dict.fromkeys(("zh-CN", "en"), record.name),
        state=record.state,
        planned_at=record.planned_at.isoformat(),
        launched_at=record.launched_at.isoformat() if record.launched_at else None,
    )
    known = {strategy.name for strategy in definitions.strategies}
    named = spec.strategies if isinstance(spec.strategies, list) else sorted(known)
    if spec.strategies is None:
        _join_audience(drafts, spec.chosen(())[0], key)
    else:
        # A strategy that was deleted since is no reason to forget the campaign.
        for strategy in named:
            if strategy in known:
                drafts.join(object_id("strategy", strategy), key, "strategy")
    drafts.join(key, object_id("table", DECISIONS.name), "campaign")
    for column in ("campaign_id", "strategy", "offer_id", "template", "decided_at"):
        drafts.join(key, column_id(DECISIONS.name, column), "campaign")
    if record.launched_at:
        experiment = drafts.add("experiment", name, parent=key, state=record.state)
        drafts.join(key, experiment, "holdout")
