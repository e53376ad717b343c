"""Why a person is left alone although a strategy wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from zhiyin.decisions.assignment import bucket_of, threshold
from zhiyin.decisions.choosing import by_rank
from zhiyin.decisions.policy import ContactPolicy
from zhiyin.decisions.strategies import Strategy

# The column of `dm.customers` that holds the address; a web hook is told the person.
ADDRESS_COLUMNS = {"email": "email", "sms": "phone", "webhook": "person_id"}


@dataclass(frozen=True)
class History:
    """What happened before: consents, messages and decisions.

    Parameters
    ----------
    consents
        `dm.consents`.
    contacts
        person_id, channel, sent_at (UTC): messages sent, or None if nothing was ever sent.
    decisions
        `dm.decisions` of earlier campaigns, or None.
    """

    consents: ir.Table
    contacts: ir.Table | None = None
    decisions: ir.Table | None = None


@dataclass(frozen=True)
class Case:
    """What suppression in one campaign depends on beside the people."""

    strategies: Sequence[Strategy]
    policy: ContactPolicy
    history: History
    campaign_id: str
    decided_at: datetime


def with_address(chosen: ir.Table, strategies: Sequence[Strategy]) -> ir.Table:
    """Add each person's channel and address on it; the address is null where none is known."""
    channel = by_rank(chosen["rank"], [each.channel for each in strategies], "string")
    placed = chosen.mutate(channel=channel)
    address = ibis.cases(
        *((placed.channel == name, placed[column]) for name, column in ADDRESS_COLUMNS.items()),
        else_=ibis.null("string"),
    )
    return placed.mutate(address=address.nullif(""))


def with_reason(people: ir.Table, case: Case) -> ir.Table:
    """Add `reason`: why a person is suppressed, null for people who may be contacted.

    The first that holds counts: no_address, no_consent, contact_cap, global_holdout, conflict.
    Service messages are only ever suppressed for want of an address.

    Parameters
    ----------
    people
        person_id, rank, channel, address.
    """
    purposes = [strategy.purpose == "marketing" for strategy in case.strategies]
    people = people.mutate(is_marketing=by_rank(people["rank"], purposes, "boolean"))
    people = _with_consent(people, case)
    people = _with_conflicts(_with_own_caps(_with_channel_caps(people, case), case), case)
    globally = case.policy.global_holdout
    held = bucket_of(globally.salt, people.person_id) < threshold(globally.share)
    marketing = people.is_marketing
    reason = ibis.cases(
        (people.address.isnull(), "no_address"),
        (marketing & ~people.has_consent, "no_consent"),
        (marketing & (people.is_capped | people.is_repeated), "contact_cap"),
        (marketing & held, "global_holdout"),
        (marketing & people.is_taken, "conflict"),
        else_=ibis.null("string"),
    )
    return people.mutate(reason=reason)


def _with_consent(people: ir.Table, case: Case) -> ir.Table:
    """Add `has_consent`. Where people are not asked, silence is consent."""
    given = case.history.consents.select(
        owner="person_id", on_channel="channel", is_granted="is_granted"
    )
    joined = people.left_join(
        given, [people.person_id == given.owner, people.channel == given.on_channel]
    ).drop("owner", "on_channel")
    silence = [not case.policy.channel(each.channel).requires_consent for each in case.strategies]
    unheard = by_rank(joined["rank"], silence, "boolean")
    return joined.mutate(has_consent=ibis.coalesce(joined.is_granted, unheard))


def _with_channel_caps(people: ir.Table, case: Case) -> ir.Table:
    """Add `is_capped`: the person's channel has been used as often as the policy allows."""
    people = people.mutate(is_capped=ibis.literal(False))
    contacts = case.history.contacts
    if contacts is None:
        return people
    for channel in dict.fromkeys(strategy.channel for strategy in case.strategies):
        sent = contacts.filter(contacts.channel == channel).mutate(at=contacts.sent_at)
        for cap in case.policy.channel(channel).caps:
            people = _with_times(people, sent, days=cap.days, case=case)
            reached = (people.channel == channel) & (people.times >= cap.messages)
            people = people.mutate(is_capped=people.is_capped | reached).drop("times")
    return people


def _with_own_caps(people: ir.Table, case: Case) -> ir.Table:
    """Add `is_repeated`: the strategy has chosen the person as often as its own cap allows."""
    people = people.mutate(is_repeated=ibis.literal(False))
    earlier = _earlier_treatments(case)
    if earlier is None:
        return people
    for rank, strategy in enumerate(case.strategies):
        if strategy.cap is not None:
            mine = earlier.filter(earlier.strategy == strategy.name)
            people = _with_times(people, mine, days=strategy.cap.days, case=case)
            reached = (people["rank"] == rank) & (people.times >= strategy.cap.messages)
            people = people.mutate(is_repeated=people.is_repeated | reached).drop("times")
    return people


def _with_conflicts(people: ir.Table, case: Case) -> ir.Table:
    """Add `is_taken`: another campaign has lately treated the person."""
    earlier = _earlier_treatments(case)
    if earlier is None or not case.policy.conflict_days:
        return people.mutate(is_taken=ibis.literal(False))
    counted = _with_times(people, earlier, days=case.policy.conflict_days, case=case)
    return counted.mutate(is_taken=counted.times > 0).drop("times")


def _earlier_treatments(case: Case) -> ir.Table | None:
    made = case.history.decisions
    if made is None:
        return None
    others = made.filter(made.arm == "treatment", made.campaign_id != case.campaign_id)
    return others.mutate(at=others.decided_at)


def _with_times(people: ir.Table, happened: ir.Table, *, days: int, case: Case) -> ir.Table:
    """Add `times`: how often something happened to a person in the days before the decision."""
    since = case.decided_at - timedelta(days=days)
    recent = happened.filter(
        happened["at"] >= ibis.literal(since, "timestamp(6)"),
        happened["at"] < ibis.literal(case.decided_at, "timestamp(6)"),
    )
    counts = recent.group_by(owner=recent.person_id).agg(times=recent.count())
    joined = people.left_join(counts, [people.person_id == counts.owner]).drop("owner")
    return joined.mutate(times=joined.times.fill_null(0))
