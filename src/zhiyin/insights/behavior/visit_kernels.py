"""Loops that cut people's events into visits, and visits into the links of paths."""

from __future__ import annotations

import numpy as np


def cut_visits(
    person: np.ndarray, ts: np.ndarray, gap: int, first: np.ndarray, last: np.ndarray
) -> int:
    """Find the first and the last position of each visit; return how many there are.

    A visit is a longest run of one person's events in which no two neighbors lie further apart than
    `gap` milliseconds.
    """
    found = 0
    for row in range(len(person)):
        if row and person[row] == person[row - 1] and ts[row] - ts[row - 1] <= gap:
            last[found - 1] = row
        else:
            first[found] = row
            last[found] = row
            found += 1
    return found


def count_binned(sizes: np.ndarray, edges: np.ndarray, counts: np.ndarray) -> None:
    """Count the sizes that lie from each edge to below the next.

    Parameters
    ----------
    sizes : none of them below the first edge.
    edges : ascending; few, so that trying them in turn is fastest.
    counts : in and out; one for each edge.
    """
    for one in sizes:
        place = 0
        while place + 1 < len(edges) and one >= edges[place + 1]:
            place += 1
        counts[place] += 1


def link_paths(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one loop, so that numba can compile it
    person: np.ndarray,
    ts: np.ndarray,
    item: np.ndarray,
    gap: int,
    steps: int,
    ends: tuple[int, int],
    items: int,
    times: np.ndarray,
    people: np.ndarray,
    spent: np.ndarray,
    newest: np.ndarray,
    entered: np.ndarray,
    wanted: int,
    taken: np.ndarray,
) -> int:
    """Count the links of paths; return how many paths there are.

    A path is the items of one visit, of equal neighbors the first. With a start it begins at the
    first item that is it; with an end it stops at the first end after that, and its last `steps`
    items count, else the first ones. A path without a start or an end that is asked for is none.

    Parameters
    ----------
    person, ts, item : by person and instant; items are numbers below `items`.
    gap : milliseconds of silence that end a visit; 0 for no end.
    steps : most items of a path that count.
    ends : start and end; -1 where none is asked for.
    times, people, spent : in and out; of link (place * items + source) * items + target how often
        it was gone, by how many people, and how many milliseconds it took.
    newest : in and out; the last person on each link, at first -1.
    entered : in and out; how often each item was the first.
    wanted : a link whose people are meant, -1 for none.
    taken : out; at the first row of each of these people, true.
    """
    rows, row, found = len(person), 0, 0
    while row < rows:
        end = row + 1
        while (
            end < rows and person[end] == person[row] and (gap == 0 or ts[end] - ts[end - 1] <= gap)
        ):
            end += 1
        first, last = row, end - 1
        if ends[0] >= 0:
            while first < end and item[first] != ends[0]:
                first += 1
        if ends[1] >= 0 and first < end:
            last = first
            while last < end and item[last] != ends[1]:
                last += 1
        if first < end and last < end:
            length = 1
            for place in range(first + 1, last + 1):
                if item[place] != item[place - 1]:
                    length += 1
            skipped = length - steps if ends[1] >= 0 and length > steps else 0
            if skipped:
                place = first
                while skipped:
                    place += 1
                    if item[place] != item[place - 1]:
                        skipped -= 1
                first = place
            found += 1
            entered[item[first]] += 1
            before, place, step = first, first + 1, 0
            while place <= last and step < steps - 1:
                if item[place] != item[before]:
                    link = (step * items + item[before]) * items + item[place]
                    times[link] += 1
                    spent[link] += ts[place] - ts[before]
                    if newest[link] != person[row]:
                        newest[link] = person[row]
                        people[link] += 1
                    if link == wanted:
                        taken[row] = True
                    before = place
                    step += 1
                place += 1
        row = end
    return found


def touched_paths(  # noqa: PLR0917 - one loop, so that numba can compile it
    person: np.ndarray,
    ts: np.ndarray,
    touch: np.ndarray,
    is_goal: np.ndarray,
    window: int,
    most: int,
    path: np.ndarray,
    begun: np.ndarray,
) -> None:
    """Say which touches led to each goal.

    Touches are those in the window before a goal and after the goal before it, equal neighbors
    once, the last `most` of them. They are told as digits, the first the highest, in base 256 and
    counted from 1, so that no touch at all is 0.

    Parameters
    ----------
    person, ts : by person and instant.
    touch : the number of a row's touch, below 255; -1 where it is none.
    is_goal : whether the row is a goal. A row that is both is first a touch.
    window : milliseconds.
    path, begun : out; for rows that are goals, the touches, and the instant of the first of them
        (or the goal's own).
    """
    since = 0
    for row in range(len(person)):
        if row and person[row] != person[row - 1]:
            since = row
        if not is_goal[row]:
            continue
        count, digits, unit, next_touch = 0, np.int64(0), np.int64(1), -1
        begun[row] = ts[row]
        place = row
        while place >= since and ts[row] - ts[place] <= window and count < most:
            if touch[place] >= 0 and touch[place] != next_touch:
                digits += unit * (touch[place] + 1)
                unit *= 256
                next_touch = touch[place]
                count += 1
            if touch[place] >= 0 and count:
                begun[row] = ts[place]
            place -= 1
        path[row] = digits
        since = row + 1
