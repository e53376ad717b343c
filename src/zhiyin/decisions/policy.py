"""The contact policy: how often, when, and with whose consent people are addressed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from zhiyin.core.errors import InvalidInput
from zhiyin.decisions.reading import check_share, converted, read_yaml


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many messages a person in so many days."""

    messages: int
    days: int


class ChannelPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules of one channel.

    `requires_consent` true needs an explicit yes; false needs that the person has not said no.
    """

    requires_consent: bool = True
    caps: tuple[Cap, ...] = ()


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times of day, `HH:MM` in the workspace's zone, between which nobody is disturbed."""

    start: str = "22:00"
    end: str = "08:00"

    def ends_at(self, now: datetime, timezone: str) -> datetime | None:
        """Return the instant (UTC) at which the quiet hours around `now` end; None outside them."""
        start, end = time.fromisoformat(self.start), time.fromisoformat(self.end)
        zone = ZoneInfo(timezone)
        local = now.astimezone(zone)
        is_overnight = start > end
        present = local.time().replace(tzinfo=None)
        is_evening = is_overnight and present >= start
        is_early = present < end and (is_overnight or present >= start)
        if not (is_evening or is_early):
            return None
        day = local.date() + timedelta(days=int(is_evening))
        return datetime.combine(day, end, zone).astimezone(UTC)


class GlobalHoldout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People whom no campaign addresses, so that all marketing together can be measured."""

    share: float = 0.0
    salt: str = "global-holdout"


class ContactPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every campaign has to respect. Service messages are exempt."""

    channels: dict[str, ChannelPolicy] = {}
    quiet_hours: QuietHours | None = None
    global_holdout: GlobalHoldout = GlobalHoldout()
    conflict_days: int = (
        0  # days in which another campaign's treatment keeps a person out; 0: never
    )

    def channel(self, name: str) -> ChannelPolicy:
        """Return a channel's rules; an unlisted channel needs an explicit yes and has no cap."""
        return self.channels.get(name, ChannelPolicy())


def load_policy(path: Path) -> ContactPolicy:
    """Read `policies/contact.yaml`."""
    policy = converted(read_yaml(path) or {}, ContactPolicy, path)
    check_share("global_holdout.share", policy.global_holdout.share, path)
    for name, channel in policy.channels.items():
        for cap in channel.caps:
            if cap.messages < 0 or cap.days < 1:
                raise InvalidInput(
                    f"{path}: channel {name} has a cap of {cap.messages} messages in {cap.days} "
                    "days; give 0 or more messages in 1 or more days."
                )
    if policy.quiet_hours is not None:
        _check_hours(policy.quiet_hours, path)
    return policy


def _check_hours(hours: QuietHours, path: Path) -> None:
    for name in ("start", "end"):
        value = getattr(hours, name)
        try:
            time.fromisoformat(value)
        except ValueError:
            raise InvalidInput(
                f"{path}: quiet_hours.{name} is {value!r}; write a time of day such as '22:00'."
            ) from None
