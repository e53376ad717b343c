"""Which column of a file is which column of a table, and which table the file is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from zhiyin.collect.origin_tables import ORIGIN
from zhiyin.collect.suggest.guides import GUIDES, Guide
from zhiyin.collect.suggest.kinds import Seen, has_no_name
from zhiyin.collect.suggest.names import plain, vocabulary, words
from zhiyin.collect.tables import TARGETS
from zhiyin.ports.tables import TIME

# Columns that a name may stand for though no table has them: they make others.
PARTS_OF_NAMES = ("first_name", "last_name")
FALLBACK = "records"
_OF_PEOPLE = frozenset(
    (*PARTS_OF_NAMES, "name", "email", "phone", "gender", "birth_date", "age_group", "income_group")
) | {"city", "joined_at", "member_card"}
_SURE, _TOLD_BY_ENTITY, _TOLD_BY_END = 0.95, 0.85, 0.7
_IDS = frozenset(
    ("customer_id", "user_id", "product_id", "order_id", "campaign_id", "coupon_code", "store_id")
)


@dataclass(frozen=True)
class Match:
    """A column of the file that is probably this column of the target."""

    target_column: str
    seen: Seen
    sure: float


@dataclass(frozen=True)
class Reading:
    """A file read as one of a target: its matches, and points that speak for this reading."""

    target: str
    matches: Mapping[str, Match]
    points: float
    doubts: tuple[tuple[str, str], ...] = ()  # (file column, target column its values do not fit)


def readings(seen: Sequence[Seen], file_words: Sequence[str]) -> list[Reading]:
    """Return the targets that a file may be of, the likeliest first; the last fits any file."""
    found = [
        reading
        for guide in GUIDES
        if (reading := _read_as(guide, seen, file_words)) is not None and reading.points > 0
    ]
    found.sort(key=lambda reading: -reading.points)
    matches, doubts = matched(FALLBACK, seen)
    return [*found, Reading(FALLBACK, matches, 0.0, doubts)]


def matched(
    target: str, seen: Sequence[Seen]
) -> tuple[dict[str, Match], tuple[tuple[str, str], ...]]:
    """Return the best column for each of the target's columns, and names that values belie."""
    candidates: list[Match] = []
    doubts = []
    for one in seen:
        if one.kind == "empty":
            continue
        for name, sure in _meanings(target, one.name):
            if _fits(target, name, one):
                candidates.append(Match(name, one, sure))
            else:
                doubts.append((one.name, name))
    candidates += _told_by_values(target, seen)
    candidates.sort(key=lambda match: (-match.sure, -match.seen.column.filled))
    best: dict[str, Match] = {}
    taken: set[str] = set()
    for match in candidates:
        if match.target_column not in best and match.seen.name not in taken:
            best[match.target_column] = match
            taken.add(match.seen.name)
    return best, tuple(pair for pair in doubts if pair[0] not in taken)


def _read_as(guide: Guide, seen: Sequence[Seen], file_words: Sequence[str]) -> Reading | None:
    matches, doubts = matched(guide.target, seen)
    # Most events of a log may be of people who did not say who they are.
    there = {
        name
        for name, match in matches.items()
        if match.seen.is_mostly_there or name in ("user_id", "anonymous_id")
    }
    if _subjects(seen) & set(guide.forbids):
        return None
    if not all(there & set(group) for group in guide.needs):
        return None
    spoken = {word for one in seen for word in words(one.name)} | {plain(o.name) for o in seen}
    if guide.speaks and not guide.speaks & (spoken | set(file_words)):
        return None
    if not _is_of(guide.target, matches, seen):
        return None
    hints = [t for word in file_words for t in vocabulary().files.get(word, ())]
    points = sum(guide.signs.get(name, 0) * matches[name].sure for name in there if name in matches)
    points += _personal(seen) / 2 if guide.target == "customers" else 0
    points += 2 * (guide.target in hints) + len(matches) / max(len(seen), 1)
    return Reading(guide.target, matches, points, doubts)


def _by_place(seen: Sequence[Seen]) -> list[Match]:
    """Return who and what in a log without header: such logs begin with the user and the item."""
    ids = [one for one in seen if has_no_name(one.name) and one.kind == "number"]
    return [Match(n, one, 0.4) for n, one in zip(("user_id", "product_id"), ids, strict=False)]


def _tells_events(seen: Seen) -> bool:
    """Return whether most of a column's words are known names of events."""
    if seen.kind != "word" or not seen.has_few_values:
        return False
    known = sum(plain(text) in vocabulary().events for text in seen.column.values)
    return known >= max(2, 0.5 * len(seen.column.values))


def _subjects(seen: Sequence[Seen]) -> set[str]:
    """Return the ids that the rows have, whatever the target has."""
    known = vocabulary().columns[FALLBACK]
    filled = (known.get(plain(one.name)) for one in seen if one.is_mostly_there)
    return {name for name in filled if name is not None}


def _is_of(target: str, matches: Mapping[str, Match], seen: Sequence[Seen]) -> bool:
    """Return whether the rows can be what the target's rows are."""
    if target == "products":
        return matches["product_id"].seen.column.is_key and _are_things(matches, seen)
    if target == "customers":
        return _are_people(matches, seen)
    if target == "reviews":
        return matches["text"].seen.kind == "prose" or "rating" in matches
    if target == "events" and "event" in matches:
        return len(matches["event"].seen.column.values) <= 500
    return True


def _are_things(matches: Mapping[str, Match], seen: Sequence[Seen]) -> bool:
    """Return whether rows describe products, rather than tell of them at some time."""
    described = {"name", "category", "subcategory", "brand", "price", "cost"} & set(matches)
    return bool(described) or not any(one.kind == "time" for one in seen)


def _personal(seen: Sequence[Seen]) -> int:
    """Return how many columns are such as people have, at most six."""
    return min(6, sum(bool(set(words(one.name)) & vocabulary().person) for one in seen))


def _are_people(matches: Mapping[str, Match], seen: Sequence[Seen]) -> bool:
    told = _personal(seen)
    personal = len(_OF_PEOPLE & set(matches))
    if "customer_id" not in matches:
        return told + personal >= 3
    return matches["customer_id"].seen.column.is_key and told + personal >= 1


def _meanings(target: str, header: str) -> list[tuple[str, float]]:
    """Return what a header may mean in a target, the surest first."""
    known = vocabulary().columns[target]
    columns = {*TARGETS[target].columns, *PARTS_OF_NAMES} - set(ORIGIN)
    parts = words(header)
    whole = plain(header)
    found: list[tuple[str, float]] = []
    if whole in known:
        found.append((known[whole], _SURE))
    elif whole in {column.replace("_", "") for column in columns}:
        exact = next(column for column in columns if column.replace("_", "") == whole)
        found.append((exact, _SURE))
    led = [part for part in parts if part not in vocabulary().entity]
    if not found and led and len(led) < len(parts) and "".join(led) in known:
        meaning = known["".join(led)]
        if meaning not in _IDS:
            found.append((meaning, _TOLD_BY_ENTITY))
    for start in range(1, len(parts)):
        end = "".join(parts[start:])
        if not found and end in known and known[end] not in _IDS and len(end) > 3:
            found.append((known[end], _TOLD_BY_END))
    return [(name, sure) for name, sure in found if name in columns]


def _told_by_values(target: str, seen: Sequence[Seen]) -> list[Match]:
    columns = TARGETS[target].columns
    found = [
        Match(one.kind, one, 0.65)
        for one in seen
        if one.kind in ("email", "phone") and one.kind in columns
    ]
    if target == "events":
        found += [Match("event", one, 0.6) for one in seen if _tells_events(one)]
        found += _by_place(seen)
    times = [one for one in seen if one.kind == "time"]
    for name, column in columns.items():
        if column.is_required and column.type in ("!" + TIME, "!date") and name not in ORIGIN:
            sure = 0.6 if len(times) == 1 else 0.45
            found += [Match(name, one, sure) for one in times]
    return found


def _fits(target: str, name: str, seen: Seen) -> bool:
    """Return whether the column's values can be read as the target column's type."""
    if name in _OWN_TESTS:
        return _OWN_TESTS[name](seen)
    kind = TARGETS[target].columns[name].type.removeprefix("!")
    if kind.startswith(("timestamp", "date")):
        return seen.dates is not None
    if kind.startswith(("decimal", "float", "int")):
        return seen.numbers is not None and (not kind.startswith("int") or seen.numbers.is_whole)
    if kind == "boolean":
        return seen.kind == "flag"
    return name in ("text", "answer") or seen.kind != "prose" or "name" in name


_OWN_TESTS: Mapping[str, Callable[[Seen], bool]] = {
    "first_name": lambda seen: seen.kind == "word",
    "last_name": lambda seen: seen.kind == "word",
    "email": lambda seen: seen.kind == "email",
    "phone": lambda seen: seen.kind in ("phone", "number", "word"),
    "event": lambda seen: seen.kind in ("word", "number", "flag") and seen.has_few_values,
}
