"""Value and life cycle as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhiyin.app.render import console, heading, printer, rows


def percent(share: float | None) -> str:
    """Return a share as a person reads it."""
    return "-" if share is None else f"{100 * share:.1f} %"


def money(amount: float | None) -> str:
    """Return an amount as a person reads it."""
    return "-" if amount is None else f"{amount:,.0f}"


def _rfm(result: Mapping[str, Any]) -> None:
    rows(
        [
            {
                "segment": one["segment"],
                "people": one["people"],
                "share": percent(one["share"]),
                "orders": one["orders"],
                "net amount": money(one["monetary"]),
            }
            for one in result["segments"]
        ]
    )
    for measure, steps in (result["thresholds"] or {}).items():
        console.print(f"{measure}: {', '.join(f'{step:g}' for step in steps) or 'no steps'}")
    console.print(f"{result['buyers']:,} buyers, scored by {result['method']}.")


def _tiers(result: Mapping[str, Any]) -> None:
    rows(
        [
            {
                "tier": one["value_tier"],
                "people": one["people"],
                "share": percent(one["share"]),
                "net amount": money(one["monetary"]),
                "of net amount": percent(one["share_of_monetary"]),
                "days silent": money(one["mean_recency_days"]),
                "expected": money(one["clv"]),
            }
            for one in result["tiers"]
        ]
    )


def _stages(result: Mapping[str, Any]) -> None:
    by_month: dict[str, dict[str, Any]] = {}
    for one in result["months"]:
        line = by_month.setdefault(one["month_end"], {"month end": one["month_end"]})
        line[one["place"]] = one["people"]
    now = {"month end": "now"} | {one["place"]: one["people"] for one in result["now"]}
    lines = [*by_month.values(), now] if result["now"] else []
    names = ("month end", *result["places"])
    rows([{name: line.get(name, 0) for name in names} for line in lines])


def _migration(result: Mapping[str, Any]) -> None:
    if not result["since"]:
        console.print("Fewer than two month ends are known; come back when a month is over.")
        return
    cells = {(one["before"], one["after"]): one for one in result["cells"]}
    heading(f"from {result['since']} (rows) to {result['until']} (columns)")
    lines = []
    for before in (*result["places"], "none"):
        line: dict[str, Any] = {"": "no order yet" if before == "none" else before}
        for after in result["places"]:
            cell = cells.get((before, after))
            line[after] = f"{cell['people']:,} ({percent(cell['share'])})" if cell else "-"
        lines.append(line)
    rows(lines)


def _check(result: Mapping[str, Any]) -> None:
    rows(
        [
            {
                "tier": one["value_tier"],
                "buyers": one["buyers"],
                "came back": one["returned"],
                "bought for": money(one["realized"]),
                "of the top": one["top"],
            }
            for one in result["tiers"]
        ]
    )
    rows(
        [
            {
                "bought most": percent(one["share"]),
                "people": one["top"],
                "of all bought": percent(one["share_of_value"]),
                "in the high tier": percent(one["share_found"]),
                "in high or middle": percent(one["share_in_two"]),
            }
            for one in result["depths"]
        ]
    )
    console.print(
        f"Tiers as of {result['day']} against the {result['days']} days after: the high tier "
        f"holds {percent(result['share_found'])} of those who then bought most "
        f"({result['found']} of {result['top']}; target {percent(result['target'])}), "
        f"high and middle together {percent(result['share_in_two'])}.",
        soft_wrap=True,
    )


def _personas(result: Mapping[str, Any]) -> None:
    if result["why"] == "not_searched":
        console.print("No personas yet; `zhiyin value personas --refit` searches them.")
        return
    if result["why"]:
        console.print(
            f"Too few buyers for personas, or all alike: it takes {result['fewest']} different "
            "ones; none were made.",
            soft_wrap=True,
        )
        return
    rows(
        [
            {
                "persona": one["persona_id"],
                "name": one["title"]["en"],
                "people": one["people_now"],
                "orders": f"{one['orders']:.1f}",
                "net amount": money(one["monetary"]),
                "days silent": money(one["recency_days"]),
                "kept": percent(one["kept"]),
            }
            for one in result["personas"]
        ]
    )
    for one in result["personas"]:
        told = ", ".join(_trait(trait) for trait in one["traits"][:3])
        console.print(f"{one['persona_id']} {one['title']['zh-CN']}: {told}", soft_wrap=True)
    stable = result["stability"][len(result["personas"])]
    console.print(
        f"{len(result['personas'])} personas of {result['people']:,} buyers as of "
        f"{result['as_of'][:10]}; stability {stable:.2f} (adjusted Rand index of resamples)."
    )


def _trait(trait: Mapping[str, Any]) -> str:
    name = trait["feature"].replace("_", " ")
    value = f" {trait['value']}" if trait["value"] else ""
    return f"{name}{value} {trait['difference']:+.1f} sd"


FORMS: Mapping[str, Callable[[Any], None]] = {
    "value.personas": _personas,
    "value.rfm": _rfm,
    "value.tiers": _tiers,
    "value.stages": _stages,
    "value.migration": _migration,
    "value.check": _check,
}

render = printer(FORMS)
