"""The collector: a request in, an answer out once its items are on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from zhiyin.collect.edge.addresses import Addresses
from zhiyin.collect.edge.batches import accepted
from zhiyin.collect.edge.bodies import unpacked
from zhiyin.collect.edge.calls import Call, Way, presented_key
from zhiyin.collect.edge.commits import Deliver, GroupCommit, not_written
from zhiyin.collect.edge.exchange import Answer, Refused, Request
from zhiyin.collect.edge.key_ring import KeyRing
from zhiyin.collect.edge.limits import Limits
from zhiyin.collect.edge.origins import allowing, check_origin, preflight
from zhiyin.collect.edge.pages import Page, page_of
from zhiyin.collect.edge.rates import Rates
from zhiyin.collect.edge.routes import ways
from zhiyin.collect.events import Arrival, Rejected
from zhiyin.core.clock import Clock
from zhiyin.ports.event_log import EventLog
from zhiyin.ports.operational import WriteKey, WriteKeys

Done = Callable[[Answer], None]
# What is left of a call whose items were taken.
_TAKEN = {is_single: Call([], is_single=is_single) for is_single in (True, False)}


@dataclass
class _Exchange:
    """One request on its way to its answer."""

    request: Request
    way: Way
    call: Call
    done: Done
    rejected: Sequence[Rejected] = ()


class Collector:
    """Answers the requests of tracking libraries.

    `200` is answered after the items are on disk. A request that is refused as a whole gets
    `{"code", "message"}`: 400 (body), 401 (key), 403 (origin), 429 (too much; wait), 503 (the log
    or the key store is away; wait). An item that is not acceptable does not sink its batch: it
    goes into the log with its reason, and from there to the quarantine; a single call is also
    told so, with 400.

    Parameters
    ----------
    event_log, keys, clock
        Where items go, who may send, what time it is.
    limits
        How much is taken.
    trusted_proxies
        Whose word on the client's address is believed.
    is_alone
        Whether no other app answers beside: then `/health` and `/version` are answered here.
    """

    def __init__(
        self,
        event_log: EventLog,
        keys: WriteKeys,
        clock: Clock,
        *,
        limits: Limits | None = None,
        trusted_proxies: Sequence[str] = (),
        is_alone: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self._clock, self._is_alone = clock, is_alone
        self._commits = GroupCommit(event_log, most_bytes=self.limits.queue)
        self._ring = KeyRing(keys, clock)
        self._rates, self._addresses = Rates(), Addresses(trusted_proxies)
        self._ways = ways()

    def deliver_with(self, deliver: Deliver) -> None:
        """Have answers given through `deliver`, such as an event loop's `call_soon_threadsafe`."""
        self._commits.deliver = self._ring.deliver = deliver

    @property
    def waiting_bytes(self) -> int:
        """Bytes of accepted items that are not on disk yet."""
        return self._commits.waiting_bytes

    def takes(self, method: str, path: str) -> bool:
        """Return whether the request is for the collector."""
        way = self._ways.get(_plain(path))
        if way is not None:
            return method == "OPTIONS" or method in way.methods
        return page_of(path, self._is_alone) is not None and method in ("GET", "OPTIONS")

    def answer(self, request: Request, done: Done) -> None:
        """Call `done` with the answer: at once, or when the items are on disk."""
        if request.headers.get(b"origin") is not None:
            done = partial(_done_allowing, request, done)
        if request.method == "OPTIONS":
            done(preflight(request))
            return
        way = self._ways.get(_plain(request.path))
        if way is None or request.method not in way.methods:
            done(self._page(request))
            return
        try:
            call = way.read(request, unpacked(request, self.limits.request), self.limits)
            if not way.needs_key:
                done(way.done)
                return
            key = presented_key(request, call.key)
            if key is None:
                raise Refused(
                    401, "no_write_key", "No write key was sent; use Basic, the body or the query."
                )
            self._ring.find(key, partial(self._found, _Exchange(request, way, call, done)))
        except Refused as refused:
            done(way.done if way.always_answers else refused.answer())

    def close(self) -> None:
        """Finish what was asked, write what was accepted, and end the threads."""
        self._ring.close()
        self._commits.close()

    def _page(self, request: Request) -> Answer:
        page = page_of(request.path, self._is_alone)
        if page is None or request.method != "GET":
            return Refused(
                404, "not_found", f"There is no {request.method} {request.path} here."
            ).answer()
        return page(Page(request, self.waiting_bytes))

    def _found(self, exchange: _Exchange, source: WriteKey | Refused) -> None:
        """Go on with a request, now that its source is known."""
        try:
            if isinstance(source, Refused):
                raise source
            self._take(exchange, source)
        except Refused as refused:
            self._refuse(exchange, refused)

    def _take(self, exchange: _Exchange, source: WriteKey) -> None:
        call, request = exchange.call, exchange.request
        if source.allowed_origins:
            check_origin(request, source.allowed_origins)
        self._rates.spend(source, len(call.items))
        taken = accepted(call, self._arrival(source, request, call), self.limits.item)
        exchange.rejected = taken.rejected
        # While the items wait for the disk, their request need not take its room a second time.
        exchange.call, request.body = _TAKEN[call.is_single], b""
        if not taken.bodies:
            exchange.done(exchange.way.done)
            return
        self._commits.submit(taken.bodies, taken.keys, partial(self._settled, exchange))

    def _arrival(self, source: WriteKey, request: Request, call: Call) -> Arrival:
        agent = request.headers.get(b"user-agent")
        return Arrival(
            source.name,
            self._clock.now(),
            call.sent_at,
            call.kind,
            call.context,
            source.source_type,
            self._addresses.of(request),
            agent.decode("latin-1") if agent else None,
            source.required_consents,
        )

    def _settled(self, exchange: _Exchange, error: BaseException | None) -> None:
        if error is not None:
            self._refuse(exchange, not_written(error))
        elif exchange.rejected and exchange.call.is_single:
            first = exchange.rejected[0]
            self._refuse(exchange, Refused(400, first.reason, first.detail))
        else:
            exchange.done(exchange.way.done)

    def _refuse(self, exchange: _Exchange, refused: Refused) -> None:
        way = exchange.way
        exchange.done(way.done if way.always_answers else refused.answer())


def _done_allowing(request: Request, done: Done, answer: Answer) -> None:
    done(replace(answer, headers=(*answer.headers, *allowing(request))))


def _plain(path: str) -> str:
    return path[:-1] if path.endswith("/") and len(path) > 1 else path
