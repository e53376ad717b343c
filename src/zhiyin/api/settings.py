"""Accounts and their roles, and the audit trail."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.encoding import Instant, plain_tree
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.api.session import USERNAME, AccountOut, Language, account_out
from zhiyin.core.errors import Conflict, InvalidInput, NotFound
from zhiyin.governance.api import (
    Action,
    Permission,
    Role,
    check_password_policy,
    hash_password,
)
from zhiyin.ports.operational import Account

router = APIRouter(prefix="/api/settings", tags=["settings"])
Reader = Annotated[Visitor, Depends(needs(Permission.SETTINGS_READ))]
Keeper = Annotated[Visitor, Depends(needs(Permission.ACCOUNTS_WRITE))]
Auditor = Annotated[Visitor, Depends(needs(Permission.AUDIT_READ))]


class AccountIn(BaseModel):
    """A new account."""

    username: str = Field(pattern=USERNAME)
    display_name: str = Field(default="", max_length=80)
    role: Role
    password: str = Field(max_length=200)
    language: Language = "zh-CN"


class AccountChange(BaseModel):
    """What changes about an account; the rest stays."""

    display_name: str | None = Field(default=None, max_length=80)
    role: Role | None = None
    password: str | None = Field(default=None, max_length=200)
    is_active: bool | None = None


class AuditLine(BaseModel):
    """One line of the audit trail."""

    id: int
    at: Instant
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@router.get("/accounts")
def list_accounts(context: Context, visitor: Reader) -> list[AccountOut]:
    """Return every account."""
    return [account_out(account) for account in context.operational.accounts()]


@router.post("/accounts", status_code=201)
def create_account(body: AccountIn, context: Context, visitor: Keeper, trail: Trail) -> AccountOut:
    """Create an account."""
    check_password_policy(body.password, body.username)
    account = Account(
        username=body.username,
        display_name=body.display_name or body.username,
        role=body.role.value,
        password_hash=hash_password(body.password),
        language=body.language,
    )
    context.operational.add_account(account)
    trail.record(visitor.name, Action.ACCOUNT_CREATE, body.username, {"role": body.role.value})
    return account_out(account)


@router.patch("/accounts/{username}")
def change_account(
    username: str, body: AccountChange, context: Context, visitor: Keeper, trail: Trail
) -> AccountOut:
    """Change an account's name, role, password, or whether it may log in."""
    changes = body.model_dump(exclude_none=True, mode="json")
    if not changes:
        raise InvalidInput(
            "Nothing to change was given; give display_name, role, password or is_active."
        )
    _keep_an_admin(context.operational.accounts(), username, changes)
    password = changes.pop("password", None)
    if password is not None:
        check_password_policy(password, username)
        changes["password_hash"] = hash_password(password)
    context.operational.change_account(username, **changes)
    trail.record(visitor.name, Action.ACCOUNT_CHANGE, username, {"changed": sorted(changes)})
    account = context.operational.account(username)
    if account is None:
        raise NotFound(f"No account is named {username!r}.")
    return account_out(account)


def _keep_an_admin(accounts: list[Account], username: str, changes: dict[str, Any]) -> None:
    """Raise `Conflict` when nobody would be left who may change accounts."""
    loses = changes.get("is_active") is False or changes.get("role", Role.ADMIN) != Role.ADMIN
    others = [
        a for a in accounts if a.role == Role.ADMIN and a.is_active and a.username != username
    ]
    if loses and not others:
        raise Conflict(f"{username} is the last administrator; make another one first.")


@router.get("/audit")
def read_audit(
    context: Context,
    visitor: Auditor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: int | None = None,
) -> list[AuditLine]:
    """Return the audit trail, newest first."""
    return [
        AuditLine(**{**line, "detail": plain_tree(line["detail"])})
        for line in context.operational.audit(limit, before)
    ]
