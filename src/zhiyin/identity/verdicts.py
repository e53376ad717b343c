"""What the merge policy makes of links: clusters, and within them who is joined."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity import kernels
from zhiyin.identity.coding import (
    Graph,
    clusters,
    coded,
    firsts,
    found_in,
    kind_places,
    places_of,
    text_order,
)
from zhiyin.identity.policy import KINDS, Policy
from zhiyin.stats.loops import fitting

# Kinds of evidence, strongest first; a person's word goes before all, a model's comes last.
EVIDENCE = (
    "decision", "alias", "customer_record", "identify", "external_id", "login", "linkage",
)  # fmt: skip
USER, ANON = KINDS.index("user"), KINDS.index("anon")
REASONS = ("", "users_differ", "names_differ", "limit", "separated", "cut", "shared_device")
UNLIMITED = 2**31 - 1
DAY_IN_MICROSECONDS = 86_400_000_000
NEVER = np.iinfo(np.int64).min

NamesOf = Callable[[pa.Array], pa.Table]


def no_names(users: pa.Array) -> pa.Table:
    """Return no names, for where there are no records."""
    del users
    return pa.table({"visitor_id": pa.array([], pa.string()), "name": pa.array([], pa.string())})


@dataclass(frozen=True)
class Inputs:
    """What a verdict depends on beside the links.

    Attributes
    ----------
    policy : the merge policy.
    blocked : ids that identify nobody.
    separate, cut : `left_id` and `right_id` of the decisions that hold.
    names_of : gives `visitor_id` and `name` of the records of some users.
    """

    policy: Policy
    blocked: pa.Array | pa.ChunkedArray = field(default_factory=lambda: pa.array([], pa.string()))
    separate: pa.Table | None = None
    cut: pa.Table | None = None
    names_of: NamesOf = no_names


def with_verdicts(links: pa.Table, inputs: Inputs) -> pa.Table:
    """Return the links with strength, verdict, reason, cluster and rule.

    Blocked ids are taken out; what the others' links connect is a cluster. A cluster without two
    customer numbers, an exceeded limit or a decision that keeps ids apart is one person. In the
    others links are taken strongest first, and each that would break the policy is refused: by
    `strength`, then how often it was seen, then how lately, then by text, which is a total order.
    So the result depends on the set of links and on nothing else.

    Parameters
    ----------
    links : left_id, right_id, evidence, seen, last_seen, each pair once; further columns are kept.
    """
    graph = coded(links["left_id"], links["right_id"])
    kinds = kind_places(graph.names, KINDS)
    strength = strengths(links, kinds[graph.left], kinds[graph.right], inputs.policy)
    is_blocked = found_in(graph.names, inputs.blocked)
    by_decision = has_evidence(links, "decision")
    alive = ~(is_blocked[graph.left] | is_blocked[graph.right]) | by_decision
    label = clusters(graph, alive)
    order = [inputs.policy.kinds.index(kind) for kind in KINDS] + [len(KINDS)]
    first = firsts(graph.names, np.array(order, np.int8)[kinds], label)
    case = Case(links, graph, inputs, kinds=kinds, label=label, alive=alive, strength=strength)
    verdict, used = case.judged()
    at = np.where(is_blocked[graph.left] & ~is_blocked[graph.right], graph.right, graph.left)
    return shown(case, verdict, used, graph.names.take(pa.array(first[at])))


def shown(case: Case, verdict: np.ndarray, used: np.ndarray, cluster: pa.Array) -> pa.Table:
    """Return the links with their verdicts in words."""
    code = np.where(case.alive, np.where(verdict == 0, 0, 1), 2).astype(np.int8)
    reasons = pa.array([None, *REASONS[1:], "blocked"], pa.string())
    reason = np.where(case.alive, verdict, len(REASONS)).astype(np.int8)
    words = {
        "strength": pa.array(case.strength, pa.int64()),
        "verdict": pa.array(["linked", "refused", "blocked"]).take(pa.array(code)),
        "reason": reasons.take(pa.array(reason)),
        "cluster_id": cluster.cast(pa.string()),
        "rule": pc.if_else(pa.array(used), rule_names(case), None),
    }
    kept = case.links
    for name, column in words.items():
        if name in kept.column_names:
            kept = kept.drop_columns(name)
        kept = kept.append_column(name, column)
    return kept


def has_evidence(links: pa.Table, kind: str) -> np.ndarray:
    """Return whether each link's evidence names a kind."""
    if links.num_rows == 0:
        return np.zeros(0, bool)
    words = links["evidence"].combine_chunks().dictionary_encode()
    if isinstance(words, pa.ChunkedArray):
        words = words.unify_dictionaries().combine_chunks()
    holds = np.array([kind in text.split(",") for text in words.dictionary.to_pylist()], bool)
    return holds[words.indices.to_numpy(zero_copy_only=False)]


def strengths(links: pa.Table, left: np.ndarray, right: np.ndarray, policy: Policy) -> np.ndarray:
    """Return the rank of each link: by the weaker kind of its two ids, then by its evidence."""
    order = np.array([policy.kinds.index(kind) for kind in KINDS] + [len(KINDS)], np.int64)
    by_kind = 100 * (len(KINDS) - np.maximum(order[left], order[right]))
    rank = np.zeros(links.num_rows, np.int64)
    for place, kind in enumerate(reversed(EVIDENCE)):
        rank[has_evidence(links, kind)] = place
    by_evidence = np.where(rank == 0, 0, by_kind + 10 * rank)
    return np.where(rank == len(EVIDENCE) - 1, 1000, by_evidence)


def rule_names(case: Case) -> pa.Array:
    """Return in words what would let each link join two users."""
    kinds = np.minimum(case.other_kind, len(KINDS) - 1)
    words = pa.array([*KINDS, "decision", "linkage", "alias", "names"])
    place = np.where(case.rule == kernels.IF_NAMES_AGREE, len(KINDS) + 3, kinds)
    place = np.where(case.is_alias, len(KINDS) + 2, place)
    place = np.where(case.is_linkage & ~case.is_alias, len(KINDS) + 1, place)
    place = np.where(case.rule == kernels.DECISION, len(KINDS), place)
    return words.take(pa.array(place.astype(np.int8)))


class Case:
    """One set of links to be judged, with what is known of each link and id."""

    def __init__(
        self,
        links: pa.Table,
        graph: Graph,
        inputs: Inputs,
        *,
        kinds: np.ndarray,
        label: np.ndarray,
        alive: np.ndarray,
        strength: np.ndarray,
    ) -> None:
        self.links, self.graph, self.kinds = links, graph, kinds
        self.label, self.alive, self.strength = label, alive, strength
        self.inputs, self.policy = inputs, inputs.policy
        self.rule = self._rules()
        self.weight = self._weights()

    def judged(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the verdict of each link, and whether it joined two users by a rule."""
        verdict = np.zeros(self.links.num_rows, np.int8)
        used = np.zeros(self.links.num_rows, bool)
        is_cut = self._cut_links()
        verdict[is_cut] = kernels.CUT
        apart = self._kept_apart()
        suspect = self._suspects(is_cut, apart)
        chosen = np.flatnonzero(suspect[self.label[self.graph.left]] & self.alive & ~is_cut)
        if len(chosen):
            verdict[chosen], used[chosen] = Contest(self, chosen, apart).settled()
        return verdict, used

    def _rules(self) -> np.ndarray:
        left, right = self.kinds[self.graph.left], self.kinds[self.graph.right]
        of_user = (left == USER) | (right == USER)
        self.other_kind = np.where(left == USER, right, left)
        join = self.policy.join_users
        by = np.isin(self.other_kind, [KINDS.index(kind) for kind in join.by if kind in KINDS])
        by_name = np.isin(self.other_kind, [KINDS.index(kind) for kind in join.if_names_agree])
        both = (left == USER) & (right == USER)
        self.is_alias = both & has_evidence(self.links, "alias") & ("alias" in join.by)
        self.is_linkage = has_evidence(self.links, "linkage")
        rule = np.where(of_user & by_name & ~both, kernels.IF_NAMES_AGREE, kernels.NO_RULE)
        always = (of_user & by & ~both) | self.is_alias | self.is_linkage
        rule[always] = kernels.ALWAYS
        rule[has_evidence(self.links, "decision")] = kernels.DECISION
        return rule.astype(np.int8)

    def _weights(self) -> np.ndarray:
        """Return whether each id counts where its kind is limited to a period."""
        counts = np.ones(self.graph.size, bool)
        for place, kind in enumerate(KINDS):
            days = self.policy.ids[kind].within_days
            if days is not None:
                last, newest = self._last_seen()
                late = last >= newest - days * DAY_IN_MICROSECONDS
                counts &= (self.kinds != place) | (last == NEVER) | late
        return counts

    def _last_seen(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the last instant of each id, and of its cluster; `NEVER` where none is known."""
        seen = instants(self.links["last_seen"])[self.alive]
        last = np.full(self.graph.size, NEVER, np.int64)
        np.maximum.at(last, self.graph.left[self.alive], seen)
        np.maximum.at(last, self.graph.right[self.alive], seen)
        newest = np.full(self.graph.size, NEVER // 2, np.int64)
        np.maximum.at(newest, self.label, last)
        return last, newest[self.label]

    def _cut_links(self) -> np.ndarray:
        pairs = self.inputs.cut
        if pairs is None or pairs.num_rows == 0:
            return np.zeros(self.links.num_rows, bool)
        ends = [places_of(self.graph.names, pairs[side]) for side in ("left_id", "right_id")]
        size = self.graph.size
        known = (ends[0] >= 0) & (ends[1] >= 0)
        wanted = (ends[0] * size + ends[1])[known]
        keys = self.graph.left.astype(np.int64) * size + self.graph.right
        return np.isin(keys, wanted) & (self.rule != kernels.DECISION)

    def _kept_apart(self) -> np.ndarray:
        pairs = self.inputs.separate
        if pairs is None or pairs.num_rows == 0:
            return np.zeros((0, 2), np.int64)
        ends = [places_of(self.graph.names, pairs[side]) for side in ("left_id", "right_id")]
        both = np.stack(ends, axis=1)
        both = both[(both >= 0).all(axis=1)]
        return both[self.label[both[:, 0]] == self.label[both[:, 1]]]

    def _suspects(self, is_cut: np.ndarray, apart: np.ndarray) -> np.ndarray:
        """Return for each label whether anything speaks against its being one person."""
        suspect = np.zeros(self.graph.size, bool)
        for place, kind in enumerate(KINDS):
            at_most = 1 if place == USER else self.policy.ids[kind].at_most
            if at_most is not None:
                mine = self.label[(self.kinds == place) & self.weight]
                suspect |= np.bincount(mine, minlength=self.graph.size) > at_most
        suspect[self.label[self.graph.left[is_cut]]] = True
        suspect[self.label[apart[:, 0]]] = True
        return suspect


class Contest:
    """The links of clusters that would break the policy, taken strongest first."""

    def __init__(self, case: Case, chosen: np.ndarray, apart: np.ndarray) -> None:
        self.case, self.chosen = case, chosen
        ends = np.concatenate([case.graph.left[chosen], case.graph.right[chosen]])
        self.nodes, inverse = np.unique(ends, return_inverse=True)
        inverse = inverse.astype(np.int32)
        self.left, self.right = inverse[: len(chosen)], inverse[len(chosen) :]
        self.kinds = case.kinds[self.nodes]
        self.seen = case.links["seen"].to_numpy()[chosen]
        # An id that only cut links tie is joined to nobody, so nothing need keep it apart.
        known = np.isin(apart, self.nodes).all(axis=1)
        self.apart = np.searchsorted(self.nodes, apart[known]).astype(np.int32)
        self.verdict = np.zeros(len(chosen), np.int8)
        self.used = np.zeros(len(chosen), bool)
        self._open()

    def settled(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the verdict of each chosen link, and whether it joined two users by a rule."""
        order = self._order()
        device, other = self._device_ends()
        late = device >= 0
        self._join(order[~late[order]])
        refused = self._shared_devices(np.flatnonzero(late), device, other)
        self.verdict[refused] = kernels.SHARED_DEVICE
        late[refused] = False
        self._join(order[late[order]])
        return self.verdict, self.used

    def _open(self) -> None:
        size, case = len(self.nodes), self.case
        self.parent = np.arange(size, dtype=np.int32)
        self.counts = np.zeros((size, len(KINDS) + 1), np.int32)
        self.counts[np.arange(size), self.kinds] = case.weight[self.nodes]
        self.kept_apart = np.zeros(size, bool)
        self.kept_apart[self.apart.ravel()] = True
        self.limits = np.array(
            [case.policy.ids[kind].at_most or UNLIMITED for kind in KINDS] + [UNLIMITED], np.int64
        )
        self.name = self._names()

    def _join(self, order: np.ndarray) -> None:
        fitting(kernels.join_within_limits, len(order))(
            order, self.left, self.right, self.case.rule[self.chosen], self.verdict, self.used,
            self.parent, self.counts, self.name, self.kept_apart, self.apart, self.limits,
        )  # fmt: skip

    def _order(self) -> np.ndarray:
        names = self.case.graph.names
        rank = np.empty(len(self.nodes), np.int64)
        rank[text_order(names, self.nodes)] = np.arange(len(self.nodes))
        last = instants(self.case.links["last_seen"])[self.chosen]
        strength = self.case.strength[self.chosen]
        return np.lexsort((rank[self.right], rank[self.left], -(last // 2), -self.seen, -strength))

    def _names(self) -> np.ndarray:
        """Return a number for the name of each user's record; users of one name share it."""
        name = np.full(len(self.nodes), kernels.UNKNOWN, np.int64)
        asks = self.case.rule[self.chosen] == kernels.IF_NAMES_AGREE
        ends = np.unique(np.concatenate([self.left[asks], self.right[asks]]))
        # A link may meet any user of the clusters that have such links, not only its own end.
        label = self.case.label[self.nodes]
        users = np.flatnonzero((self.kinds == USER) & np.isin(label, label[ends]))
        ids = self.case.graph.names.take(pa.array(self.nodes[users])).cast(pa.string())
        told = self.case.inputs.names_of(ids)
        spelled = dict(zip(told["visitor_id"].to_pylist(), told["name"].to_pylist(), strict=True))
        numbers: dict[str, int] = {}
        for node, user in zip(users.tolist(), ids.to_pylist(), strict=True):
            plain = plain_name(spelled.get(user))
            if plain:
                name[node] = numbers.setdefault(plain, len(numbers))
        return name

    def _device_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the device of each link that competes for one, else -1; and its other end."""
        left, right = self.kinds[self.left] == ANON, self.kinds[self.right] == ANON
        device = np.where(left, self.left, self.right)
        other = np.where(left, self.right, self.left)
        competes = (left ^ right) & (self.case.rule[self.chosen] != kernels.DECISION)
        rivals = np.bincount(device[competes], minlength=len(self.nodes))
        competes &= rivals[device] > 1
        return np.where(competes, device, -1), other

    def _shared_devices(
        self, late: np.ndarray, device: np.ndarray, other: np.ndarray
    ) -> np.ndarray:
        """Return the links that would give a shared device to one who does not own it."""
        owner = kernels.roots(self.parent, other[late])
        tool = device[late]
        is_users = self.counts[owner, USER] > 0
        uses = self._uses(late, tool)
        keys = np.stack([tool[is_users], owner[is_users]], axis=1)
        pairs, place = np.unique(keys, axis=0, return_inverse=True)
        use = np.bincount(place.ravel(), weights=uses[is_users], minlength=len(pairs))
        total = np.bincount(pairs[:, 0], weights=use, minlength=len(self.nodes))
        people = np.bincount(pairs[:, 0], minlength=len(self.nodes))
        least = self.case.policy.shared_device.owner_has_at_least
        owns = use >= least * total[pairs[:, 0]]
        owner_of = np.full(len(self.nodes), -1, np.int64)
        owner_of[pairs[owns, 0]] = pairs[owns, 1]
        shared = people[tool] > 1
        free = ~is_users & (owner_of[tool] >= 0)
        return late[shared & ~free & (owner_of[tool] != owner)]

    def _uses(self, late: np.ndarray, tool: np.ndarray) -> np.ndarray:
        """Return how often each link saw its device in use; records count where no call did."""
        links = self.case.links.take(pa.array(self.chosen[late]))
        called = has_evidence(links, "login") | has_evidence(links, "identify")
        seen = self.seen[late]
        uses = np.where(called, seen, 0)
        any_call = np.bincount(tool, weights=uses, minlength=len(self.nodes)) > 0
        return np.where(any_call[tool], uses, seen)


def plain_name(name: str | None) -> str:
    """Return a name as it is compared: width, case, spaces and the order of its words aside."""
    words = unicodedata.normalize("NFKC", name or "").casefold().split()
    return " ".join(sorted(words))


def instants(column: pa.ChunkedArray) -> np.ndarray:
    """Return microseconds since 1970; `NEVER` where null."""
    whole = column.cast(pa.timestamp("us")).cast(pa.int64())
    return whole.fill_null(NEVER).to_numpy()
