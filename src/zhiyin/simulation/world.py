"""A world: a shop, its people, and the time that passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import NotFound
from zhiyin.simulation import truth as hidden
from zhiyin.simulation.aftermath import DUE
from zhiyin.simulation.catalog import stock_shelf
from zhiyin.simulation.clickstream import visit_key
from zhiyin.simulation.config import EPOCH, WorldConfig, day_number, day_of
from zhiyin.simulation.files import HistoryReport, write_history
from zhiyin.simulation.mailbox import Letter, Post, post_of
from zhiyin.simulation.messages import ReceivedMessage, read_discount
from zhiyin.simulation.people import populate
from zhiyin.simulation.randomness import Ints, Streams
from zhiyin.simulation.response import DAY
from zhiyin.simulation.rows import SHOP_OFFSET_SECONDS, Emitted, Reaction, concatenated
from zhiyin.simulation.shop import Shop
from zhiyin.simulation.tag_truth import tag_truth

_EPOCH = datetime.combine(EPOCH, datetime.min.time())
_LONGEST_LAG_DAYS = 16
_ORDER = {
    "web_order_lines": [
        ("placed_at", "ascending"),
        ("order_no", "ascending"),
        ("line_no", "ascending"),
    ],
    "pos_lines": [("sold_at", "ascending"), ("receipt_no", "ascending"), ("line_no", "ascending")],
    "reviews": [("written_at", "ascending"), ("review_id", "ascending")],
    "service_tickets": [("opened_at", "ascending"), ("ticket_id", "ascending")],
}


class World:
    """A seeded shop that lives day by day.

    The history reaches from the first day of `config.span` to `now`, a midnight in Asia/Shanghai.
    `receive` puts messages into mailboxes; `advance` lets days pass in which people react to them.

    Examples
    --------
    >>> world = World(WorldConfig(customers=300, months=2))
    >>> world.history().rows > 1_000
    True
    >>> from zhiyin.simulation.api import ReceivedMessage
    >>> world.receive(ReceivedMessage(world.addresses()[0], offer="20% off"))
    True
    >>> world.advance(1).web_events.num_rows > 0
    True
    """

    def __init__(self, config: WorldConfig | None = None):
        self.config = config or WorldConfig()
        streams = Streams(self.config.seed)
        self.shop = Shop(
            self.config,
            stock_shelf(streams, self.config.products),
            populate(self.config, streams),
            streams,
        )
        self.first_day, self.history_end = (day_number(day) for day in self.config.span)
        self.today = self.history_end
        self.effect_scale = hidden.calibrate(self.shop, self.history_end)
        self.messages: list[ReceivedMessage] = []
        self._letters: list[Letter] = []
        self._pending: dict[str, pa.Table] | None = None
        self._person_of: dict[str, int] | None = None

    @property
    def now(self) -> datetime:
        """The world's present, a midnight in Asia/Shanghai, as naive UTC."""
        return _EPOCH + timedelta(seconds=self.today * DAY - SHOP_OFFSET_SECONDS)

    def history(self) -> Emitted:
        """Return everything that happened before the first message could be sent."""
        return concatenated([month for _, month in self.months()])

    def months(self) -> Iterator[tuple[str, Emitted]]:
        """Yield `YYYY-MM` and its rows, for every month of the history.

        Rows are those of local calendar days. Members who joined earlier than the history's first
        day come with the first month.
        """
        post = self._post([])
        pending: dict[str, pa.Table] = {}
        for label, days in _by_month(self.first_day, self.history_end):
            emitted, pending = self._span(days, post, pending)
            if days[0] == self.first_day:
                everyone = self.shop.people.members(0, int(days[-1]) + 1)
                emitted = replace(emitted, crm_members=everyone)
            yield label, emitted
        if self.today == self.history_end:
            self._pending = pending

    def members(self) -> pa.Table:
        """Return the CRM as it stands now."""
        return self.shop.people.members(0, self.today)

    def products(self) -> pa.Table:
        """Return the product file."""
        return self.shop.catalog.table()

    def addresses(self, *, consented: bool = True) -> list[str]:
        """Return the e-mail addresses of the present members, by member number."""
        people = self.shop.people
        keep = people.join < self.today
        if consented:
            keep = keep & people.email_ok
        return people.email.filter(pa.array(keep)).drop_null().to_pylist()

    def person(self, address: str) -> int | None:
        """Return the number of the person behind an e-mail address, phone or member number."""
        if self._person_of is None:
            people = self.shop.people
            self._person_of = {
                key: number
                for column in (people.member_no, people.phone, people.email)
                for number, key in enumerate(column.to_pylist())
                if key is not None
            }
        cleaned = address.strip()
        found = self._person_of.get(cleaned)
        return self._person_of.get(cleaned.lower()) if found is None else found

    def receive(self, message: ReceivedMessage) -> bool:
        """Put a message into its receiver's mailbox; False if nobody has that address."""
        person = self.person(message.address)
        if person is None:
            return False
        self.messages.append(message)
        self._letters.append(
            Letter(
                person,
                self._second(message.at),
                message.discount,
                message.channel == "sms",
                message.offer,
                message.campaign_id or None,
            )
        )
        return True

    def advance(self, days: int = 1) -> Emitted:
        """Let days pass; return their rows and the reactions to the messages received so far."""
        post = self._post(self._letters)
        if self._pending is None:
            before = np.arange(self.today - _LONGEST_LAG_DAYS, self.today)
            self._pending = self._span(before, post, {})[1]
        parts = []
        for _, block in _by_month(self.today, self.today + days):
            emitted, self._pending = self._span(block, post, self._pending)
            parts.append(emitted)
        reactions = self._reactions(post, self.today, self.today + days)
        self.today += days
        return replace(concatenated(parts), reactions=reactions)

    def react(self, messages: Iterable[ReceivedMessage], *, days: int) -> Emitted:
        """Receive messages now and let days pass: the fast path without a network.

        Raises
        ------
        NotFound
            If an address belongs to nobody; nothing is received then.
        """
        batch = list(messages)
        for message in batch:
            self._known(message.address)
        for message in batch:
            self.receive(message)
        return self.advance(days)

    def truth(self) -> hidden.Truth:
        """Return what the product is to find out. For tests; never written to any file."""
        return hidden.Truth(self.shop, self.effect_scale, self.today)

    def tag_truth(self) -> pa.Table:
        """Return id, tag and value: what tags should say of each member now; see `tag_truth`."""
        return tag_truth(
            self.shop, self._post(self._letters), first_day=self.first_day, today=self.today
        )

    def true_effect(
        self,
        people: Sequence[str],
        *,
        days: int,
        offer: str | None = None,
        campaign_id: str | None = None,
        start: datetime | None = None,
    ) -> hidden.TrueEffect:
        """Return the effect of one message on exactly these people in exactly this window.

        Both arms are run with the same draws: in one, each of the people gets a message at `start`;
        in the other none does. All other messages received so far stay as they are.

        Parameters
        ----------
        people
            Addresses or member numbers.
        days
            Length of the window from `start`.
        offer
            Text of the offer; None means the configuration's reference discount.
        campaign_id
            The campaign the question is about: its messages are taken out of both arms first.
        start
            Instant of the message and begin of the window: a local midnight, in UTC; None means
            `now`.
        """
        others = [
            letter
            for letter in self._letters
            if campaign_id is None or letter.campaign_id != campaign_id
        ]
        numbers = np.array([self._known(address) for address in people], np.int64)
        begin = self._second(start)
        discount = self.config.message_effect.reference_discount
        if offer is not None:
            discount = read_discount(offer)
        asked = [Letter(int(who), begin, discount, False, offer or "", None) for who in numbers]
        window = np.arange(begin // DAY, begin // DAY + days)
        arms = [
            hidden.outcomes(self.shop, numbers, window, self._post(letters))
            for letters in ([*others, *asked], others)
        ]
        return hidden.TrueEffect.of(*arms)

    def write_history(self, folder: Path | str) -> HistoryReport:
        """Write the history as the shop's files and return what was written."""
        return write_history(self, Path(folder))

    def _known(self, address: str) -> int:
        person = self.person(address)
        if person is None:
            raise NotFound(
                f"Nobody has the address {address!r}; take one from `World.addresses()`."
            )
        return person

    def _second(self, at: datetime | None) -> int:
        """Return an instant as local seconds since 1970."""
        if at is None:
            return self.today * DAY
        return int((naive_utc(at) - _EPOCH).total_seconds()) + SHOP_OFFSET_SECONDS

    def _post(self, letters: Sequence[Letter]) -> Post:
        return post_of(
            letters,
            self.shop.people,
            effect=self.config.message_effect,
            scale=self.effect_scale,
            streams=self.shop.streams,
        )

    def _span(
        self, days: Ints, post: Post, pending: dict[str, pa.Table]
    ) -> tuple[Emitted, dict[str, pa.Table]]:
        """Return the rows of the days with what fell due, and what is still to come."""
        emitted, later = self.shop.emit(days, post)
        end = (int(days[-1]) + 1) * DAY
        due, waiting = {}, {}
        for name, fresh in later.items():
            queue = pa.concat_tables([pending[name], fresh]) if name in pending else fresh
            is_due = pc.less(queue[DUE], end)
            ripe = queue.filter(is_due).drop_columns(DUE)
            due[name] = pa.concat_tables([emitted.tables[name], ripe]).sort_by(_ORDER[name])
            waiting[name] = queue.filter(pc.invert(is_due))
        return replace(emitted, **due), waiting

    def _reactions(self, post: Post, first: int, after: int) -> tuple[Reaction, ...]:
        return tuple(
            Reaction(
                kind,
                _EPOCH + timedelta(seconds=second - SHOP_OFFSET_SECONDS),
                self.messages[post.inbox.number[row]],
                visit_key(self.shop.streams, post.inbox.person[row : row + 1], second // DAY)[
                    0
                ].as_py()
                if kind == "click"
                else "",
            )
            for second, row, kind in post.happenings(first, after)
        )


def _by_month(first: int, after: int) -> Iterator[tuple[str, Ints]]:
    """Yield `YYYY-MM` and the day numbers of every calendar month in `[first, after)`."""
    while first < after:
        label = f"{day_of(first):%Y-%m}"
        month_end = first
        while month_end < after and f"{day_of(month_end):%Y-%m}" == label:
            month_end += 1
        yield label, np.arange(first, month_end)
        first = month_end
