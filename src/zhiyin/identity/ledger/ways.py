"""Ways through links: how two ids hang together, and how a person falls into two."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence

from zhiyin.identity.ledger.records import Link


def chain(links: Iterable[Link], start: str, end: str) -> tuple[Link, ...]:
    """Return the best way from one id to another; empty if there is none.

    Of all ways the one whose weakest link is strongest, among those the one with the fewest links,
    and among those the first by the ids it passes. (The bottleneck path of Pollack, 1960.)
    """
    at: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        for side in link.ends:
            at[side].append(link)
    weakest = _weakest_on_the_best_way(at, start, end)
    return () if weakest is None else _shortest(at, start, end, at_least=weakest)


def _weakest_on_the_best_way(at: dict[str, list[Link]], start: str, end: str) -> int | None:
    """Return the strength of the weakest link of the best way; None if there is no way."""
    strongest = max((link.strength for links in at.values() for link in links), default=0)
    # Strengths are negated because the heap gives the smallest.
    waiting, reached = [(-strongest, start)], set()
    while waiting:
        weakest, place = heapq.heappop(waiting)
        if place == end:
            return -weakest
        if place in reached:
            continue
        reached.add(place)
        for link in at[place]:
            if link.other(place) not in reached:
                heapq.heappush(waiting, (max(weakest, -link.strength), link.other(place)))
    return None


def _shortest(
    at: dict[str, list[Link]], start: str, end: str, *, at_least: int
) -> tuple[Link, ...]:
    """Return the way with the fewest links, none of them weaker than `at_least`."""
    came: dict[str, Link | None] = {start: None}
    front = [start]
    while front and end not in came:
        following: list[str] = []
        for place in front:
            steps = (link for link in at[place] if link.strength >= at_least)
            for link in sorted(steps, key=lambda link: link.other(place)):
                if link.other(place) not in came:
                    came[link.other(place)] = link
                    following.append(link.other(place))
        front = following
    way: list[Link] = []
    place = end
    while (link := came[place]) is not None:
        way.append(link)
        place = link.other(place)
    return tuple(reversed(way))


def parted(
    links: Sequence[Link], one_side: Iterable[str], other_side: Iterable[str]
) -> tuple[tuple[Link, ...], frozenset[str]]:
    """Return the links that have to be cut so that two sides fall apart, and what stays with one.

    Links are taken strongest first (Kruskal, 1956); one that would bring the two sides together is
    cut. So an id of neither side stays with the side that it is tied to more strongly.

    Parameters
    ----------
    links : linked links of one person.
    one_side, other_side : ids that are to belong together; the sides share none.

    Returns
    -------
    tuple
        The cut links, and all ids that then hang together with `one_side`.
    """
    groups = _Groups()
    ones, others = groups.gathered(one_side), groups.gathered(other_side)
    cut: list[Link] = []
    for link in sorted(links, key=lambda link: (-link.strength, -link.seen, *link.ends)):
        sides = {groups.root(end) for end in link.ends}
        if sides == {groups.root(ones), groups.root(others)}:
            cut.append(link)
        else:
            groups.join(*link.ends)
    mine = groups.root(ones)
    return tuple(cut), frozenset(name for name in groups.known() if groups.root(name) == mine)


class _Groups:
    """Union-find over ids."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def known(self) -> list[str]:
        return list(self._parent)

    def root(self, name: str) -> str:
        self._parent.setdefault(name, name)
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        self._parent[self.root(one)] = self.root(other)

    def gathered(self, names: Iterable[str]) -> str:
        """Make one group of the names and return one of them."""
        first, *rest = sorted(names)
        self.root(first)
        for name in rest:
            self.join(first, name)
        return first
