"""What a table needs beside the columns that were found: ids, kinds, amounts, rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhiyin.collect.recipe import FILE_NAME, RECORD_NUMBER
from zhiyin.collect.suggest.drafts import RuleDraft, SourceDraft, remark
from zhiyin.collect.suggest.event_names import put_event
from zhiyin.collect.suggest.kinds import Seen
from zhiyin.collect.suggest.matching import Match
from zhiyin.collect.suggest.names import plain, words
from zhiyin.collect.tables import TARGETS

Matches = Mapping[str, Match]


def complete(draft: SourceDraft, matches: Matches) -> bool:
    """Add what the target needs; return False if the files cannot give it."""
    done = COMPLETIONS.get(draft.target or "", _nothing)(draft, matches)
    if not done:
        return False
    for name, column in TARGETS[draft.target or ""].columns.items():
        is_needed = column.is_required and name not in _FILLED_BY_IMPORT
        if is_needed and name not in draft.columns:
            return False
        if name in draft.columns and is_needed and column.type.startswith("!timestamp"):
            draft.rules.append(_future(name))
    if draft.duplicates is None and not _has_row_id(draft):
        draft.duplicates = {"code": "exact_duplicate"}
    return True


_FILLED_BY_IMPORT = frozenset(
    ("source_id", "load_id", "origin", "origin_line", "currency", "received_at", "ts_ms")
)


def _future(name: str) -> RuleDraft:
    return RuleDraft({"code": "future_date", "when": {name: {"after": "now"}}, "quarantine": True})


def _has_row_id(draft: SourceDraft) -> bool:
    forms = [column.form for column in draft.columns.values()]
    return any(isinstance(form, Mapping) and FILE_NAME in form.get("digest", ()) for form in forms)


def _nothing(draft: SourceDraft, matches: Matches) -> bool:
    del draft, matches
    return True


def _order_lines(draft: SourceDraft, matches: Matches) -> bool:
    put_kind(draft, matches, "line_kind", otherwise="sale", known=_LINE_KINDS)
    if "quantity" not in draft.columns:
        draft.put("quantity", {"value": "1"}, remark("one_piece"), sure=0.6)
    has_price, has_amount = "unit_price" in draft.columns, "amount" in draft.columns
    if not (has_price or has_amount):
        return False
    if not has_amount:
        less = " - discount" if "discount" in draft.columns else ""
        if less:
            _default(draft, "discount", "0")
        draft.put("amount", {"calculate": f"quantity * unit_price{less}"})
    if not has_price:
        draft.put(
            "unit_price", {"calculate": "amount / quantity", "default": "0"}, remark("price_made")
        )
    draft.control_total = "quantity * unit_price" if has_price else "amount"
    _rules_of_lines(draft, matches)
    if not any(plain(seen.name) in _LINE_NUMBERS for seen in draft.group.seen):
        draft.remarks.append(remark("copies_of_lines"))
    return True


_LINE_NUMBERS = frozenset(
    (
        "line",
        "lineno",
        "linenumber",
        "orderlineitem",
        "lineitem",
        "itemno",
        "rowid",
        "行号",
        "明细号",
    )
)
_LINE_KINDS = {
    "sale": "sale sales order purchase 销售 销售出库 正常 订单",
    "refund": "refund return returned credit cancellation 退货 退款 退单",
}


def _rules_of_lines(draft: SourceDraft, matches: Matches) -> None:
    quantity, price = _numbers(matches, "quantity"), _numbers(matches, "unit_price")
    if quantity is not None and quantity.numbers is not None and quantity.numbers.negative:
        when = {"quantity": {"below": 0}}
        content = {"code": "negative_quantity", "when": when, "set": {"line_kind": "refund"}}
        draft.rules.append(RuleDraft(content, (remark("negative_quantity"),)))
    told = price.numbers if price is not None else None
    if told is not None and (told.negative or told.zero):
        when = {"unit_price": {"at_most": 0}}
        content = {"code": "no_price", "when": when, "set": {"line_kind": "adjustment"}}
        draft.rules.append(RuleDraft(content, (remark("no_price"),)))
    if (
        "customer_id" in matches
        and matches["customer_id"].seen.column.filled < draft.group.first.rows
    ):
        draft.rules.append(
            RuleDraft({"code": "no_customer", "when": {"customer_id": {"exists": False}}})
        )


def _numbers(matches: Matches, name: str) -> Seen | None:
    return matches[name].seen if name in matches else None


def _default(draft: SourceDraft, name: str, value: str) -> None:
    old = draft.columns[name]
    form = {"from": old.form} if isinstance(old.form, str) else dict(old.form)
    draft.put(name, {**form, "default": value}, *old.why, sure=old.sure)


def put_kind(
    draft: SourceDraft,
    matches: Matches,
    name: str,
    *,
    otherwise: str,
    known: Mapping[str, str],
    is_partly_enough: bool = False,
) -> None:
    """Propose a column with a closed vocabulary: by the words in it, or one word for all rows.

    With `is_partly_enough`, rows with the lesser part of words, which are unknown, are set aside.
    """
    by_word = {plain(word): kind for kind, texts in known.items() for word in texts.split()}
    match = matches.get(name)
    texts = [t for t in match.seen.column.values if t not in match.seen.empties] if match else []
    unknown = [text for text in texts if plain(text) not in by_word]
    is_told = match is not None and 2 * len(unknown) < len(texts) + (1 if is_partly_enough else 0)
    if match is None or not texts or (unknown and not (is_partly_enough and is_told)):
        draft.columns.pop(name, None)
        if match is not None:
            draft.used.discard(match.seen.name)
        draft.put(name, {"value": otherwise})
        return
    mapped = {text: by_word[plain(text)] for text in texts if plain(text) in by_word}
    mapped = {text: kind for text, kind in mapped.items() if text != kind}
    old = draft.columns[name]
    form = {"from": old.form} if isinstance(old.form, str) else dict(old.form)
    form |= {"map": mapped} if mapped else {}
    why = [remark("kinds_unknown", words=", ".join(unknown))] if unknown else []
    draft.put(name, form, *old.why, *why, sure=old.sure)


def _customers(draft: SourceDraft, matches: Matches) -> bool:
    parts = [matches[name].seen.name for name in ("first_name", "last_name") if name in matches]
    if parts and "name" not in draft.columns:
        draft.put("name", {"join": parts} if len(parts) > 1 else parts[0])
        draft.used |= set(parts)
    if "customer_id" not in draft.columns:
        put_row_id(draft, "customer_id")
    return True


def put_row_id(draft: SourceDraft, name: str) -> None:
    """Make an id out of the row: of what it says if no two rows say the same, else of its place."""
    file = draft.group.first
    if file.share_of_distinct_rows >= 0.999:
        draft.put(name, {"digest": list(file.header)}, remark("id_of_row"), sure=0.6)
    else:
        draft.put(name, {"digest": [FILE_NAME, RECORD_NUMBER]}, remark("id_of_place"), sure=0.6)


def _products(draft: SourceDraft, matches: Matches) -> bool:
    del matches
    return "product_id" in draft.columns


def _touches(draft: SourceDraft, matches: Matches) -> bool:
    told = {word for seen in draft.group.seen for word in words(seen.name)}
    told |= {word for file in draft.group.files for word in words(file.path.stem)}
    kind = next((kind for kind, signs in _TOUCH_SIGNS.items() if told & set(signs.split())), None)
    if kind is None:
        kind = "redeemed" if "coupon_code" in matches and "touch_time" in matches else "targeted"
    put_kind(
        draft, matches, "touch_kind", otherwise=kind, known=_TOUCH_KINDS, is_partly_enough=True
    )
    if draft.columns["touch_kind"].form == {"value": kind}:
        draft.put("touch_kind", {"value": kind}, remark("touch_kind", kind=kind), sure=0.7)
    if "customer_id" in draft.columns:
        when = {"customer_id": {"exists": False}}
        draft.rules.append(RuleDraft({"code": "no_customer", "when": when, "quarantine": True}))
    return True


_TOUCH_SIGNS = {
    "redeemed": "redemption redeemed redemptions redeem 核销 使用",
    "opened": "opened opens",
    "clicked": "clicked clicks",
    "delivered": "delivered deliveries 送达",
    "sent": "sent sends 发送",
}
_TOUCH_KINDS = {
    "targeted": "targeted assigned 目标",
    "sent": "sent send 已发送 发送",
    "delivered": "delivered delivery received 送达 已送达 成功",
    "opened": "opened open 打开 已打开",
    "clicked": "clicked click tapped 点击",
    "redeemed": "redeemed redemption used 核销 已使用",
}


def _refunds(draft: SourceDraft, matches: Matches) -> bool:
    del matches
    if "quantity" not in draft.columns:
        draft.put("quantity", {"value": "1"}, remark("one_piece"), sure=0.6)
    draft.control_total = "amount" if "amount" in draft.columns else None
    return True


def _campaigns(draft: SourceDraft, matches: Matches) -> bool:
    end = matches.get("end_time")
    if end is not None and end.seen.dates is not None and not end.seen.dates.has_clock:
        old = draft.columns["end_time"]
        form = {"from": old.form} if isinstance(old.form, str) else dict(old.form)
        draft.put("end_time", {**form, "plus_days": 1}, remark("last_day"), sure=0.8)
    return True


def _costs(draft: SourceDraft, matches: Matches) -> bool:
    del matches
    if "channel" not in draft.columns:
        draft.put("channel", {"value": draft.name}, remark("one_channel"), sure=0.5)
    draft.control_total = "amount"
    return True


def _reviews(draft: SourceDraft, matches: Matches) -> bool:
    label = matches.get("label")
    if label is not None and set(label.seen.column.values) == {"0", "1"}:
        form = {"from": label.seen.name, "map": {"1": "positive", "0": "negative"}}
        draft.put("label", form, remark("label_codes", column=label.seen.name), sure=0.7)
    if not any(name in matches for name in ("review_time", "review_id", "customer_id")):
        draft.remarks.append(remark("copies_of_reviews"))
    return True


def _survey(draft: SourceDraft, matches: Matches) -> bool:
    del matches
    if "survey_id" not in draft.columns:
        draft.put("survey_id", {"value": draft.name}, remark("one_survey"), sure=0.6)
    return "question" in draft.columns


def _social(draft: SourceDraft, matches: Matches) -> bool:
    del matches
    if "network" not in draft.columns:
        draft.put("network", {"value": draft.name}, remark("one_network"), sure=0.5)
    if "action" not in draft.columns:
        draft.put("action", {"value": "comment"}, sure=0.6)
    return True


def _third_party(draft: SourceDraft, matches: Matches) -> bool:
    del matches
    if "provider" not in draft.columns:
        draft.put("provider", {"value": draft.name}, sure=0.5)
    return True


def _payments(draft: SourceDraft, matches: Matches) -> bool:
    known = {
        "payment": "payment pay sale capture charge 支付 付款 收款",
        "refund": "refund 退款",
        "chargeback": "chargeback dispute 拒付",
    }
    put_kind(draft, matches, "payment_kind", otherwise="payment", known=known)
    if "payment_id" not in draft.columns:
        put_row_id(draft, "payment_id")
    draft.control_total = "amount"
    return True


def _records(draft: SourceDraft, matches: Matches) -> bool:
    del matches
    draft.put("record_kind", {"value": draft.name})
    return True


COMPLETIONS: Mapping[str, Callable[[SourceDraft, Matches], Any]] = {
    "order_lines": _order_lines,
    "customers": _customers,
    "products": _products,
    "events": put_event,
    "touches": _touches,
    "refunds": _refunds,
    "campaigns": _campaigns,
    "costs": _costs,
    "reviews": _reviews,
    "survey_answers": _survey,
    "social_posts": _social,
    "third_party_attributes": _third_party,
    "payments": _payments,
    "records": _records,
}
