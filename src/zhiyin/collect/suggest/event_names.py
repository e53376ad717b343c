"""Events of a file in Segment's vocabulary: their names, ids, people and money."""

from __future__ import annotations

from collections.abc import Mapping

from zhiyin.collect.suggest.drafts import RuleDraft, SourceDraft, remark
from zhiyin.collect.suggest.kinds import Seen
from zhiyin.collect.suggest.matching import Match
from zhiyin.collect.suggest.names import plain, vocabulary, words

PURCHASE = "Order Completed"


def put_event(draft: SourceDraft, matches: Mapping[str, Match]) -> bool:
    """Add an event's id, kind and name, and who did it; False if the rows name neither."""
    if not ({"user_id", "anonymous_id"} & set(draft.columns)):
        return False
    if "event" in matches:
        draft.put("kind", {"value": "track"})
        _put_name(draft, matches["event"])
    elif {"page_name", "page_path", "page_url"} & set(draft.columns):
        draft.put("kind", {"value": "page"})
    else:
        return False
    _put_id(draft, matches)
    _put_revenue(draft)
    nobody = {
        name: {"exists": False} for name in ("user_id", "anonymous_id") if name in draft.columns
    }
    draft.rules.append(RuleDraft({"code": "no_user_anon_id", "when": nobody, "quarantine": True}))
    return True


def _put_id(draft: SourceDraft, matches: Mapping[str, Match]) -> None:
    match = matches.get("event_id")
    if match is not None and match.seen.column.is_unique:
        draft.duplicates = {"code": "repeated_event", "columns": [match.seen.name]}
        return
    if match is not None:
        draft.used.discard(match.seen.name)
    form = {"digest": list(draft.group.first.header), "prefix": f"{draft.name}-"}
    draft.put("event_id", form, remark("id_of_event"), sure=0.7)
    draft.duplicates = {"code": "exact_duplicate"}


def _put_name(draft: SourceDraft, match: Match) -> None:
    known = vocabulary().events
    seen = match.seen
    texts = [text for text in seen.column.values if text not in seen.empties]
    mapped = {text: known[plain(text)] for text in texts if plain(text) in known}
    form = {"from": seen.name}
    if seen.ends_in_point_zero:
        form["strip_suffix"] = ".0"
        texts = [text.removesuffix(".0") for text in texts]
    if not mapped and all(text.isdigit() for text in texts):
        codes = {text: f"{seen.name} {text}" for text in sorted(texts, key=int)}
        draft.put(
            "event", {**form, "map": codes}, remark("event_codes", column=seen.name), sure=0.3
        )
        return
    changed = {text: name for text, name in mapped.items() if text != name}
    unknown = [text for text in texts if text not in mapped]
    why = [remark("event_names")] if changed else []
    if unknown and changed:
        why.append(remark("events_kept", names=", ".join(unknown[:8])))
    draft.put("event", {**form, "map": changed} if changed else seen.name, *why, sure=0.8)


def _put_revenue(draft: SourceDraft) -> None:
    """Take the price of what was bought as revenue, where the file tells no other."""
    event = draft.columns.get("event")
    names = event.form.get("map", {}).values() if event and isinstance(event.form, Mapping) else ()
    if "revenue" in draft.columns or PURCHASE not in names:
        return
    price = next((seen for seen in draft.group.seen if _is_price(seen)), None)
    if price is None:
        return
    draft.put("revenue", price.name, remark("revenue_of_price", column=price.name), sure=0.7)
    when = {"not": {"event": PURCHASE}}
    content = {"code": "not_a_purchase", "when": when, "set": {"revenue": None}}
    draft.rules.append(RuleDraft(content))


def _is_price(seen: Seen) -> bool:
    known = vocabulary().columns["order_lines"]
    return seen.numbers is not None and known.get(plain(seen.name)) == "unit_price"


def constant_page(seen: Seen) -> bool:
    """Return whether a column says the same of every row: the name of the page or step."""
    is_one = seen.column.is_constant and seen.kind == "word"
    return is_one and bool({"page", "screen", "step", "event", "页面"} & set(words(seen.name)))
