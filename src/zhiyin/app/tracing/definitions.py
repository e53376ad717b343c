"""What people define: tags, audiences, strategies and campaigns, and what each asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zhiyin.app.tracing.drafts import Drafts, column_id, object_id
from zhiyin.decisions import api as decisions
from zhiyin.decisions.tables import DECISIONS
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    from pathlib import Path

    from zhiyin.ports.operational import CampaignRecord, OperationalStore

# Which columns of which table a `did` node asks for, beside those of its filters.
DONE = {
    "Order Completed": (dw.ORDERS.name, ("order_id", "order_time")),
    "Order Refunded": (dw.REFUNDS.name, ("refund_id", "refund_time")),
}
OTHERS_DONE = (dw.EVENTS.name, ("event", "event_time"))
FILTERS = ("product_id", "channel", "campaign_id")


def add_definitions(drafts: Drafts, root: Path, operational: OperationalStore) -> None:
    """Note the workspace's tags, audiences, strategies and campaigns."""
    _add_tags(drafts, root)
    _add_audiences(drafts, root)
    definitions = decisions.load_definitions(root)
    for strategy in definitions.strategies:
        _add_strategy(drafts, strategy)
    for record in operational.campaigns():
        _add_campaign(drafts, record, definitions)


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
    elif kind == "Did":
        table, columns = DONE.get(leaf.event, OTHERS_DONE)
        yield from (column_id(table, column) for column in columns)
        for name in FILTERS:
            if getattr(leaf, name) is not None:
                yield column_id(*_filtered(leaf.event, table, name))


def _filtered(event: str, table: str, name: str) -> tuple[str, str]:
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
        if tag.value is not None:
            drafts.join(column_id(dm.CUSTOMERS.name, tag.value.attribute), key, "value")


def _add_audiences(drafts: Drafts, root: Path) -> None:
    for name, audience in profiles.load_audiences(root).items():
        key = drafts.add(
            "audience", name, title=audience.title, where=profiles.to_dict(audience.where)
        )
        _join_tree(drafts, audience.where, key)


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
    if record.launched_at:
        experiment = drafts.add("experiment", name, parent=key, state=record.state)
        drafts.join(key, experiment, "holdout")
