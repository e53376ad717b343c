"""Deciding who is who: explained and planned before, done with a reason, taken back."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, model_validator

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant
from zhiyin.api.masked_values import shown_id, with_shown_ids
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.governance.api import Action, Audit, Permission

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


class OutcomeOut(BaseModel):
    """What became of a decision; it takes effect at the next run.

    `says` is decided | revoked | already_decided | already_one_person | already_apart |
    already_revoked; `is_new` tells whether anything was written.
    """

    decision_id: str | None
    is_new: bool
    says: str
    plan: ShiftPlan


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
    """Why a merge is undone."""

    why: Why


class PairIn(BaseModel):
    """Two ids that are joined or kept apart, and why."""

    left_id: TypedId
    right_id: TypedId
    why: Why


class MatchIn(BaseModel):
    """A pair of records that was judged, and why."""

    left_id: TypedId
    right_id: TypedId
    why: Annotated[str, Field(max_length=300)] = ""


class RevokeIn(BaseModel):
    """Why a decision is taken back."""

    why: Annotated[str, Field(max_length=300)] = ""


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
def plan(body: WhatIf, context: Context, visitor: Judge) -> OutcomeOut:
    """Return what a decision would change, without taking it."""
    asked = body.model_dump(exclude={"verb"}, exclude_none=True)
    return _decided(body.verb, {**asked, "dry_run": True}, context, visitor)


@router.post("/changes/{change_id}/undo")
def undo(
    change_id: str, body: UndoIn, context: Context, visitor: Judge, trail: Trail
) -> OutcomeOut:
    """Undo a merge: drop the evidence that bridged the two people and keep them apart."""
    done = _decided("undo", {"change_id": change_id, "why": body.why}, context, visitor)
    _note(trail, visitor, Action.IDENTITY_UNDO, change_id, done)
    return done


@router.post("/join")
def join(body: PairIn, context: Context, visitor: Judge, trail: Trail) -> OutcomeOut:
    """Decide that two ids are one person."""
    done = _decided("join", body.model_dump(), context, visitor)
    _note(trail, visitor, Action.IDENTITY_JOIN, done.decision_id or "", done)
    return done


@router.post("/separate")
def separate(body: PairIn, context: Context, visitor: Judge, trail: Trail) -> OutcomeOut:
    """Decide that two ids are never one person."""
    done = _decided("separate", body.model_dump(), context, visitor)
    _note(trail, visitor, Action.IDENTITY_SEPARATE, done.decision_id or "", done)
    return done


@router.post("/decisions/{decision_id}/revoke")
def revoke(
    decision_id: str, body: RevokeIn, context: Context, visitor: Judge, trail: Trail
) -> OutcomeOut:
    """Take a decision back: the evidence counts again."""
    done = _decided("revoke", {"decision_id": decision_id}, context, visitor)
    _note(trail, visitor, Action.IDENTITY_REVOKE, decision_id, done)
    return done


@router.post("/matches/accept")
def accept_match(body: MatchIn, context: Context, visitor: Judge, trail: Trail) -> OutcomeOut:
    """Decide that two records that look alike are one person."""
    done = _decided("accept", body.model_dump(), context, visitor)
    _note(trail, visitor, Action.IDENTITY_ACCEPT, done.decision_id or "", done)
    return done


@router.post("/matches/reject")
def reject_match(body: MatchIn, context: Context, visitor: Judge, trail: Trail) -> OutcomeOut:
    """Decide that two records that look alike are two people."""
    done = _decided("reject", body.model_dump(), context, visitor)
    _note(trail, visitor, Action.IDENTITY_REJECT, done.decision_id or "", done)
    return done


def _decided(verb: str, asked: dict[str, Any], context: ApiContext, visitor: Visitor) -> OutcomeOut:
    done = context.execute(f"identity.{verb}", {**asked, "actor": visitor.name})
    return OutcomeOut(**{**done, "plan": shown_plan(done["plan"], visitor.role)})


def shown_plan(found: dict[str, Any], role: str) -> ShiftPlan:
    """Return a plan with its ids as the role may see them."""
    shifts = [
        Shift(
            **{
                **with_shown_ids(one, ("person_id", "other_person_id"), role),
                "examples": [shown_id(name, role) for name in one["examples"]],
            }
        )
        for one in found["shifts"]
    ]
    return ShiftPlan(**{**found, "shifts": shifts})


def _note(trail: Audit, visitor: Visitor, action: Action, subject: str, done: OutcomeOut) -> None:
    """Write the trail; ids may be personal, so it names the change or decision instead."""
    trail.record(
        visitor.name, action, subject, {"decision": done.decision_id, "outcome": done.says}
    )
