"""Deciding who is who: explained and planned before, done with a reason, taken back."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, model_validator

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant
from zhiyin.api.masked_values import shown_id, with_shown_ids
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission

router = APIRouter(prefix="/api/data/identity", tags=["identity"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Judge = Annotated[Visitor, Depends(needs(Permission.IDENTITY_WRITE))]
TypedId = Annotated[str, Field(min_length=1, max_length=300)]
Number = Annotated[str, Field(min_length=1, max_length=100)]
Why = Annotated[str, Field(min_length=2, max_length=300)]
SIDES = ("left_id", "right_id")


class LinkStep(BaseModel):
    """Evidence between two ids, masked by role, and what the merge policy made of it."""

    left_id: str
    right_id: str
    evidence: list[str]
    sources: list[str]
    seen: int
    first_seen: Instant | None
    last_seen: Instant | None
    verdict: str
    reason: str | None


class BlockedId(BaseModel):
    """An id on the way that identifies nobody."""

    blocked_id: str
    reason: str
    users: int


class DecisionBrief(BaseModel):
    """A decision in force about the two people."""

    decision_id: str
    kind: Literal["join", "separate"]
    left_id: str
    right_id: str
    why: str | None
    actor: str
    decided_at: Instant


class ExplanationOut(BaseModel):
    """Why two ids are one person, or why not, as of the last build.

    `chain` leads from the left id to the right one; `obstacles` are links on the way that were
    refused or blocked. `reason` is same_id | linked | decision | separated | cut | refused |
    blocked | no_evidence.
    """

    left_id: str
    right_id: str
    left_person_id: str
    right_person_id: str
    is_one_person: bool
    reason: str
    chain: list[LinkStep]
    obstacles: list[LinkStep]
    blocked: list[BlockedId]
    decisions: list[DecisionBrief]


class Shift(BaseModel):
    """A merge or split that would come about; `examples` are some of the ids that would move."""

    kind: Literal["merge", "split"]
    person_id: str
    other_person_id: str
    ids: int
    examples: list[str]


class ShiftPlan(BaseModel):
    """What would change among the people that it is about; `shifts` are the largest changes."""

    people_before: int
    people_after: int
    merges: int
    splits: int
    new_ids: int
    gone_ids: int
    shifts: list[Shift]


class PlannedOut(BaseModel):
    """What would become of a decision; `says` as in `OutcomeOut`."""

    says: str
    plan: ShiftPlan


class OutcomeOut(BaseModel):
    """What became of a decision.

    `says` is decided | revoked | already_decided | already_one_person | already_apart |
    already_revoked; `is_new` tells whether anything was written. `built` names the tables that
    became others; `is_pending` says that they follow at the next run.
    """

    decision_id: str | None
    is_new: bool
    says: str
    plan: ShiftPlan
    built: list[str]
    is_pending: bool


class WhatIf(BaseModel):
    """Which decision would be taken: undo takes a change, revoke a decision, others two ids."""

    verb: Literal["undo", "revoke", "join", "separate"]
    change_id: Number | None = None
    decision_id: Number | None = None
    left_id: TypedId | None = None
    right_id: TypedId | None = None

    @model_validator(mode="after")
    def names_its_subject(self) -> Self:
        """Refuse a plan that does not say what it is about."""
        wanted = {"undo": ("change_id",), "revoke": ("decision_id",)}.get(self.verb, SIDES)
        missing = [name for name in wanted if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.verb} needs {' and '.join(missing)}")
        return self


class UndoIn(BaseModel):
    """Why a change is undone; `later` leaves the tables to the next run."""

    why: Why
    later: bool = False


class PairIn(BaseModel):
    """Two ids that are joined or kept apart, and why; `later` leaves the tables to the next run."""

    left_id: TypedId
    right_id: TypedId
    why: Why
    later: bool = False


class RevokeIn(BaseModel):
    """`later` leaves the tables to the next run."""

    later: bool = False


class JudgedIn(BaseModel):
    """Pairs that were judged, by their numbers, and why; `later` as in `PairIn`."""

    pair_ids: Annotated[list[Number], Field(min_length=1, max_length=100)]
    why: Annotated[str, Field(max_length=300)] = ""
    later: bool = False


class Judgment(BaseModel):
    """What became of one pair; `says` as in `OutcomeOut`."""

    id: str
    says: str
    decision: str | None


class JudgedOut(BaseModel):
    """What became of the pairs, and how many still wait."""

    decided: list[Judgment]
    built: list[str]
    is_pending: bool
    waiting: int


@router.get("/explain")
def explain(
    context: Context,
    visitor: Reader,
    left: Annotated[str, Query(min_length=1, max_length=300)],
    right: Annotated[str, Query(min_length=1, max_length=300)],
) -> ExplanationOut:
    """Return why two ids are one person, or why not."""
    found = context.execute("identity.explain", {"left": left, "right": right})
    role = visitor.role
    shown = with_shown_ids(found, (*SIDES, "left_person_id", "right_person_id"), role)
    for name, columns in (
        ("chain", SIDES), ("obstacles", SIDES), ("decisions", SIDES), ("blocked", ("blocked_id",))
    ):  # fmt: skip
        shown[name] = [with_shown_ids(one, columns, role) for one in found[name]]
    return ExplanationOut(**shown)


@router.post("/plan")
def plan(body: WhatIf, context: Context, visitor: Judge) -> PlannedOut:
    """Return what a decision would change, without taking it."""
    pair = [name for name in (body.left_id, body.right_id) if name]
    subject = {"undo": body.change_id, "revoke": body.decision_id}.get(body.verb, pair)
    found = context.execute("identity.plan", {body.verb: subject})
    return PlannedOut(says=found["says"], plan=_shown(found["plan"], visitor.role))


@router.post("/changes/{change_id}/undo")
def undo(change_id: str, body: UndoIn, context: Context, visitor: Judge) -> OutcomeOut:
    """Undo a change: after a merge the evidence that bridged the two people is dropped."""
    return _done("undo", {"change_id": change_id, **body.model_dump()}, context, visitor)


@router.post("/join")
def join(body: PairIn, context: Context, visitor: Judge) -> OutcomeOut:
    """Decide that two ids are one person."""
    return _done("join", _sides(body), context, visitor)


@router.post("/separate")
def separate(body: PairIn, context: Context, visitor: Judge) -> OutcomeOut:
    """Decide that two ids are never one person."""
    return _done("separate", _sides(body), context, visitor)


@router.post("/decisions/{decision_id}/revoke")
def revoke(decision_id: str, body: RevokeIn, context: Context, visitor: Judge) -> OutcomeOut:
    """Take a decision back: the evidence counts again."""
    return _done("revoke", {"decision_id": decision_id, **body.model_dump()}, context, visitor)


@router.post("/matches/accept")
def accept_matches(body: JudgedIn, context: Context, visitor: Judge) -> JudgedOut:
    """Decide that the records of each pair are one person."""
    return _judged("accept", body, context, visitor)


@router.post("/matches/reject")
def reject_matches(body: JudgedIn, context: Context, visitor: Judge) -> JudgedOut:
    """Decide that the records of each pair are two people."""
    return _judged("reject", body, context, visitor)


def _judged(verb: str, body: JudgedIn, context: ApiContext, visitor: Visitor) -> JudgedOut:
    asked = {"ids": body.pair_ids, "why": body.why or None, "later": body.later}
    return JudgedOut(**context.execute(f"identity.{verb}", {**asked, "actor": visitor.name}))


def _sides(body: PairIn) -> dict[str, Any]:
    asked = body.model_dump()
    return {"left": asked.pop("left_id"), "right": asked.pop("right_id"), **asked}


def _done(verb: str, asked: dict[str, Any], context: ApiContext, visitor: Visitor) -> OutcomeOut:
    """Run the command, which writes the audit trail too: the command line takes the same way."""
    done = context.execute(f"identity.{verb}", {**asked, "actor": visitor.name})
    return OutcomeOut(**{**done, "plan": _shown(done["plan"], visitor.role)})


def _shown(found: dict[str, Any], role: str) -> ShiftPlan:
    """Return a plan with its ids as the role may see them."""
    people = ("person_id", "other_person_id")
    shifts = [
        Shift(
            **{
                **with_shown_ids(one, people, role),
                "examples": [shown_id(name, role) for name in one["examples"]],
            }
        )
        for one in found["shifts"]
    ]
    return ShiftPlan(**{**found, "shifts": shifts})
