"""Whose traffic events are and where they came from, asked once per distinct sender."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.traffic import BOT, CUSTOMER, INTERNAL, TrafficRules
from zhiyin.ports.regions import Place, RegionLookup


def traffic_of(events: pa.Table, rules: TrafficRules) -> pa.ChunkedArray | pa.Array:
    """Return `internal`, `bot` or `customer` for every event; our own people come first."""
    is_bot = _where(events["user_agent"], rules.is_bot, bool(rules.bot_user_agents))
    is_ours = _where(events["ip"], rules.is_internal_address, bool(rules.internal_networks))
    is_user = _where(events["user_id"], rules.is_internal_user, bool(rules.internal_users))
    is_mail = _where(events["email"], rules.is_internal_email, bool(rules.internal_email_domains))
    is_internal = pc.or_(pc.or_(is_ours, is_user), is_mail)
    return pc.if_else(is_internal, INTERNAL, pc.if_else(is_bot, BOT, CUSTOMER))


def with_places(addresses: pa.ChunkedArray, lookup: RegionLookup) -> Mapping[str, pa.Array]:
    """Return the columns `country`, `region` and `city`; null where the look-up knows none."""
    encoded = addresses.combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    found = lookup.regions(distinct)
    places = [found.get(address, Place()) for address in distinct]
    columns = {}
    for name in Place._fields:
        texts = pa.array([getattr(place, name) for place in places], pa.string())
        columns[name] = texts.take(encoded.indices)
    return columns


def _where(column: pa.ChunkedArray, holds: Callable[[str], bool], is_asked: bool) -> pa.Array:
    if not is_asked or column.null_count == len(column):
        return pa.repeat(False, len(column))
    encoded = column.combine_chunks().dictionary_encode()
    answers = [holds(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(answers, pa.bool_()).take(encoded.indices).fill_null(False)
