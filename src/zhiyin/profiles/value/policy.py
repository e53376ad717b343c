"""What makes a customer valuable: `policies/value.yaml`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import yaml

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.definitions import DEFAULTS
from zhiyin.profiles.stages import StageRule
from zhiyin.profiles.tiers import TierShares

FILE = Path("policies") / "value.yaml"
STEPS = 4  # between five scores
LONGEST_HISTORY = 120


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one score ends and the next begins, from score 1 to score 5.

    A buyer's recency score is one more than the steps of `recency_days` that are not exceeded; the
    others are one more than the steps that are reached. Amounts are in the workspace's currency.
    """

    recency_days: tuple[float, ...] = (365, 180, 90, 30)
    orders: tuple[float, ...] = (2, 3, 5, 10)
    monetary: tuple[float, ...] = (200, 500, 1000, 3000)


class ValuePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds of RFM, shares of the tiers, rule of the stages, and how far back history goes."""

    thresholds: Thresholds = Thresholds()
    tiers: TierShares = TierShares()
    stages: StageRule = StageRule()
    history_months: int = 13


def read_value_policy(workspace: Path | None) -> ValuePolicy:
    """Read a workspace's `policies/value.yaml`; the policy that ships with us if it has none.

    Raises
    ------
    InvalidInput
        for a file that is no YAML, an unknown key, thresholds that are not four steps in one
        direction, or shares that make more than everybody.
    """
    path = path_of(workspace)
    try:
        written = yaml.safe_load(path.read_text("utf-8")) or {}
        policy = msgspec.convert(written, ValuePolicy)
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        first = str(error).splitlines()[0]
        raise InvalidInput(
            f"{FILE.as_posix()}: {first}; correct the file, or remove it to use the defaults."
        ) from error
    checked(policy)
    return policy


def policy_digest(workspace: Path | None) -> str:
    """Return a digest of the policy as written."""
    return hashlib.sha256(path_of(workspace).read_bytes()).hexdigest()[:16]


def path_of(workspace: Path | None) -> Path:
    """Return the file that holds the policy."""
    mine = workspace / FILE if workspace else None
    return mine if mine and mine.is_file() else DEFAULTS / FILE


def checked(policy: ValuePolicy) -> None:
    """Raise for numbers that contradict each other."""
    for name, is_falling in (("recency_days", True), ("orders", False), ("monetary", False)):
        steps = getattr(policy.thresholds, name)
        ordered = sorted(set(steps), reverse=is_falling)
        if list(steps) != ordered or len(steps) != STEPS:
            raise wrong(
                f"thresholds.{name} is {list(steps)}; write {STEPS} different numbers, "
                f"{'falling' if is_falling else 'rising'}"
            )
    shares = policy.tiers
    if min(shares.at_risk, shares.high, shares.middle) < 0:
        raise wrong("tiers must not be negative; write shares between 0 and 1")
    if shares.at_risk + shares.high + shares.middle > 1:
        raise wrong("tiers make more than everybody; write shares that add up to at most 1")
    rule = policy.stages
    if rule.dormant_gaps < rule.active_gaps or rule.dormant_days < rule.active_days:
        raise wrong("stages let dormant end before active; write larger numbers for dormant")
    if not 1 <= policy.history_months <= LONGEST_HISTORY:
        raise wrong(f"history_months is {policy.history_months}; write 1 to {LONGEST_HISTORY}")


def wrong(sentence: str) -> InvalidInput:
    """Return an error that names the file."""
    return InvalidInput(f"{FILE.as_posix()}: {sentence}.")
