"""People at their devices: they open messages, click, leave, and browse the shop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from zhiyin.simulation.rows import Emitted, Reaction
from zhiyin.simulation.segment import calls

_BATCH = 100
_LANDING = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "campaign_id": "id",
}


@dataclass
class VisitReport:
    """What a visitor did, and what went wrong."""

    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    events: int = 0
    batches: int = 0
    failures: list[str] = field(default_factory=list)


class Visitor:
    """Performs a span of days against the product, through its public doors only.

    Parameters
    ----------
    collector
        Address of the collector, such as `http://127.0.0.1:8600`.
    write_key
        The shop's write key, sent as the user of Basic authentication.
    client
        An HTTP client to use; one is made, and closed by `close`, if none is given.
    on_moment
        Told the instant (UTC) of every reaction before it is performed, so that a product whose
        clock is simulated too can note it at that instant.
    """

    def __init__(
        self,
        collector: str,
        write_key: str,
        *,
        client: httpx.Client | None = None,
        on_moment: Callable[[datetime], None] | None = None,
    ):
        self.on_moment = on_moment
        self.endpoint = collector.rstrip("/") + "/v1/batch"
        self.write_key = write_key
        self._owned = client is None
        self.client = client or httpx.Client(timeout=30, trust_env=False)

    def perform(self, emitted: Emitted) -> VisitReport:
        """Do what people do: first what they do with messages, then their visits, by time."""
        report = VisitReport()
        landings: dict[str, dict[str, str]] = {}
        for reaction in emitted.reactions:
            if self.on_moment is not None:
                self.on_moment(reaction.at)
            self._react(reaction, landings, report)
        self.post(self._calls(emitted, landings), report)
        return report

    def post(self, batch: Iterable[Mapping[str, Any]], report: VisitReport | None = None) -> None:
        """Post Segment calls in batches of 100."""
        report = report if report is not None else VisitReport()
        for part in _parts(list(batch)):
            answer = self.client.post(
                self.endpoint, json={"batch": part}, auth=(self.write_key, "")
            )
            report.batches += 1
            if answer.status_code == 200:
                report.events += len(part)
            else:
                report.failures.append(f"batch: {answer.status_code} {answer.text[:200]}")

    def close(self) -> None:
        """Close the client, if the visitor made it."""
        if self._owned:
            self.client.close()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _react(
        self, reaction: Reaction, landings: dict[str, dict[str, str]], report: VisitReport
    ) -> None:
        message = reaction.message
        if reaction.kind == "open" and message.open_url:
            report.opened += self._get(message.open_url, report) is not None
        elif reaction.kind == "click" and message.click_urls:
            answer = self._get(message.click_urls[0], report)
            report.clicked += answer is not None
            if answer is not None:
                landings[reaction.visit] = _landing(answer.headers.get("Location", ""))
        elif reaction.kind == "unsubscribe" and message.unsubscribe_url:
            report.unsubscribed += self._unsubscribe(message.unsubscribe_url, report)

    def _get(self, url: str, report: VisitReport) -> httpx.Response | None:
        """Fetch a link, not where it leads: the shop's pages are not the product's."""
        answer = self.client.get(url, follow_redirects=False)
        if answer.status_code < 400:
            return answer
        report.failures.append(f"{url}: {answer.status_code}")
        return None

    def _unsubscribe(self, url: str, report: VisitReport) -> bool:
        """Leave with one click as RFC 8058 says, or by the page if there is no such door."""
        answer = self.client.post(url, data={"List-Unsubscribe": "One-Click"})
        if answer.status_code in (404, 405):
            return self._get(url, report) is not None
        if answer.status_code >= 400:
            report.failures.append(f"{url}: {answer.status_code}")
        return answer.status_code < 400

    def _calls(
        self, emitted: Emitted, landings: dict[str, dict[str, str]]
    ) -> Iterator[dict[str, Any]]:
        for call in calls(emitted.web_events, emitted.web_order_lines):
            # Links of messages say where they lead; the shop's page tells its tag.
            if landing := landings.get(call["messageId"].rpartition("-")[0]):
                call["context"]["campaign"] = {**call["context"].get("campaign", {}), **landing}
                if "id" in landing and "properties" in call:
                    call["properties"]["campaign_id"] = landing["id"]
            yield call


def _landing(location: str) -> dict[str, str]:
    query = parse_qs(urlsplit(location).query)
    return {name: query[key][0] for key, name in _LANDING.items() if query.get(key)}


def _parts(batch: list[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    for first in range(0, len(batch), _BATCH):
        yield batch[first : first + _BATCH]
