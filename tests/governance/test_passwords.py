"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.governance.api import check_password_policy, hash_password, is_password


@pytest.mark.parametrize(
    "password",
    ["abcdefghij", "seven calm rivers", "知音知音和而不同之人", "x" * 190 + "0123456789"],
)
def test_long_and_varied_passwords_are_taken(password):
    assert check_password_policy(password, "ann") is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("abcdefghi", "9 characters"),
        ("", "0 characters"),
        ("abcde" * 41, "205 characters"),
        ("ababababab", "too few"),
        ("I am ANN the first", "user name"),
    ],
)
def test_other_passwords_are_refused_with_the_reason(password, why):
    with pytest.raises(InvalidInput, match=why):
        check_password_policy(password, "ann")


def test_a_hash_is_salted_and_fits_its_password_only():
    first, second = hash_password("seven calm rivers"), hash_password("seven calm rivers")
    assert first != second
    assert first.startswith("$argon2id$")
    assert is_password("seven calm rivers", first)
    assert not is_password("seven calm river", first)
    assert not is_password("", first)


@pytest.mark.parametrize("kept", [None, "", "no hash"])
def test_without_a_proper_hash_no_password_fits(kept):
    assert not is_password("seven calm rivers", kept)
    assert not is_password("no account has this password", kept)
