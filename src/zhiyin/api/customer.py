"""One customer from all sides; personal data masked, and revealed only with a reason, audited."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import ibis
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.core.errors import NotFound
from zhiyin.core.privacy import Pii
from zhiyin.decisions import tables as decisions
from zhiyin.delivery import tables as delivery
from zhiyin.governance.api import Action, Permission, mask_record, mask_typed_id
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import customer_profile

router = APIRouter(prefix="/api/customers", tags=["customers"])
Reader = Annotated[Visitor, Depends(needs(Permission.CUSTOMERS_READ))]
Revealer = Annotated[Visitor, Depends(needs(Permission.CUSTOMERS_REVEAL))]

DECISIONS_SHOWN = 50
RECEIPTS = ("delivered", "opened", "clicked", "bounced", "unsubscribed")
# What tells a reader most about an event, in this order.
SUBJECTS = ("search_query", "product_id", "order_id", "refund_id", "page_path", "campaign_id")


class Profile(BaseModel):
    """The customer's row of the wide table, masked by role."""

    name: str | None
    email: str | None
    phone: str | None
    gender: str | None
    birth_date: date | str | None
    age_group: str | None
    city: str | None
    country: str | None
    joined_at: Instant | None
    acquisition_channel: str | None
    is_registered: bool
    is_buyer: bool
    can_email: bool
    orders: int
    monetary: float
    average_order: float | None
    refunds: int
    first_order_at: Instant | None
    last_order_at: Instant | None
    recency_days: int | None
    orders_90d: int
    r: int | None
    f: int | None
    m: int | None
    rfm_segment: str | None
    value_tier: str | None
    stage: str
    favourite_category: str | None
    favourite_channel: str | None
    discount_share: float | None
    visits_30d: int
    last_seen_at: Instant | None
    messages_30d: int
    clv: float | None
    churn: float | None
    repurchase: float | None
    completeness: float


class Identity(BaseModel):
    """One of the customer's ids and what ties it to the others."""

    id: str
    kind: str
    evidence: list[str]


class TagOut(BaseModel):
    """A tag that holds. `origin` is rule, statistic, preference, model, manual or imported.

    `weight` is a preference's share of its strongest value; `number` what is behind the value.
    `importance` is what the tag says about who responds; the mean of all tags is 1.
    """

    tag: str
    value: str | None
    number: float | None
    weight: float | None
    importance: float
    family: str
    origin: str
    valid_until: Instant | None


class Preference(BaseModel):
    """One value behind a preference tag; `weight` is its share of all decayed evidence."""

    tag: str
    place: int
    value: str
    weight: float
    facts: int


class PersonaTrait(BaseModel):
    """One thing that sets a persona apart, in standard deviations of all buyers."""

    feature: str
    value: str | None
    difference: float


class PersonaOut(BaseModel):
    """The group of buyers that the customer is like."""

    persona_id: str
    title: dict[str, str]
    people: int
    share: float
    traits: list[PersonaTrait]


class StageThen(BaseModel):
    """Where the customer stood at a month end."""

    month_end: date
    stage: str
    value_tier: str
    monetary: float


class Completeness(BaseModel):
    """Share of the core fields that are known, which are not, and how it is for everyone."""

    share: float
    missing: list[str]
    everyone: float | None
    target: float


class Consent(BaseModel):
    """What the customer agreed to on a channel."""

    channel: str
    is_granted: bool
    basis: str
    since: Instant | None


class Reason(BaseModel):
    """One feature's part in a score, strongest first."""

    feature: str
    value: float | str | bool | None
    effect: float | None


class Score(BaseModel):
    """A model's answer about the customer."""

    model: str
    model_version: str
    score: float
    low: float | None
    high: float | None
    reasons: list[Reason]
    as_of: Instant


class OrderLine(BaseModel):
    """One product of an order."""

    product_id: str | None
    name: str | None
    quantity: float
    amount: float


class Order(BaseModel):
    """One order with its lines."""

    source_id: str
    order_id: str
    order_time: Instant
    channel: str | None
    amount: float
    discount: float
    pieces: float
    lines: list[OrderLine]


class Happening(BaseModel):
    """One thing that happened. `kind` is event | order | refund | touch."""

    kind: str
    name: str
    at: Instant
    channel: str | None
    subject: str | None
    amount: float | None


class Decision(BaseModel):
    """A campaign's decision about the customer and what became of its message.

    `last_receipt` is the furthest that the message is known to have come.
    """

    decision_id: str
    campaign_id: str
    campaign_name: str
    arm: str
    reason: str | None
    offer_id: str | None
    channel: str
    decided_at: Instant
    state: str | None
    last_receipt: str | None


class CustomerOut(BaseModel):
    """A customer from all sides."""

    person_id: str
    profile: Profile
    ids: list[Identity]
    tags: list[TagOut]
    consents: list[Consent]
    scores: list[Score]
    orders: list[Order]
    decisions: list[Decision]
    timeline: list[Happening]
    preferences: list[Preference]
    persona: PersonaOut | None
    stages: list[StageThen]
    completeness: Completeness
    is_masked: bool
    may_reveal: bool


class RevealIn(BaseModel):
    """Why the personal data is looked at; goes into the audit trail."""

    reason: str = Field(min_length=4, max_length=300)


class Revealed(BaseModel):
    """The personal data in clear."""

    name: str | None
    email: str | None
    phone: str | None
    gender: str | None
    birth_date: date | None
    age_group: str | None
    city: str | None


@router.get("/{person_id}")
def read_customer(person_id: str, context: Context, visitor: Reader) -> CustomerOut:
    """Return what is known of one customer, by the person id or any other id of theirs."""
    found = customer_profile(person_id, context.warehouse)
    record = _record(found)
    return CustomerOut(
        person_id=found["person_id"],
        profile=Profile(**mask_record(dm.CUSTOMERS, record, visitor.role)),
        ids=_ids(found["identities"], visitor.role),
        tags=[TagOut(**row) for row in found["tags"]],
        consents=[Consent(**row) for row in found["consents"]],
        scores=[_score(row) for row in found["scores"]],
        orders=[Order(**row) for row in found["orders"]],
        decisions=_decisions(context, found),
        timeline=[happening(row) for row in found["timeline"]],
        preferences=[Preference(**row) for row in found["preferences"]],
        persona=PersonaOut(**found["persona"]) if found["persona"] else None,
        stages=[StageThen(**row) for row in found["stages"]],
        completeness=Completeness(**found["completeness"]),
        is_masked=any(record[name] is not None for name in _CONTACT),
        may_reveal=visitor.may(Permission.CUSTOMERS_REVEAL),
    )


@router.post("/{person_id}/reveal")
def reveal_customer(
    person_id: str, body: RevealIn, context: Context, visitor: Revealer, trail: Trail
) -> Revealed:
    """Return the customer's personal data in clear, and write down who looked and why."""
    found = customer_profile(person_id, context.warehouse)
    trail.record(visitor.name, Action.REVEAL, found["person_id"], {"reason": body.reason})
    return Revealed(**{name: _record(found)[name] for name in Revealed.model_fields})


_CONTACT = tuple(name for name, column in dm.CUSTOMERS.columns.items() if column.pii is Pii.CONTACT)


def _record(found: dict[str, Any]) -> dict[str, Any]:
    if found["profile"] is None:
        raise NotFound(
            f"Nothing is known of {found['person_id']!r} yet; bring the profiles up to date with"
            " `zhiyin run`."
        )
    return found["profile"]


def _ids(identities: list[dict[str, Any]], role: str) -> list[Identity]:
    shown = ((mask_typed_id(row["id"], role), row) for row in identities)
    return [Identity(**{**row, "id": masked}) for masked, row in shown if masked is not None]


def _score(row: dict[str, Any]) -> Score:
    reasons = [
        Reason(feature=item["feature"], value=item.get("value"), effect=item.get("effect"))
        for item in row["reasons"]
    ]
    return Score(**{**row, "reasons": reasons})


def happening(row: dict[str, Any]) -> Happening:
    """Return an item of the timeline as a reader sees it."""
    detail = row["detail"]
    return Happening(
        kind=row["kind"],
        name=row["name"],
        at=row["time"],
        channel=row["channel"],
        subject=next((str(detail[key]) for key in SUBJECTS if detail.get(key)), None),
        amount=detail.get("amount", detail.get("revenue")),
    )


def _decisions(context: ApiContext, found: dict[str, Any]) -> list[Decision]:
    """Return the newest decisions, hold-outs and suppressions included."""
    made = context.warehouse.read(decisions.DECISIONS)
    sent = context.warehouse.read(delivery.MESSAGES)
    mine = made.filter(made.person_id == found["person_id"])
    states = sent.filter(sent.person_id == found["person_id"])
    states = states.select(decided="decision_id", message_id="message_id", state="state")
    joined = mine.left_join(states, mine.decision_id == states.decided)
    newest = joined.order_by(ibis.desc("decided_at"), "decision_id").limit(DECISIONS_SHOWN)
    names = {record.campaign_id: record.name for record in context.operational.campaigns()}
    receipts = {row["message_id"]: row for row in found["messages"]}
    return [
        Decision(
            **{name: row[name] for name in Decision.model_fields if name in row},
            campaign_name=names.get(row["campaign_id"], row["campaign_id"]),
            last_receipt=_last_receipt(receipts.get(row["message_id"], {})),
        )
        for row in rows(context.warehouse.to_arrow(newest))
    ]


def _last_receipt(message: dict[str, Any]) -> str | None:
    return next((kind for kind in reversed(RECEIPTS) if message.get(f"{kind}_at")), None)
