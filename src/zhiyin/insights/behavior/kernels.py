"""Loops over people's events, in each person's order, that no array operation can do.

They are plain Python over numpy arrays, to be run by `stats.loops`.
"""

from __future__ import annotations

import numpy as np

# Bits of a mask: steps from 0 on, exclusions from here on.
EXCLUSIONS_FROM = 20


def find_breaks(person: np.ndarray, ts: np.ndarray, breaks: np.ndarray) -> int:
    """Find the rows that belong before the one before them; return how many there are.

    Parameters
    ----------
    breaks : out; the positions of the first ones, as many as it holds.
    """
    found = 0
    for row in range(1, len(person)):
        if person[row] < person[row - 1] or (
            person[row] == person[row - 1] and ts[row] < ts[row - 1]
        ):
            if found < len(breaks):
                breaks[found] = row
            found += 1
    return found


def count_people(
    group: np.ndarray, person: np.ndarray, people: np.ndarray, newest: np.ndarray
) -> int:
    """Count the different people of each group; return how many there are in all.

    Parameters
    ----------
    group, person : of each row, by person.
    people : in and out; of each group its people.
    newest : in and out; of each group the person met last, at first -1.
    """
    found = 0
    for row in range(len(person)):
        if not row or person[row] != person[row - 1]:
            found += 1
        if newest[group[row]] != person[row]:
            newest[group[row]] = person[row]
            people[group[row]] += 1
    return found


def keep_masked(  # noqa: PLR0917 - one loop, so that numba can compile it
    person: np.ndarray,
    ts: np.ndarray,
    number: np.ndarray,
    masks: np.ndarray,
    is_strict: bool,
    mask: np.ndarray,
) -> int:
    """Move the rows that fit any step to the front, in their order; return how many there are.

    Parameters
    ----------
    person, ts : in and out.
    number : event numbers; those that `masks` does not know fit nothing.
    masks : for each event number the bits of the steps that it fits.
    is_strict : whether the others stay too.
    mask : out; the bits of each row that stays.
    """
    found = 0
    for row in range(len(person)):
        one = number[row]
        bits = masks[one] if 0 <= one < len(masks) else np.int32(0)
        if bits != 0 or is_strict:
            person[found] = person[row]
            ts[found] = ts[row]
            mask[found] = bits
            found += 1
    return found


def has_ties(person: np.ndarray, ts: np.ndarray) -> bool:
    """Return whether two neighbors are one person's and of one instant."""
    for row in range(1, len(person)):
        if ts[row] == ts[row - 1] and person[row] == person[row - 1]:
            return True
    return False


def settle_ties(person: np.ndarray, ts: np.ndarray, mask: np.ndarray, order: np.ndarray) -> bool:
    """Sort positions of one person's events of one instant: by first step, mask, others last.

    `order` holds the positions 0, 1, … and is changed in place; returns whether it was.
    """
    changed = False
    start, rows = 0, len(person)
    while start < rows:
        end = start + 1
        while end < rows and person[end] == person[start] and ts[end] == ts[start]:
            end += 1
        if end - start > 1:
            keys = np.empty(end - start, dtype=np.int64)
            is_sorted = True
            for place in range(end - start):
                bits = np.int64(mask[start + place])
                keys[place] = ((bits & -bits) << 31) | bits if bits else np.int64(1) << 62
                if place and keys[place] < keys[place - 1]:
                    is_sorted = False
            if not is_sorted:
                order[start:end] = start + np.argsort(keys, kind="mergesort")
                changed = True
        start = end
    return changed


def ordered_chains(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one loop, so that numba can compile it
    person: np.ndarray,
    ts: np.ndarray,
    mask: np.ndarray,
    steps: int,
    window: int,
    entry: tuple[int, int],
    after: np.ndarray,
    before: np.ndarray,
    is_strict: bool,
    level: np.ndarray,
    places: np.ndarray,
) -> int:
    """Find how far each person gets through steps in order; return how many people entered.

    The latest attempt at each step is enough: any later event that an older attempt could use, it
    can use too. So each step keeps the positions of its latest attempt. An event takes part in one
    step of an attempt only, hence steps are tried from the last to the first.

    Parameters
    ----------
    person, ts, mask : sorted by person, instant, and within an instant as by `settle_ties`.
    steps : how many; bit k of a mask says that the event fits step k.
    window : milliseconds from the first step that a later one may lie away, itself included.
    entry : first millisecond, and first one after, at which an attempt may begin.
    after, before : of each exclusion, the steps (from 0) that it must not lie between.
    is_strict : whether any other event of the person ends an attempt.
    level, places : out; of each person who entered, how many steps were done, and the positions of
        these, of the attempt that got so far first.
    """
    chain = np.zeros((steps, steps), dtype=np.int64)
    alive = np.zeros(steps, dtype=np.bool_)
    first, rows, found = 0, len(person), 0
    while first < rows:
        alive[:] = False
        best, row = 0, first
        while row < rows and person[row] == person[first]:
            instant, excluded = ts[row], 0
            while row < rows and person[row] == person[first] and ts[row] == instant:
                bits = mask[row]
                for step in range(steps - 1, 0, -1):
                    fits = (
                        (bits >> step) & 1 == 1
                        and alive[step - 1]
                        and instant - ts[chain[step - 1, 0]] <= window
                    )
                    if fits:
                        for place in range(step):
                            chain[step, place] = chain[step - 1, place]
                        chain[step, step] = row
                        alive[step] = True
                        if step >= best:
                            best = step + 1
                            for place in range(best):
                                places[found, place] = chain[step, place]
                    elif is_strict:
                        alive[step] = False
                if bits & 1 == 1 and entry[0] <= instant < entry[1]:
                    chain[0, 0] = row
                    alive[0] = True
                    if best == 0:
                        best = 1
                        places[found, 0] = row
                elif is_strict:
                    alive[0] = False
                excluded |= bits >> 20
                row += 1
            for one in range(len(after)):
                if (excluded >> one) & 1 == 1:
                    for step in range(after[one], before[one]):
                        if alive[step] and ts[chain[step, after[one]]] < instant:
                            alive[step] = False
            if best == steps:
                break
        if best > 0:
            level[found] = best
            found += 1
        while row < rows and person[row] == person[first]:
            row += 1
        first = row
    return found


def unordered_chains(  # noqa: C901, PLR0912, PLR0917 - one loop, so that numba can compile it
    person: np.ndarray,
    ts: np.ndarray,
    mask: np.ndarray,
    steps: int,
    window: int,
    entry: tuple[int, int],
    level: np.ndarray,
    places: np.ndarray,
) -> int:
    """Find how many steps, in any order, each person does within the window of each other.

    The latest event of each step is enough, and beside it the latest at which an attempt may begin.
    Parameters are those of `ordered_chains`; positions are in the order of time, then of steps.
    """
    latest = np.zeros(steps, dtype=np.int64)
    opening = np.zeros(steps, dtype=np.int64)
    chosen = np.zeros(steps, dtype=np.int64)
    first, rows, found = 0, len(person), 0
    while first < rows:
        latest[:] = -1
        opening[:] = -1
        best, row = 0, first
        while row < rows and person[row] == person[first]:
            instant = ts[row]
            while row < rows and person[row] == person[first] and ts[row] == instant:
                for step in range(steps):
                    if (mask[row] >> step) & 1 == 1:
                        latest[step] = row
                        if entry[0] <= instant < entry[1]:
                            opening[step] = row
                row += 1
            done, opener = 0, -1
            for step in range(steps):
                if latest[step] >= 0 and instant - ts[latest[step]] <= window:
                    done += 1
                    opens = opening[step] >= 0 and instant - ts[opening[step]] <= window
                    if opens and (opener < 0 or ts[opening[step]] > ts[opening[opener]]):
                        opener = step
            if opener < 0 or done <= best:
                continue
            # Only where all latest events come too late to begin does an older one stand in.
            begins = False
            for step in range(steps):
                begins = begins or (
                    latest[step] >= 0
                    and latest[step] == opening[step]
                    and instant - ts[latest[step]] <= window
                )
            count = 0
            for step in range(steps):
                place = opening[step] if step == opener and not begins else latest[step]
                if place >= 0 and instant - ts[place] <= window:
                    spot = count
                    while spot > 0 and ts[chosen[spot - 1]] > ts[place]:
                        chosen[spot] = chosen[spot - 1]
                        spot -= 1
                    chosen[spot] = place
                    count += 1
            best = count
            for place in range(best):
                places[found, place] = chosen[place]
            if best == steps:
                break
        if best > 0:
            level[found] = best
            found += 1
        while row < rows and person[row] == person[first]:
            row += 1
        first = row
    return found
