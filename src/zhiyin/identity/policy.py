"""What joins ids into people and what keeps them apart: `policies/identity.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import msgspec
import yaml

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.core.ids import joined_digest

FILE = Path("policies") / "identity.yaml"
KINDS = ("user", "unionid", "openid", "card", "phone", "email", "anon")
# Longer ids never become evidence, so a policy may not let more through.
LONGEST_EVIDENCE = 1024
SHARED_BY = {"phone": 5, "email": 5, "anon": 5, "card": 2, "openid": 2, "unionid": 2}


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many ids of a kind one person may have.

    `within_days` counts only ids seen in so many days before the newest evidence of their cluster.
    """

    at_most: int | None = None
    within_days: int | None = None


class JoinUsers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When two customer numbers may be one person; with none of these they stay two.

    `by` are evidence or kinds of id that suffice; `if_names_agree` suffice where both records bear
    the same name; `linkage_at_least` is the probability of a match between records.
    """

    by: tuple[str, ...] = ("alias", "unionid", "card")
    if_names_agree: tuple[str, ...] = ("phone", "email")
    linkage_at_least: float = 0.99


class Blocked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ids that identify nobody.

    `longest` is in characters of the typed id; `shared_by` the users who may share one id of a
    kind; `values` are typed ids; `patterns` are regular expressions found anywhere in one.
    """

    longest: int = 256
    shared_by: dict[str, int] = msgspec.field(default_factory=lambda: dict(SHARED_BY))
    values: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


class SharedDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The share of a device's use from which on it belongs to one of its users."""

    owner_has_at_least: float = 0.8


@dataclass(frozen=True)
class Policy:
    """The merge policy. The order of `ids` is the order in which kinds name a person.

    Kinds that a file leaves out come after those it names, without a limit.
    """

    ids: dict[str, Limit] = field(default_factory=dict)
    join_users: JoinUsers = field(default_factory=JoinUsers)
    blocked: Blocked = field(default_factory=Blocked)
    shared_device: SharedDevice = field(default_factory=SharedDevice)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return all kinds of id, those that name a person first in front."""
        return tuple(self.ids)

    @property
    def digest(self) -> str:
        """Return a digest that changes with any part of the policy; the order of kinds is one."""
        return joined_digest([repr(self)])


class _File(msgspec.Struct, forbid_unknown_fields=True):
    ids: dict[str, Limit] = {}
    join_users: JoinUsers = msgspec.field(default_factory=JoinUsers)
    blocked: Blocked = msgspec.field(default_factory=Blocked)
    shared_device: SharedDevice = msgspec.field(default_factory=SharedDevice)
    # These two are read by the golden record and by linkage.
    fields: dict[str, object] = {}
    linkage: dict[str, object] = {}


def load_policy(root: Path | None = None) -> Policy:
    """Read a workspace's `policies/identity.yaml`; the one that ships with us if it has none.

    Raises
    ------
    InvalidInput
        The file is no YAML, has an unknown field or kind of id, or a number out of its range.
    """
    path = root / FILE if root is not None else None
    if path is not None and path.is_file():
        return _read(path.read_bytes(), path)
    default = resources.files("zhiyin.identity") / "defaults" / str(FILE)
    return _read(default.read_bytes(), FILE)


def _read(content: bytes, path: Path) -> Policy:
    try:
        told = msgspec.convert(yaml.safe_load(content.decode("utf-8")) or {}, _File)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read as YAML: {error}.") from error
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{path}: {error}; compare it with the default one.") from error
    _check(told, path)
    kinds = [*told.ids, *(kind for kind in KINDS if kind not in told.ids)]
    limits = {kind: told.ids.get(kind, Limit()) for kind in kinds}
    return Policy(limits, told.join_users, told.blocked, told.shared_device)


def _check(told: _File, path: Path) -> None:
    named = (
        ("ids", told.ids, KINDS),
        ("join_users.by", told.join_users.by, ("alias", *KINDS)),
        ("join_users.if_names_agree", told.join_users.if_names_agree, KINDS),
        ("blocked.shared_by", told.blocked.shared_by, KINDS),
    )
    for place, kinds, allowed in named:
        for kind in kinds:
            if kind not in allowed:
                raise not_allowed(f"{path}: a kind in {place}", kind, allowed)
    for kind, limit in told.ids.items():
        _check_least(path, f"ids.{kind}.at_most", limit.at_most)
        _check_least(path, f"ids.{kind}.within_days", limit.within_days)
    for kind, users in told.blocked.shared_by.items():
        _check_least(path, f"blocked.shared_by.{kind}", users)
    _check_share(path, "join_users.linkage_at_least", told.join_users.linkage_at_least)
    _check_share(path, "shared_device.owner_has_at_least", told.shared_device.owner_has_at_least)
    if not 1 <= told.blocked.longest <= LONGEST_EVIDENCE:
        raise InvalidInput(
            f"{path}: blocked.longest is {told.blocked.longest}; "
            f"give a number from 1 to {LONGEST_EVIDENCE}."
        )
    for pattern in told.blocked.patterns:
        _check_pattern(path, pattern)


def _check_least(path: Path, name: str, number: int | None) -> None:
    if number is not None and number < 1:
        raise InvalidInput(f"{path}: {name} is {number}; give 1 or more.")


def _check_share(path: Path, name: str, share: float) -> None:
    # At half a device could belong to two.
    if not 0.5 < share <= 1:
        raise InvalidInput(f"{path}: {name} is {share}; give more than 0.5 and at most 1.")


def _check_pattern(path: Path, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise InvalidInput(
            f"{path}: blocked.patterns has {pattern!r}, which is no regular expression: {error}."
        ) from error
