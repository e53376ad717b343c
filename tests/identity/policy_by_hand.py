"""The merge policy in plain Python, one link at a time: slow and easy to read."""

from __future__ import annotations

from zhiyin.identity.policy import KINDS, Policy

RANK = ("linkage", "login", "external_id", "identify", "customer_record", "alias", "decision")


def kind_of(name: str) -> str:
    return name.split(":", 1)[0]


def strength(link: dict, policy: Policy) -> int:
    rank = max(RANK.index(word) for word in link["evidence"].split(","))
    if rank in (0, len(RANK) - 1):
        return 1000 if rank else 0
    weakest = max(policy.kinds.index(kind_of(link[end])) for end in ("left_id", "right_id"))
    return 100 * (len(KINDS) - weakest) + 10 * rank


def rule(link: dict, policy: Policy) -> str:
    words = link["evidence"].split(",")
    kinds = {kind_of(link["left_id"]), kind_of(link["right_id"])}
    if "decision" in words:
        return "decision"
    if "linkage" in words or (kinds == {"user"} and "alias" in words):
        return "always"
    if "user" not in kinds or kinds == {"user"}:
        return "none"
    other = (kinds - {"user"}).pop()
    if other in policy.join_users.by:
        return "always"
    return "names" if other in policy.join_users.if_names_agree else "none"


class ByHand:
    """People as sets of ids; a link is tried by joining two sets and looking at what comes out."""

    def __init__(self, links, policy, *, blocked=(), separate=(), cut=(), names=None):
        self.policy, self.separate, self.names = policy, separate, names or {}
        self.links = {(link["left_id"], link["right_id"]): link for link in links}
        self.verdicts: dict[tuple[str, str], str] = {}
        self.alive = [
            pair
            for pair, link in self.links.items()
            if not set(pair) & set(blocked) or "decision" in link["evidence"]
        ]
        self.person = {name: {name} for pair in self.links for name in pair}
        self.cluster = {name: {name} for name in self.person}
        for left, right in self.alive:
            self._union(self.cluster, left, right)
        self.cut = {
            pair
            for pair in cut
            if pair in self.alive and rule(self.links[pair], policy) != "decision"
        }
        for members in {id(group): group for group in self.cluster.values()}.values():
            self._settle(members)

    def _union(self, groups, left, right):
        both = groups[left] | groups[right]
        for name in both:
            groups[name] = both

    def _counting(self, members):
        """Return the ids that count: of a kind limited to a period only those seen lately."""
        last = {}
        for pair in self.alive:
            for name in pair:
                if name in members and self.links[pair]["last_seen"] is not None:
                    last[name] = max(last.get(name, self.links[pair]["last_seen"]),
                                     self.links[pair]["last_seen"])  # fmt: skip
        newest = max(last.values(), default=None)

        def counts(name):
            days = self.policy.ids[kind_of(name)].within_days
            return days is None or name not in last or (newest - last[name]).days < days or (
                newest - last[name]).total_seconds() <= days * 86400  # fmt: skip

        return {name for name in members if counts(name)}

    def _settle(self, members):
        self.counting = self._counting(members)
        mine = [pair for pair in self.alive if pair[0] in members]
        for pair in mine:
            if pair in self.cut:
                self.verdicts[pair] = "cut"
        mine = [pair for pair in mine if pair not in self.cut]
        mine.sort(key=self._place)
        competing = self._competing(mine)
        for pair in mine:
            if pair not in competing:
                self._try(pair)
        refused = self._shared(competing)
        for pair in mine:
            if pair in refused:
                self.verdicts[pair] = "shared_device"
            elif pair in competing:
                self._try(pair)

    def _place(self, pair):
        link = self.links[pair]
        last = link["last_seen"]
        late = float("inf") if last is None else -last.timestamp()
        return -strength(link, self.policy), -link["seen"], late, pair

    def _competing(self, pairs):
        """Return device -> its links to other kinds of id, of devices that have several."""
        by_device = {}
        for pair in pairs:
            devices = [name for name in pair if kind_of(name) == "anon"]
            if len(devices) == 1 and rule(self.links[pair], self.policy) != "decision":
                by_device.setdefault(devices[0], []).append(pair)
        return {
            pair: device for device, ties in by_device.items() if len(ties) > 1 for pair in ties
        }

    def _shared(self, competing):
        refused = set()
        for device in set(competing.values()):
            ties = [pair for pair, tool in competing.items() if tool == device]
            owner = {pair: self.person[self._other(pair)] for pair in ties}
            called = {
                p: {"login", "identify"} & set(self.links[p]["evidence"].split(",")) for p in ties
            }
            use = {
                p: self.links[p]["seen"] if called[p] or not any(called.values()) else 0
                for p in ties
            }
            people = {id(group): group for group in owner.values() if self._users(group)}
            total = {who: sum(use[p] for p in ties if id(owner[p]) == who) for who in people}
            if len(people) < 2:
                continue
            least = self.policy.shared_device.owner_has_at_least * sum(total.values())
            owns = [who for who in people if total[who] >= least]
            for pair in ties:
                is_free = owns and id(owner[pair]) not in people
                if not is_free and id(owner[pair]) not in owns:
                    refused.add(pair)
        return refused

    def _other(self, pair):
        return pair[1] if kind_of(pair[0]) == "anon" else pair[0]

    def _users(self, group):
        return [name for name in group if kind_of(name) == "user"]

    def _try(self, pair):
        one, other = self.person[pair[0]], self.person[pair[1]]
        verdict = "linked" if one is other else self._objection(pair, one, other)
        self.verdicts[pair] = verdict
        if verdict == "linked":
            self._union(self.person, *pair)

    def _objection(self, pair, one, other):
        for a, b in self.separate:
            if (a in one and b in other) or (a in other and b in one):
                return "separated"
        how = rule(self.links[pair], self.policy)
        if how == "decision":
            return "linked"
        if self._users(one) and self._users(other):
            limit = self.policy.ids["user"].at_most or 2**31
            if len(self._users(one)) + len(self._users(other)) > limit and how != "always":
                names = [{self.names[user] for user in self._users(group) if user in self.names}
                         for group in (one, other)]  # fmt: skip
                agree = len(names[0]) == 1 and names[0] == names[1]
                if how == "none" or not (agree or all(names)):
                    return "users_differ"
                if not agree:
                    return "names_differ"
        for kind in KINDS[1:]:
            at_most = self.policy.ids[kind].at_most
            sizes = [len([n for n in group & self.counting if kind_of(n) == kind])
                     for group in (one, other)]  # fmt: skip
            if at_most is not None and all(sizes) and sum(sizes) > at_most:
                return "limit"
        return "linked"
