"""Tags as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhiyin.app.render import console, facts, heading, printer, rows

VALUES_SHOWN = 12


def percent(share: float | None) -> str:
    """Return a share as a person reads it."""
    return "-" if share is None else f"{100 * share:.1f} %"


def number(value: float | None, digits: int = 2) -> str:
    """Return a number as a person reads it."""
    return "-" if value is None else f"{value:.{digits}f}"


def day(instant: str | None) -> str:
    """Return the day of an instant."""
    return (instant or "-")[:10]


def _list(result: Mapping[str, Any]) -> None:
    lines = [
        {
            "tag": one["tag"],
            "family": one["family"],
            "kind": one["kind"],
            "people": one["holders"],
            "coverage": percent(one["coverage"]),
            "drift": number(one["drift"], 3),
            "newest fact": day(one["newest_fact_at"]),
        }
        for one in result["tags"]
    ]
    rows(lines, whole=("tag", "newest fact"))
    console.print(
        f"{percent(result['covered'])} of {result['people']:,} people have a tag, "
        f"{result['tags_per_person']:g} each on average."
    )


def _show(result: Mapping[str, Any]) -> None:
    language = "en" if "en" in result["title"] else next(iter(result["title"]), "")
    heading(f"{result['tag']}: {result['title'].get(language, '')}")
    told = ("family", "kind", "owner", "unit", "valid_days", "version", "weight")
    facts({name: result[name] for name in told if result[name] not in ("", None)})
    standing = result["statistics"]
    if standing:
        facts(
            {
                "people": f"{standing['holders']:,} of {standing['people']:,}",
                "coverage": percent(standing["coverage"]),
                "drift": number(standing["drift"], 3),
                "newest_fact": day(standing["newest_fact_at"]),
                "as_of": day(standing["as_of"]),
            }
        )
    else:
        console.print("No run has counted it yet: zhiyin run")
    if result["values"]:
        console.print()
        rows([{"value": one["value"] or "(all the rest)", "people": one["holders"]}
              for one in result["values"][:VALUES_SHOWN]])  # fmt: skip
    console.print(f"Reads: {', '.join(result['reads']) or '-'}", soft_wrap=True)
    console.print(f"Used by: {', '.join(result['used_by']) or '-'}", soft_wrap=True)
    _sentences(result["warnings"])


def _check(result: Mapping[str, Any]) -> None:
    console.print(f"{result['tags']} definitions are sound.")
    _sentences(result["warnings"])


def _sentences(found: Sequence[Mapping[str, Any]]) -> None:
    for one in found:
        console.print(f"- {one['sentence']}", soft_wrap=True)


def _validate(result: Mapping[str, Any]) -> None:
    lines = [
        {
            "tag": one["tag"],
            "judged": one["people"],
            "true": one["true_holders"],
            "tagged": one["holders"],
            "accuracy": percent(one["accuracy"]),
            "precision": percent(one["precision"]),
            "recall": percent(one["recall"]),
        }
        for one in result["tags"]
    ]
    rows(lines, whole=("tag",))
    console.print(
        f"{result['at_least_90_percent']} of {len(lines)} tags say of at least 90 % of the people "
        f"what is true; {percent(result['covered'])} of all people have a tag."
    )


def _weights(result: Mapping[str, Any]) -> None:
    if not result["in_force"]:
        console.print("No weights are in force: every tag weighs 1.")
    _weight_lines("In force", result["in_force"])
    _weight_lines("Proposed", result["proposed"])


def _proposal(result: Mapping[str, Any]) -> None:
    if result["proposal"] is None:
        console.print(
            "There is no campaign with a hold-out whose window has passed, so there is nothing "
            "to learn weights from yet."
        )
        return
    _weight_lines(f"{result['proposal']} from {', '.join(result['campaigns'])}", result["weights"])
    console.print("Put it in force: zhiyin tags weights approve")


def _weight_lines(title: str, lines: Sequence[Mapping[str, Any]]) -> None:
    if not lines:
        return
    heading(title)
    rows(
        [
            {
                "tag": one["tag"],
                "before": number(one["weight_before"]),
                "weight": number(one["weight"]),
                "effect": number(one["effect"]),
                "+-": number(one["effect_error"]),
                "people": one["people"],
            }
            for one in lines
        ],
        whole=("tag",),
    )


def _versions(result: Sequence[Mapping[str, Any]]) -> None:
    rows(
        [
            {"version": one["version"], "at": one["at"], "who": one["actor"], "why": one["why"]}
            for one in result
        ]
    )


FORMS: Mapping[str, Callable[[Any], None]] = {
    "tags.check": _check,
    "tags.list": _list,
    "tags.restore": _show,
    "tags.show": _show,
    "tags.validate": _validate,
    "tags.versions": _versions,
    "tags.weights": _weights,
    "tags.weights_approve": _weights,
    "tags.weights_propose": _proposal,
    "tags.weights_reject": _weights,
}

render = printer(FORMS)
