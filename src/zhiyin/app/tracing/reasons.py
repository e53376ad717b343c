"""Why something holds of a person: its tags, scores and attributes, down to the facts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zhiyin.app.tracing.back_then import profile_at
from zhiyin.app.tracing.drafts import column_id, object_id
from zhiyin.app.tracing.facts import TABLES, FactsOf, visitors_of
from zhiyin.app.tracing.nodes import Node, Value, values_of
from zhiyin.decisions import api as decisions
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.tagging import api as tagging

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.warehouse.api import LineageGraph

REASONS_SHOWN = 5
IDS_SHOWN = 10
# Whose a fact is comes from identity; the person's node tells it, once.
WHO_IS_WHO = f"column:{PERSON_OF.name}."


class Person:
    """One person as things stood at an instant: what is known, and which facts it rests on."""

    def __init__(
        self,
        workspace: Workspace,
        graph: LineageGraph,
        person_id: str,
        before: datetime,
        *,
        newest: int,
        then: datetime | None = None,
    ) -> None:
        self.person_id = person_id
        self._then = then
        self._workspace, self._warehouse, self._graph = workspace, workspace.warehouse, graph
        self.visitors = visitors_of(workspace, person_id) or [person_id]
        self.facts = FactsOf(workspace, self.visitors, before, newest=newest)

    @cached_property
    def profile(self) -> Mapping[str, Any]:
        """The row of the wide table."""
        return next(iter(self._rows(dm.CUSTOMERS)), {})

    @cached_property
    def earlier(self) -> Mapping[str, Any]:
        """The row as it was at the instant `then`; empty where that is now."""
        if self._then is None:
            return {}
        return profile_at(self._workspace, self.person_id, self.visitors, self._then)

    @cached_property
    def tags(self) -> Mapping[str, Mapping[str, Any]]:
        """The rows of the tags that hold, by name."""
        return {row["tag"]: row for row in self._rows(dm.TAGS)}

    @cached_property
    def scores(self) -> Mapping[str, Mapping[str, Any]]:
        """The rows of the scores, by name."""
        return {row["model"]: row for row in self._rows(dm.SCORES)}

    def node(self) -> Node:
        """Return who this is: ids, records, and where it is first known from."""
        ids = [Node("id", name, "known_as") for name in self.visitors if name != self.person_id]
        records, more = self.facts.newest("record")
        below = [*ids[:IDS_SHOWN], *records] if records else [*ids, *self.facts.anything()]
        hidden = max(len(ids) - IDS_SHOWN, 0) + more
        values = values_of(dm.CUSTOMERS, self.profile, ("name", "is_registered", "is_buyer"))
        return Node("person", self.person_id, "person", values, children=tuple(below), more=hidden)

    def audience(self, name: str) -> Node:
        """Return why the person is in an audience."""
        found = profiles.load_audiences(self._workspace.root).get(name)
        if found is None:
            return Node("audience", name, "member")
        below = self.conditions(found.where)
        return Node("audience", name, "member", title=found.title, children=tuple(below))

    def strategy(self, strategy: decisions.Strategy) -> Node:
        """Return why a strategy is for the person."""
        if strategy.audience is not None:
            below = [self.audience(strategy.audience)]
        else:
            below = self.conditions(profiles.parse_condition(strategy.where, strategy.name))
        return Node(
            "strategy", strategy.name, "strategy", title=strategy.title, children=tuple(below)
        )

    def conditions(self, tree: profiles.Condition) -> list[Node]:
        """Return every leaf of a condition with what is known for it."""
        return [self.leaf(one) for one in dict.fromkeys(profiles.leaves(tree))]

    def leaf(self, leaf: profiles.Condition) -> Node:
        """Return one leaf of a condition: what it asks, and what answers it."""
        written = profiles.to_dict(leaf)
        kind = type(leaf).__name__
        if kind == "Tag":
            below, more = [self.tag(leaf.name)], 0
        elif kind == "Score":
            below, more = [self.score(leaf.model)], 0
        elif kind == "Audience":
            below, more = [self.audience(leaf.name)], 0
        elif profiles.deeds(leaf):
            below, more = self.facts.done(leaf)
        elif kind == "Attribute":
            below, more = [self.attribute(leaf.name)], 0
        else:
            below, more = [], 0
        text = json.dumps(written, ensure_ascii=False, default=str)
        return Node("condition", text, "condition", children=tuple(below), more=more)

    def attribute(self, name: str) -> Node:
        """Return an attribute of the wide table with the facts that it is computed from."""
        below, more = self.resting_on([column_id(dm.CUSTOMERS.name, name)])
        return Node("attribute", f"{dm.CUSTOMERS.name}.{name}", "attribute",
                    self._known(name), children=tuple(below), more=more)  # fmt: skip

    def _known(self, name: str) -> tuple[Value, ...]:
        """Return an attribute's value at the instant asked about, and now where that differs."""
        pii, now = dm.CUSTOMERS.columns[name].pii, self.profile.get(name)
        if self._then is None:
            return (Value("value", now, pii),)
        if name not in self.earlier:
            return (Value("value_now", now, pii),)
        then = Value("value", self.earlier[name], pii)
        return (then,) if then.value == now else (then, Value("value_now", now, pii))

    def consent(self, channel: str) -> Node:
        """Return what the person has agreed to on a channel."""
        rows = [row for row in self._rows(dm.CONSENTS) if row["channel"] == channel]
        values = values_of(dm.CONSENTS, rows[0], ("is_granted", "basis", "since")) if rows else ()
        return Node("consent", channel, "consent", values)

    def tag(self, name: str) -> Node:
        """Return a tag of the person and why it holds; without values where it does not."""
        definition = profiles.load_tags(self._workspace.root).get(name)
        row = self.tags.get(name)
        values = values_of(dm.TAGS, row, ("value", "family", "as_of")) if row else ()
        if definition is None:
            return Node("tag", name, "tag", values)
        below = self.conditions(definition.where)
        if definition.value is not None:
            below.append(self.attribute(definition.value.attribute))
        if isinstance(definition.source, tagging.ModelScore):
            below.append(self.score(definition.source.score))
        counts = definition.kind in ("statistic", "preference")
        facts, more = self.resting_on([object_id("tag", name)]) if counts else ([], 0)
        return Node("tag", name, "tag", values, definition.title, (*below, *facts), more=more)

    def score(self, name: str) -> Node:
        """Return a score of the person with its model, its reasons and the facts behind them."""
        row = self.scores.get(name)
        if row is None:
            return Node("score", name, "score")
        values = values_of(dm.SCORES, row, ("score", "low", "high", "model_version", "as_of"))
        reasons = json.loads(row["reasons"] or "[]")
        shown = [
            Node("feature", reason["feature"], "feature",
                 (Value("value", reason.get("value")), Value("effect", reason.get("effect"))))
            for reason in reasons[:REASONS_SHOWN]
        ]  # fmt: skip
        below, more = self.resting_on([object_id("score", name)])
        more += max(len(reasons) - REASONS_SHOWN, 0)
        return Node("score", name, "score", values, children=(*shown, *below), more=more)

    def resting_on(self, ids: Iterable[str]) -> tuple[list[Node], int]:
        """Return the newest facts of every kind that some objects are computed from."""
        below: list[Node] = []
        more = 0
        for kind in self._kinds_behind(ids):
            nodes, rest = self.facts.newest(kind)
            below += nodes
            more += rest
        return below, more

    def _kinds_behind(self, ids: Iterable[str]) -> list[str]:
        """Return the kinds of facts that are met first on the way up from some objects."""
        waiting, seen, found = list(ids), set(ids), set()
        graph = self._graph.at_columns()
        while waiting:
            for edge in graph.sources.get(waiting.pop(), ()):
                if edge.from_id in seen:
                    continue
                seen.add(edge.from_id)
                kind = _kind_of(edge.from_id)
                if kind is None and not edge.from_id.startswith(WHO_IS_WHO):
                    waiting.append(edge.from_id)
                elif kind is not None:
                    found.add(kind)
        return [kind for kind in dict.fromkeys(TABLES.values()) if kind in found]

    def _rows(self, spec: Any) -> list[dict[str, Any]]:
        table = self._warehouse.read(spec)
        mine = table.filter(table.person_id == self.person_id)
        return self._warehouse.to_arrow(mine).to_pylist()


def _kind_of(name: str) -> str | None:
    kind, _, rest = name.partition(":")
    table = rest if kind == "table" else rest.rpartition(".")[0]
    return TABLES.get(table) if kind in ("table", "column") else None


def person_of(workspace: Workspace, visitor_id: str) -> str:
    """Return the person behind a typed id; an id that nobody knows stands for itself."""
    ids = workspace.warehouse.read(PERSON_OF)
    mine = ids.filter(ids.visitor_id == visitor_id).select("person_id").limit(1)
    found = workspace.warehouse.to_arrow(mine)["person_id"].to_pylist()
    return found[0] if found else visitor_id
