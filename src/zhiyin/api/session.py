"""Logging in and out, and the first account of a new workspace."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from zhiyin.api.context import ApiContext
from zhiyin.api.errors import Refusal
from zhiyin.api.security import (
    COOKIE,
    Context,
    LoggedIn,
    Trail,
    Visitor,
    is_local,
    open_session,
    token_digest,
    visitor_or_none,
)
from zhiyin.core.errors import Conflict
from zhiyin.governance.api import (
    Action,
    Role,
    check_password_policy,
    hash_password,
    is_password,
    permissions,
)
from zhiyin.ports.operational import Account

router = APIRouter(prefix="/api", tags=["session"])

Language = Literal["zh-CN", "en"]
USERNAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]{1,63}$"


class AccountOut(BaseModel):
    """An account, without its secret."""

    username: str
    display_name: str
    role: str
    language: str
    is_active: bool


class SessionOut(BaseModel):
    """Where the browser stands: `setup` when the workspace has no account yet."""

    state: Literal["setup", "login", "ready"]
    workspace: str
    currency: str
    timezone: str
    language: str
    account: AccountOut | None = None
    permissions: list[str] = []
    csrf_token: str | None = None


class LoginIn(BaseModel):
    """A log-in."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=200)


class SetupIn(BaseModel):
    """The first administrator."""

    username: str = Field(pattern=USERNAME)
    display_name: str = Field(default="", max_length=80)
    password: str = Field(max_length=200)
    language: Language = "zh-CN"


class PreferencesIn(BaseModel):
    """What a person may change about their own account."""

    language: Language


def account_out(account: Account) -> AccountOut:
    """Return the account as it may be shown."""
    return AccountOut(
        username=account.username,
        display_name=account.display_name,
        role=account.role,
        language=account.language,
        is_active=account.is_active,
    )


def _ready(context: ApiContext, visitor: Visitor) -> SessionOut:
    return SessionOut(
        state="ready",
        workspace=context.workspace,
        currency=context.currency,
        timezone=context.timezone,
        language=visitor.account.language,
        account=account_out(visitor.account),
        permissions=sorted(permissions(visitor.role)),
        csrf_token=visitor.session.csrf_token,
    )


@router.get("/session")
def read_session(
    context: Context, visitor: Annotated[Visitor | None, Depends(visitor_or_none)]
) -> SessionOut:
    """Tell who is logged in, or that somebody has to."""
    if visitor is not None:
        return _ready(context, visitor)
    return SessionOut(
        state="login" if context.operational.accounts() else "setup",
        workspace=context.workspace,
        currency=context.currency,
        timezone=context.timezone,
        language=context.language,
    )


@router.post("/setup", status_code=201)
def set_up(
    body: SetupIn, request: Request, response: Response, context: Context, trail: Trail
) -> SessionOut:
    """Create the first administrator and log in; only from this machine, only once."""
    if not is_local(request):
        raise Refusal(
            403,
            "local_only",
            "The first account can only be made from the machine that Zhiyin runs on.",
        )
    if context.operational.accounts():
        raise Conflict("This workspace already has accounts; log in with one of them.")
    check_password_policy(body.password, body.username)
    account = Account(
        username=body.username,
        display_name=body.display_name or body.username,
        role=Role.ADMIN.value,
        password_hash=hash_password(body.password),
        language=body.language,
    )
    context.operational.add_account(account)
    trail.record(account.username, Action.SET_UP, account.username)
    return _ready(context, Visitor(account, open_session(context, account, response)))


@router.post("/login")
def log_in(
    body: LoginIn, request: Request, response: Response, context: Context, trail: Trail
) -> SessionOut:
    """Check the password and open a session."""
    door = request.app.state.door
    address = request.client.host if request.client else "unknown"
    keys = (f"name:{body.username}", f"address:{address}")
    now = context.clock.now()
    door.check(keys, now)
    account = context.operational.account(body.username)
    is_right = is_password(body.password, account.password_hash if account else None)
    if account is None or not is_right or not account.is_active:
        door.failed(keys, now)
        trail.record(body.username, Action.LOG_IN_FAILED, body.username, {"address": address})
        raise Refusal(401, "wrong_password", "The user name or the password is wrong.")
    door.passed(keys)
    trail.record(account.username, Action.LOG_IN, account.username, {"address": address})
    return _ready(context, Visitor(account, open_session(context, account, response)))


@router.post("/logout", status_code=204)
def log_out(
    request: Request, response: Response, context: Context, visitor: LoggedIn, trail: Trail
) -> None:
    """Close the session."""
    context.operational.close_session(token_digest(request.cookies[COOKIE]))
    response.delete_cookie(COOKIE, path="/")
    trail.record(visitor.name, Action.LOG_OUT, visitor.name)


@router.put("/session/preferences")
def change_preferences(body: PreferencesIn, context: Context, visitor: LoggedIn) -> AccountOut:
    """Change the language in which the console greets this account."""
    context.operational.change_account(visitor.name, language=body.language)
    account = context.operational.account(visitor.name)
    assert account is not None
    return account_out(account)
