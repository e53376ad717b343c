"""Who may do what. One table, read by the API and shown by the menu."""

from enum import StrEnum

from zhiyin.core.errors import not_allowed


class Role(StrEnum):
    """What an account is for."""

    ADMIN = "admin"
    ANALYST = "analyst"
    MARKETER = "marketer"
    APPROVER = "approver"
    VIEWER = "viewer"
    PRIVACY_OFFICER = "privacy_officer"


class Permission(StrEnum):
    """One thing that an account may be allowed to do: noun, then verb."""

    OVERVIEW_READ = "overview.read"
    CUSTOMERS_READ = "customers.read"
    CUSTOMERS_REVEAL = "customers.reveal"  # see personal data in clear, each look audited
    AUDIENCES_READ = "audiences.read"
    AUDIENCES_WRITE = "audiences.write"
    AUDIENCES_EXPORT = "audiences.export"
    CAMPAIGNS_READ = "campaigns.read"
    CAMPAIGNS_PLAN = "campaigns.plan"
    CAMPAIGNS_LAUNCH = "campaigns.launch"
    MODELS_READ = "models.read"
    REVIEWS_READ = "reviews.read"
    DATA_READ = "data.read"
    DATA_RUN = "data.run"
    IDENTITY_WRITE = "identity.write"  # decide who is who: undo, join, separate, accept
    SETTINGS_READ = "settings.read"
    SETTINGS_WRITE = "settings.write"
    ACCOUNTS_WRITE = "accounts.write"
    AUDIT_READ = "audit.read"


_LOOKING = frozenset(
    {
        Permission.OVERVIEW_READ,
        Permission.CUSTOMERS_READ,
        Permission.AUDIENCES_READ,
        Permission.CAMPAIGNS_READ,
        Permission.MODELS_READ,
        Permission.REVIEWS_READ,
        Permission.DATA_READ,
    }
)

# Planning and launching are apart on purpose: who writes a campaign does not release it.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.ANALYST: _LOOKING
    | {
        Permission.AUDIENCES_WRITE,
        Permission.AUDIENCES_EXPORT,
        Permission.DATA_RUN,
        Permission.IDENTITY_WRITE,
    },
    Role.MARKETER: _LOOKING
    | {Permission.AUDIENCES_WRITE, Permission.AUDIENCES_EXPORT, Permission.CAMPAIGNS_PLAN},
    Role.APPROVER: _LOOKING | {Permission.CAMPAIGNS_LAUNCH},
    Role.VIEWER: _LOOKING,
    Role.PRIVACY_OFFICER: _LOOKING
    | {Permission.CUSTOMERS_REVEAL, Permission.SETTINGS_READ, Permission.AUDIT_READ},
}


def role_named(name: str) -> Role:
    """Return the role of that name; `InvalidInput` names the roles there are."""
    try:
        return Role(name)
    except ValueError:
        raise not_allowed("A role", name, list(Role)) from None


def permissions(role: str) -> frozenset[Permission]:
    """Return everything the role may do."""
    return GRANTS[role_named(role)]


def allowed(role: str, permission: str) -> bool:
    """Return whether the role may do it; an unknown role or permission is never allowed."""
    try:
        return Permission(permission) in GRANTS[Role(role)]
    except ValueError:
        return False
