"""A world to test who is who: families, second accounts, shared tablets, typing errors.

Everything the product may see is in two files, as a member system and a web shop would export them,
and in the recipe that reads them; who really did what is kept apart.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

START = datetime(2025, 3, 1, tzinfo=UTC)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英梓涵欣怡子轩雨泽浩宇"
MEMBERS = (
    "member_no", "device_id", "card_no", "email", "phone", "name", "union_id", "joined_at",
)  # fmt: skip
EVENTS = (
    "message_id", "type", "event", "user_id", "anonymous_id", "email", "phone", "timestamp",
)  # fmt: skip
RECIPE = """name: identity_world
title: {zh-CN: 身份模拟, en: A world of identities}
timezone: UTC
currency: CNY
sources:
  - name: members
    files: ["members.*"]
    target: customers
    columns:
      customer_id: member_no
      anonymous_id: device_id
      member_card: card_no
      email: email
      phone: phone
      name: name
      joined_at: joined_at
      attributes: {pack: {unionid: union_id}}
  - name: web
    files: ["events.*"]
    target: events
    columns:
      event_id: message_id
      kind: type
      event: event
      user_id: user_id
      anonymous_id: anonymous_id
      email: email
      phone: phone
      event_time: {from: timestamp, timezone: UTC}
"""


@dataclass(frozen=True)
class IdentityWorldConfig:
    """How many families there are, and what befalls them; shares are probabilities."""

    seed: int = 1
    families: int = 2_000
    days: int = 60
    has_family_device: float = 0.5
    has_family_phone: float = 0.3
    has_family_email: float = 0.1
    has_second_account: float = 0.06
    changes_phone: float = 0.05
    changes_device: float = 0.2
    has_unionid: float = 0.4
    never_logs_in: float = 0.04
    mistypes_phone: float = 0.01
    types_test_value: float = 0.01
    uses_shop_tablet: float = 0.03
    uses_family_device: float = 0.15
    logs_in: float = 0.5


@dataclass
class Somebody:
    """One person: who they are, and the ids that are theirs alone."""

    number: int
    family: int
    name: str
    phone: str
    email: str
    accounts: list[str]
    devices: list[str]
    unionid: str
    card: str


@dataclass
class IdentityTruth:
    """Who is behind ids and events.

    Attributes
    ----------
    owners : typed id -> the people it was made for; several for what a family shares.
    people_of_events : message id -> the person who did it.
    """

    owners: dict[str, set[int]] = field(default_factory=dict)
    people_of_events: dict[str, int] = field(default_factory=dict)

    def owns(self, typed_id: str, person: int) -> None:
        """Keep that an id is a person's."""
        self.owners.setdefault(typed_id, set()).add(person)


class IdentityWorld:
    """A made-up population with member records and visits; equal seeds give equal worlds."""

    def __init__(self, config: IdentityWorldConfig | None = None) -> None:
        self.config = config or IdentityWorldConfig()
        self.rng = np.random.default_rng(self.config.seed)
        self.truth = IdentityTruth()
        self.people: list[Somebody] = []
        self.family_device: dict[int, str] = {}
        self.family_phone: dict[int, str] = {}
        self.family_email: dict[int, str] = {}
        for family in range(self.config.families):
            self._settle(family)

    def write(self, folder: Path) -> None:
        """Write `members.csv`, `events.csv` and `recipe.yaml`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
        members = (row for somebody in self.people for row in self._records(somebody))
        _write(folder / "members.csv", MEMBERS, members)
        _write(folder / "events.csv", EVENTS, self._visits())

    def _chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def _settle(self, family: int) -> None:
        size = int(self.rng.choice([1, 2, 3, 4], p=[0.55, 0.25, 0.12, 0.08]))
        surname = SURNAMES[self.rng.integers(len(SURNAMES))]
        config = self.config
        if size > 1 and self._chance(config.has_family_device):
            self.family_device[family] = self._device()
        if size > 1 and self._chance(config.has_family_phone):
            self.family_phone[family] = self._phone()
        if size > 1 and self._chance(config.has_family_email):
            self.family_email[family] = f"family{family}@mail.example"
        for _ in range(size):
            self.people.append(self._born(family, surname))

    def _born(self, family: int, surname: str) -> Somebody:
        number, config = len(self.people), self.config
        given = "".join(GIVEN[at] for at in self.rng.integers(len(GIVEN), size=2))
        accounts = [] if self._chance(config.never_logs_in) else [f"{100_000 + number}"]
        if accounts and self._chance(config.has_second_account):
            accounts.append(f"{900_000 + number}")
        devices = [self._device() for _ in range(1 + int(self._chance(config.changes_device)))]
        somebody = Somebody(
            number, family, surname + given, self._phone(), f"p{number}@mail.example", accounts,
            devices, f"o{number:08d}" if self._chance(config.has_unionid) else "",
            f"8800{number:07d}",
        )  # fmt: skip
        for device in devices:
            self.truth.owns(f"anon:{device}", number)
        for account in accounts:
            self.truth.owns(f"user:{account}", number)
        return somebody

    def _device(self) -> str:
        return self.rng.bytes(16).hex()

    def _phone(self) -> str:
        return f"1{self.rng.choice([38, 39, 50, 86])}{self.rng.integers(10**8):08d}"

    def _records(self, somebody: Somebody) -> Iterator[dict[str, str]]:
        """Give one record per account, and one more where the phone changed."""
        for place, account in enumerate(somebody.accounts):
            phone, email = self._contacts(somebody, place)
            record = {
                "member_no": account,
                "device_id": somebody.devices[0] if self._chance(0.3) else "",
                "card_no": somebody.card if place == 0 else "",
                "email": email,
                "phone": phone,
                "name": somebody.name,
                "union_id": somebody.unionid,
                "joined_at": self._instant(0).isoformat(),
            }
            yield record
            if self._chance(self.config.changes_phone):
                changed = self._phone()
                self.truth.owns(f"phone:+86{changed}", somebody.number)
                yield {**record, "phone": changed, "joined_at": self._instant(30).isoformat()}

    def _contacts(self, somebody: Somebody, place: int) -> tuple[str, str]:
        """Return the phone and e-mail that somebody gave: own, the family's, wrong or made up."""
        config, person = self.config, somebody.number
        phone, email = somebody.phone, somebody.email
        if place > 0 and self._chance(0.5):
            email = f"p{person}b@mail.example"
        family = self.family_phone.get(somebody.family)
        if family and self._chance(0.7):
            phone = family
        if self._chance(config.types_test_value):
            return str(self.rng.choice(["13800138000", "11111111111", "12345678901"])), email
        if self._chance(config.mistypes_phone):
            # The number of somebody else; whose it is does not change.
            return self.people[self.rng.integers(len(self.people))].phone, email
        self.truth.owns(f"phone:+86{phone}", person)
        shared = self.family_email.get(somebody.family)
        if shared and self._chance(0.7):
            email = shared
        if self._chance(config.types_test_value):
            return phone, str(self.rng.choice(["test@mail.example", "noreply@mail.example"]))
        self.truth.owns(f"email:{email}", person)
        return phone, email

    def _visits(self) -> Iterator[dict[str, str]]:
        number = 0
        for somebody in self.people:
            for day in np.sort(self.rng.integers(0, self.config.days, self.rng.poisson(6) + 1)):
                for row in self._visit(somebody, int(day)):
                    number += 1
                    row["message_id"] = f"m{number}"
                    self.truth.people_of_events[f"m{number}"] = somebody.number
                    yield row

    def _visit(self, somebody: Somebody, day: int) -> Iterator[dict[str, str]]:
        device, must_log_in = self._device_used(somebody, day)
        logs_in = bool(somebody.accounts) and (must_log_in or self._chance(self.config.logs_in))
        if must_log_in and not logs_in:
            return
        account = str(self.rng.choice(somebody.accounts)) if logs_in else ""
        begins, at = self._instant(day), int(self.rng.integers(0, 2)) if not must_log_in else 0
        for step in range(int(self.rng.integers(3, 9))):
            inside = logs_in and step >= at
            opens = inside and step == at
            yield {
                "type": "identify" if opens else "track",
                "event": "" if opens else "Product Viewed",
                "user_id": account if inside else "",
                "anonymous_id": device,
                "email": somebody.email if opens and self._chance(0.2) else "",
                "phone": "",
                "timestamp": (begins + timedelta(minutes=step)).isoformat(),
            }

    def _device_used(self, somebody: Somebody, day: int) -> tuple[str, bool]:
        """Return the device of a visit, and whether one cannot use it without logging in."""
        if self._chance(self.config.uses_shop_tablet):
            return f"tablet-{self.rng.integers(5)}", True
        family = self.family_device.get(somebody.family)
        if family and self._chance(self.config.uses_family_device):
            self.truth.owns(f"anon:{family}", somebody.number)
            return family, False
        devices = somebody.devices
        return devices[min(len(devices) - 1, day * len(devices) // self.config.days)], False

    def _instant(self, day: int) -> datetime:
        return START + timedelta(days=day, seconds=int(self.rng.integers(8 * 3600, 20 * 3600)))


def _write(path: Path, columns: tuple[str, ...], rows: Iterator[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
