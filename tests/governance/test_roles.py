"""Who may do what: the whole matrix, written out a second time on purpose."""

from __future__ import annotations

import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.governance.api import Permission, Role, allowed, permissions, role_named

ROLES = ("admin", "analyst", "marketer", "approver", "viewer", "privacy_officer")
# One letter for each of ROLES, in their order: y may, - may not.
MATRIX = {
    "overview.read": "yyyyyy",
    "customers.read": "yyyyyy",
    "customers.reveal": "y----y",
    "audiences.read": "yyyyyy",
    "audiences.write": "yyy---",
    "audiences.export": "yyy---",
    "campaigns.read": "yyyyyy",
    "campaigns.plan": "y-y---",
    "campaigns.launch": "y--y--",
    "models.read": "yyyyyy",
    "reviews.read": "yyyyyy",
    "data.read": "yyyyyy",
    "data.run": "yy----",
    "identity.write": "yy----",
    "settings.read": "y----y",
    "settings.write": "y-----",
    "accounts.write": "y-----",
    "audit.read": "y----y",
}


def test_the_matrix_names_every_role_and_permission():
    assert set(ROLES) == set(Role)
    assert set(MATRIX) == set(Permission)


@pytest.mark.parametrize("permission", MATRIX)
def test_a_permission_is_granted_to_the_roles_of_the_matrix(permission):
    granted = "".join("y" if allowed(role, permission) else "-" for role in ROLES)
    assert granted == MATRIX[permission]
    assert granted == "".join("y" if permission in permissions(role) else "-" for role in ROLES)


def test_only_the_administrator_both_plans_and_launches():
    both = {"campaigns.plan", "campaigns.launch"}
    assert [role for role in ROLES if both <= permissions(role)] == ["admin"]


@pytest.mark.parametrize(
    ("role", "permission"), [("king", "data.read"), ("admin", "data.burn"), ("", "")]
)
def test_what_is_not_known_is_not_allowed(role, permission):
    assert not allowed(role, permission)


def test_an_unknown_role_is_told_the_known_ones():
    with pytest.raises(InvalidInput, match=r"king.*privacy_officer"):
        role_named("king")
