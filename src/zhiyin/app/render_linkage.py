"""Linked records and pairs to review, as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhiyin.app import render as plain
from zhiyin.app.render import console, heading, rows

Told = Mapping[str, Any]


def render(name: str, result: Any) -> None:
    """Print a command's result."""
    FORMS[name](result)


def _link(told: Told) -> None:
    if told["outcome"] == "unchanged":
        console.print("Neither the records nor the policy changed; the matches stand as they are.")
    elif not told.get("pairs"):
        console.print("No two records were alike enough to compare.")
    else:
        heading(f"{told['records']:,} records, {told['pairs']:,} pairs compared")
        plain.facts(
            {
                "seconds": told["seconds"],
                "matches expected": f"{told['expected_matches']:,.0f}",
            }
        )
        _training(told)
    matches = told["matches"]
    console.print(
        f"{matches['accepted']:,} pairs accepted, {told['waiting']:,} waiting: "
        "`zhiyin identity review`."
    )


def _training(told: Told) -> None:
    left_out = [rule for rule in told["blocking"] if rule["values_left_out"]]
    for rule in left_out:
        console.print(
            f"By {' and '.join(rule['columns'])}: {rule['values_left_out']:,} values were too "
            "common to compare all that share them."
        )
    for session in told["training"]:
        if session["outcome"] != "trained":
            console.print(
                f"Learning from pairs with the same {' and '.join(session['columns'])}: "
                f"{OUTCOMES[session['outcome']]}."
            )


def _review(told: Told) -> None:
    if not told["reviews"]:
        console.print("No pair waits for review; `zhiyin identity link` looks for some.")
        return
    heading(f"{told['total']:,} pairs wait")
    for pair in told["reviews"]:
        heading(f"{pair['id']}  {pair['probability']:.1%} one person")
        rows(_compared(pair), ("field", "one", "other", "agreement", "bit"))
    console.print("Decide with `zhiyin identity review accept ID…` or `… reject ID…`.")


def _compared(pair: Told) -> list[dict[str, Any]]:
    """Return the records side by side; their numbers first."""
    lines: list[dict[str, Any]] = [
        {"field": "record", "one": pair["left_id"], "other": pair["right_id"]}
    ]
    for name in pair["left"]:
        one, other = pair["left"][name], pair["right"].get(name)
        fields = [field for field in pair["fields"] if field["field"] in PARTS.get(name, (name,))]
        levels = [field["level"].replace("_", " ") for field in fields]
        if one or other:
            weight = round(sum(field["weight"] for field in fields), 1) if fields else None
            told = {"agreement": ", ".join(levels), "bit": weight}
            lines.append({"field": name, "one": one, "other": other, **told})
    return lines


def _decided(told: Told) -> None:
    for one in told["decided"]:
        console.print(f"{one['id']}: {one['says'].replace('_', ' ')}")
    if told["is_pending"]:
        console.print("The next `zhiyin run` does it.")
    console.print(f"{told['waiting']:,} pairs wait.")


# A Western name is compared in two parts.
PARTS = {"name": ("name", "given_name", "surname")}
OUTCOMES = {
    "no_pairs": "there are none",
    "not_converged": "no stable answer was found, so judge matches with care",
}
FORMS: Mapping[str, Callable[[Told], None]] = {
    "identity.accept": _decided,
    "identity.link": _link,
    "identity.reject": _decided,
    "identity.review": _review,
}
