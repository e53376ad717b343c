"""People worked out from evidence that a test makes up, with the ledger kept of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from tests.identity.ledger.book import START, Book

from zhiyin.identity.components import KINDS, linked_people
from zhiyin.identity.ledger.api import ledger_builds
from zhiyin.identity.policy import load_policy
from zhiyin.identity.tables import DECISIONS, LINKS, PERSON_OF
from zhiyin.identity.verdicts import EVIDENCE, Inputs, with_verdicts
from zhiyin.ports.warehouse import How
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.api import BuildContext

Pair = tuple[str, str]


class Shop(Book):
    """A book whose people follow from evidence and decisions, by the policy that ships with us."""

    policy = load_policy()

    def see(self, *pairs: Pair, evidence: str = "alias") -> None:
        """Take evidence in; it counts from the next `run` on."""
        for one, other in pairs:
            self.seen.setdefault((min(one, other), max(one, other)), set()).add(evidence)

    def clear(self) -> None:
        super().clear()
        self.seen: dict[Pair, set[str]] = {}

    def run(self) -> dict[str, str]:
        """Work out who is who, and return the person of each id.

        The verdicts and people are those of the builds, without the expressions around them, which
        would take most of a test's time.
        """
        self.now += timedelta(minutes=1)
        self.runs += 1
        judged = self._judged()
        self.warehouse.write(LINKS, judged)
        people = linked_people(judged, KINDS)
        when = pa.repeat(pa.scalar(self.now, pa.timestamp("us")), people.num_rows)
        self.warehouse.write(PERSON_OF, people.append_column("changed_at", when))
        context = BuildContext(as_of=START, built_at=self.now, run_id=f"run{self.runs}")
        for build in ledger_builds():
            tables = [self.warehouse.read(spec) for spec in (build.spec, *build.inputs)]
            self.warehouse.write(build.spec, build.build(*tables, context=context), How.APPEND)
        return self.people()

    def _judged(self) -> pa.Table:
        held = [row for row in self.rows(DECISIONS, "decision_id") if row["revoked_at"] is None]
        told = {pair: set(kinds) for pair, kinds in self.seen.items()}
        for row in held:
            if row["kind"] == "join":
                told.setdefault((row["left_id"], row["right_id"]), set()).add("decision")
        rows = [
            {
                "left_id": left,
                "right_id": right,
                "evidence": ",".join(kind for kind in EVIDENCE if kind in kinds),
                "sources": "web",
                "seen": 1,
                "changed_at": self.now,
            }
            for (left, right), kinds in sorted(told.items())
        ]
        table = rows_of(DECISIONS, *held)
        separate, cut = (table.filter(pc.equal(table["kind"], k)) for k in ("separate", "cut"))
        inputs = Inputs(self.policy, separate=separate, cut=cut)
        return with_verdicts(rows_of(LINKS, *rows), inputs).select(list(LINKS.columns))

    def people(self) -> dict[str, str]:
        rows = self.rows(PERSON_OF, "visitor_id")
        return {row["visitor_id"]: row["person_id"] for row in rows}

    def moment(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def together(people: dict[str, str], ids: Iterable[str]) -> set[frozenset[str]]:
    """Return which of the ids are one person, whatever its name."""
    groups: dict[str, set[str]] = {}
    for name in ids:
        groups.setdefault(people.get(name, name), set()).add(name)
    return {frozenset(group) for group in groups.values()}
