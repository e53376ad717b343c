"""The section `linkage` of `policies/identity.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import msgspec
import yaml

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.core.ids import joined_digest
from zhiyin.ports.linkage import KINDS

FILE = Path("policies") / "identity.yaml"
# What records may be compared by, and how where the policy says nothing else.
FIELDS: Mapping[str, str] = {
    "name": "chinese_name",
    "birth_date": "date",
    "email": "email",
    "phone": "phone",
    "city": "text",
    "gender": "exact",
}


class LinkagePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether records are linked, and what becomes of the pairs that look alike.

    Attributes
    ----------
    enabled
        Whether `zhiyin run` links when records changed; else only `zhiyin identity link` does.
    automatic
        Whether pairs from `accept_at_least` on are one person without being asked for; else they
        too wait for a person's decision.
    accept_at_least, review_at_least
        Probabilities of a match.
    compare
        Field of a customer record -> kind of comparison; empty for all fields that are filled in,
        names by the script that most are written in.
    block_on, train_on
        Rules in place of the default ones, each a list of columns.
    """

    enabled: bool = False
    automatic: bool = False
    accept_at_least: float = 0.99
    review_at_least: float = 0.5
    compare: dict[str, str] = {}
    block_on: tuple[tuple[str, ...], ...] = ()
    train_on: tuple[tuple[str, ...], ...] = ()

    @property
    def digest(self) -> str:
        """Return a digest that changes with whatever changes the matches."""
        return joined_digest([repr(msgspec.structs.replace(self, enabled=False))])


class _File(msgspec.Struct):
    linkage: LinkagePolicy = msgspec.field(default_factory=LinkagePolicy)


def linkage_policy(root: Path | None = None) -> LinkagePolicy:
    """Read the section of a workspace's file; of the one that ships with us if it has none.

    Raises
    ------
    InvalidInput
        The file is no YAML, or the section has an unknown field, kind or a number out of range.
    """
    path = root / FILE if root is not None else FILE
    if root is not None and path.is_file():
        return _read(path.read_bytes(), path)
    default = resources.files("zhiyin.identity") / "defaults" / str(FILE)
    return _read(default.read_bytes(), path)


def _read(content: bytes, path: Path) -> LinkagePolicy:
    try:
        told = msgspec.convert(yaml.safe_load(content.decode("utf-8")) or {}, _File).linkage
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read as YAML: {error}.") from error
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{path}: {error}; compare it with the default one.") from error
    for field, kind in told.compare.items():
        if field not in FIELDS:
            raise not_allowed(f"{path}: a field in linkage.compare", field, FIELDS)
        if kind not in KINDS:
            raise not_allowed(f"{path}: linkage.compare.{field}", kind, KINDS)
    if not 0 < told.review_at_least <= told.accept_at_least < 1:
        raise InvalidInput(
            f"{path}: linkage.review_at_least is {told.review_at_least} and accept_at_least "
            f"{told.accept_at_least}; give two numbers between 0 and 1, the first not greater."
        )
    return told
