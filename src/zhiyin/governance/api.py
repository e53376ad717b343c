"""The governance front door: roles, permissions, masking, passwords, audit."""

from zhiyin.governance.audit import Action, Audit
from zhiyin.governance.masking import (
    MASK,
    SIGHT,
    Sight,
    mask_record,
    mask_typed_id,
    mask_value,
)
from zhiyin.governance.passwords import check_password_policy, hash_password, is_password
from zhiyin.governance.roles import GRANTS, Permission, Role, allowed, permissions, role_named

__all__ = [
    "GRANTS",
    "MASK",
    "SIGHT",
    "Action",
    "Audit",
    "Permission",
    "Role",
    "Sight",
    "allowed",
    "check_password_policy",
    "hash_password",
    "is_password",
    "mask_record",
    "mask_typed_id",
    "mask_value",
    "permissions",
    "role_named",
]
