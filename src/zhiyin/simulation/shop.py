"""One span of days in the life of the shop, from purchases to rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from zhiyin.simulation import aftermath, clickstream, demand, ledger, visits
from zhiyin.simulation.baskets import Lines, fill
from zhiyin.simulation.catalog import Catalog
from zhiyin.simulation.config import WorldConfig
from zhiyin.simulation.mailbox import Post
from zhiyin.simulation.people import People
from zhiyin.simulation.randomness import Ints, Streams
from zhiyin.simulation.response import boost
from zhiyin.simulation.rows import AD_COSTS, Emitted, fen, shaped

_STORE_LETTERS = pa.array(["W", "A", "X", "R"])  # by channel; R for receipts


@dataclass(frozen=True)
class Shop:
    """Catalog, people and rules of one world."""

    config: WorldConfig
    catalog: Catalog
    people: People
    streams: Streams

    def sales(
        self, who: Ints, days: Ints, post: Post
    ) -> tuple[demand.Purchases, ledger.Sales, Lines]:
        """Return purchases of `who` on `days` in one row each, as sales, and their lines."""
        effect = self.config.message_effect
        works = boost(post.inbox, post.responses, who, days, effect) if len(post.inbox) else None
        bought = demand.purchases(
            self.people,
            who,
            days,
            streams=self.streams,
            boost=works,
            open_at=post.responses.open_at,
        )
        shown = bought.message >= 0
        offers = post.offers.take(pa.array(bought.message, mask=~shown))
        person = bought.person
        shoppers = visits.shoppers_of(self.people, person, person, bought.day, self.streams)
        lines = fill(
            self.catalog, shoppers, offered=bought.discount, offers=offers, streams=self.streams
        )
        forgotten = self.streams.uniform("card", person, bought.day) < demand.FORGETS_CARD
        sales = ledger.Sales(
            subject=person,
            person=person,
            day=bought.day,
            second=bought.second,
            channel=bought.channel,
            store=self.people.store[person],
            named=(bought.channel != demand.STORE) | ~forgotten,
            number=ledger.order_numbers(
                person, bought.day, _STORE_LETTERS.take(pa.array(bought.channel))
            ),
        )
        return bought, sales, lines

    def emit(self, days: Ints, post: Post) -> tuple[Emitted, dict[str, pa.Table]]:
        """Return the rows of neighbouring days, and what follows from them then or later."""
        who = self._present(days)
        bought, sales, lines = self.sales(who, days, post)
        seen = visits.member_visits(
            self.people,
            who,
            days,
            streams=self.streams,
            purchases=bought,
            responses=post.responses,
            inbox_person=post.inbox.person,
            lines=np.bincount(lines.basket, minlength=len(sales)),
        )
        seen = visits.together(
            seen, visits.stranger_visits(self.config.customers, days, streams=self.streams)
        )
        online = sales.channel != demand.STORE
        paid = clickstream.order_seconds(seen, len(sales))
        sales = replace(sales, second=np.where(online, paid, sales.second))
        emitted = Emitted(
            web_events=self._events(seen, sales, lines, post),
            web_order_lines=self._written(ledger.web_lines, sales, lines, online),
            pos_lines=pa.concat_tables(
                [
                    self._written(ledger.pos_lines, sales, lines, ~online),
                    self._over_the_counter(days),
                ]
            ),
            crm_members=self.people.members(int(days[0]), int(days[-1]) + 1),
            ad_costs=self._ad_costs(days, seen),
        )
        shelf = (sales, lines, self.catalog, self.people, self.streams)
        web_refunds, pos_refunds = aftermath.returns(*shelf)
        return emitted, {
            "web_order_lines": web_refunds,
            "pos_lines": pos_refunds,
            "reviews": aftermath.reviews(*shelf),
            "service_tickets": aftermath.tickets(*shelf),
        }

    def _present(self, days: Ints) -> Ints:
        """Return everyone who may do something: all but those who come later."""
        return np.flatnonzero(self.people.first_seen <= days[-1])

    def _events(
        self, seen: visits.Visits, sales: ledger.Sales, lines: Lines, post: Post
    ) -> pa.Table:
        orders = clickstream.Orders(
            number=sales.number,
            amount=lines.totals(len(sales)),
            pieces=np.bincount(lines.basket, lines.quantity, len(sales)).astype(np.int64),
        )
        return clickstream.events(
            self.people,
            self.catalog,
            seen,
            orders=orders,
            lines=lines,
            campaigns=post.campaigns,
            streams=self.streams,
        )

    def _written(self, write, sales: ledger.Sales, lines: Lines, keep: np.ndarray) -> pa.Table:
        rows = np.flatnonzero(keep)
        kept = ledger.Sales(
            sales.subject[rows],
            sales.person[rows],
            sales.day[rows],
            sales.second[rows],
            sales.channel[rows],
            sales.store[rows],
            sales.named[rows],
            sales.number.take(pa.array(rows)),
        )
        return write(kept, ledger.chosen_lines(lines, keep), self.catalog, self.people)

    def _over_the_counter(self, days: Ints) -> pa.Table:
        subject, day, store = ledger.passers_by(
            self.config.stores, self.config.customers, days, self.streams
        )
        nobody = np.full(len(subject), -1)
        shoppers = visits.shoppers_of(self.people, nobody, subject, day, self.streams)
        lines = fill(
            self.catalog,
            shoppers,
            offered=np.zeros(len(subject)),
            offers=pa.nulls(len(subject), pa.string()),
            streams=self.streams,
        )
        sales = ledger.Sales(
            subject,
            nobody,
            day,
            ledger.till_seconds(subject, day, self.streams),
            np.full(len(subject), demand.STORE),
            store,
            np.zeros(len(subject), bool),
            ledger.order_numbers(subject, day, "R"),
        )
        return ledger.pos_lines(sales, lines, self.catalog, self.people)

    def _ad_costs(self, days: Ints, seen: visits.Visits) -> pa.Table:
        """Return spending per day and paid channel; more clicks are paid for than visits arrive."""
        paid = [row for row, source in enumerate(visits.SOURCES) if source[3]]
        day, channel = (axis.ravel() for axis in np.meshgrid(days, paid, indexing="ij"))
        arrived = np.zeros((len(days), len(visits.SOURCES)), np.int64)
        np.add.at(arrived, (seen.day - days[0], seen.source), 1)
        noise = 0.85 + 0.3 * self.streams.uniform("ad", channel, day)
        clicks = np.round(arrived[:, paid].ravel() * (1 + 0.25 * noise)).astype(np.int64)
        price = np.array([visits.SOURCES[row][3] for row in channel])
        return shaped(
            AD_COSTS,
            len(day),
            day=pa.array(day.astype("datetime64[D]")).cast(pa.string()),
            channel=pa.array([source[0] for source in visits.SOURCES]).take(pa.array(channel)),
            amount=fen(np.round(clicks * price * noise).astype(np.int64)),
            impressions=pa.array(np.round(clicks * (28 + 20 * noise)).astype(np.int64)),
            clicks=pa.array(clicks),
        )
