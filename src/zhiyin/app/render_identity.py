"""Who is who, as a person reads it on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhiyin.app.render import console, facts, heading, printer, rows

Told = Mapping[str, Any]

WHY = {
    "same_id": "Both are the same id.",
    "linked": "They are one person, by this evidence:",
    "decision": "They are one person, because somebody decided so:",
    "separated": "They are two people, because somebody decided so.",
    "cut": "They are two people: somebody cut the evidence between them.",
    "refused": "They are two people: the merge policy refuses the evidence between them.",
    "blocked": "They are two people: only ids that identify nobody lie between them.",
    "no_evidence": "They are two people: no evidence leads from one to the other.",
}
REASONS = {
    "blocked": "an id that identifies nobody",
    "users_differ": "two customer numbers, and no rule joins them",
    "names_differ": "two customer numbers whose records bear different names",
    "limit": "more ids of the kind than one person may have",
    "shared_device": "a device that several customers use",
    "separated": "somebody keeps them apart",
    "cut": "somebody cut this evidence",
}
SAYS = {
    "decided": "Decided",
    "revoked": "Taken back",
    "already_decided": "Nothing to do: it was decided before",
    "already_one_person": "Nothing to do: they are one person already",
    "already_apart": "Nothing to do: they are two people already",
    "already_revoked": "Nothing to do: it was taken back before",
}


def _report(told: Told) -> None:
    if not told["ids"]:
        console.print("Nobody is known yet; import data and run `zhiyin run`.")
        return
    target = f"target {told['target']:.0%}"
    if told["rate"] is not None:
        verdict = "reached" if told["is_on_target"] else "missed"
        heading(f"{told['rate']:.1%} of events and orders are linked ({target}, {verdict})")
    facts(
        {
            "people": told["people"],
            "known people": told["people_known"],
            "ids": told["ids"],
            "mean completeness": _share(told["completeness"]),
            "merges": told["changes"].get("merge", 0),
            "splits": told["changes"].get("split", 0),
            "households": told["households"],
            "people in households": told["household_people"],
            "pairs to review": told["reviews"],
            "decisions in force": told["decisions"],
            "people by ids": {_ten(size): n for size, n in told["ids_per_person"].items()},
            "blocked ids": told["blocked"],
            "refused links": told["refused"],
        }
    )
    console.print()
    heading("by source")
    rows([_source(one) for one in told["sources"]], whole=["source"])
    if told["most_blocked"]:
        heading("blocked ids, most shared first")
        rows(told["most_blocked"])


def _source(one: Told) -> dict[str, Any]:
    """Return what fits on a terminal of eighty columns; `--json` has all."""
    return {
        "source": one["source_id"],
        "events": one["events"],
        "orders": one["orders"],
        "linked": _share(one["rate"]),
        "people": one["people"],
        "shared": one["people_shared"],
        "complete": _share(one["completeness"]),
    }


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _ten(size: object) -> str:
    return "10+" if str(size) == "10" else str(size)


def _explain(told: Told) -> None:
    console.print(f"{told['left_id']} is {told['left_person_id']}", soft_wrap=True)
    console.print(f"{told['right_id']} is {told['right_person_id']}", soft_wrap=True)
    heading(WHY[told["reason"]])
    _steps(told["left_id"], told["chain"])
    for one in told["blocked"]:
        shared = f", seen with {one['users']:,} customers" if one["users"] else ""
        console.print(f"{one['blocked_id']} is blocked: {one['reason']}{shared}", soft_wrap=True)
    for one in told["decisions"]:
        console.print(_decision(one), soft_wrap=True)


def _steps(start: str, chain: Sequence[Told]) -> None:
    place = start
    for link in chain:
        other = link["right_id"] if link["left_id"] == place else link["left_id"]
        if place not in (link["left_id"], link["right_id"]):
            place, other = link["left_id"], link["right_id"]
        console.print(f"  {place} - {other}: {_evidence(link)}", soft_wrap=True)
        place = other


def _evidence(link: Told) -> str:
    words = [", ".join(link["evidence"]), f"seen {link['seen']:,} times"]
    if link["sources"]:
        words.append(f"by {', '.join(link['sources'])}")
    if link["first_seen"]:
        words.append(f"{_day(link['first_seen'])} to {_day(link['last_seen'])}")
    if link["verdict"] != "linked":
        reason = link["reason"] or link["verdict"]
        words.append(f"{link['verdict']}: {REASONS.get(reason, reason)}")
    return "; ".join(words)


def _day(instant: str | None) -> str:
    return (instant or "?")[:10]


def _decision(one: Told) -> str:
    ended = f", taken back by {one['revoked_by']}" if one["revoked_at"] else ""
    why = f": {one['why']}" if one["why"] else ""
    return (
        f"{one['decision_id']}: {one['actor']} on {_day(one['decided_at'])}, "
        f"{one['kind']} {one['left_id']} and {one['right_id']}{ended}{why}"
    )


def _person(told: Told) -> None:
    heading(told["person_id"])
    known = {name: value for name, value in told["fields"].items() if value is not None}
    known.pop("person_id", None)
    facts(known or {"known": "nothing but these ids"})
    console.print()
    heading("ids")
    moved = {one["visitor_id"]: one for one in told["history"]}
    rows([_id(name, moved.get(name)) for name in told["ids"]])
    if told["links"]:
        heading("evidence")
        for link in told["links"]:
            line = f"  {link['left_id']} - {link['right_id']}: {_evidence(link)}"
            console.print(line, soft_wrap=True)
    if told["changes"]:
        heading("merges and splits")
        _changes({"total": len(told["changes"]), "changes": told["changes"]})
    for one in told["decisions"]:
        console.print(_decision(one), soft_wrap=True)
    if told["household"]:
        console.print(f"household: {', '.join(told['household'])}", soft_wrap=True)
    if told["survivors"]:
        heading("fields on which records differ")
        rows(told["survivors"])


def _id(name: str, moved: Told | None) -> dict[str, Any]:
    return {
        "id": name,
        "since": _day(moved["changed_at"]) if moved else None,
        "before": moved["previous_person_id"] if moved else None,
    }


def _changes(told: Told) -> None:
    if not told["changes"]:
        console.print("Nobody was merged or split yet.")
        return
    # The numbers are there to be copied into the next command.
    rows([_change(one) for one in told["changes"]], whole=("change", "undone by"))
    _more(told["total"], len(told["changes"]))


def _change(one: Told) -> dict[str, Any]:
    ends = [one["cause_left_id"], one["cause_right_id"]]
    way = "into" if one["kind"] == "merge" else "from"
    return {
        "change": one["change_id"],
        "on": _day(one["changed_at"]),
        "who": f"{one['other_person_id']} {way} {one['person_id']}",
        "ids": one["ids"],
        "cause": one["decision_id"] or one["cause"],
        "between": " - ".join(filter(None, ends)) or None,
        "undone by": one["undone_by"],
    }


def _decisions(told: Told) -> None:
    if not told["decisions"]:
        console.print("Nobody decided anything about who is who yet.")
        return
    for one in told["decisions"]:
        console.print(_decision(one), soft_wrap=True)
    _more(told["total"], len(told["decisions"]))


def _blocked(told: Told) -> None:
    if not told["blocked"]:
        console.print("No id is blocked.")
        return
    rows(told["blocked"])
    _more(told["total"], len(told["blocked"]))


def _more(total: int, shown: int) -> None:
    if total > shown:
        console.print(f"{shown:,} of {total:,}; see --limit and --offset.")


def _plan(told: Told) -> None:
    if told["says"] in SAYS and told["says"].startswith("already"):
        console.print(f"{SAYS[told['says']]}.")
        return
    _effect(told["plan"], would=True)
    console.print("Nothing was written.")


def _effect(plan: Told, *, would: bool) -> None:
    if not plan["merges"] and not plan["splits"]:
        console.print(f"Nobody {'would be' if would else 'is'} merged or split.")
    else:
        counts = f"{plan['people_before']:,} to {plan['people_after']:,} people"
        console.print(f"{counts}: {plan['merges']:,} merges, {plan['splits']:,} splits")
    for shift in plan["shifts"]:
        way = "into" if shift["kind"] == "merge" else "from"
        some = ", ".join(shift["examples"])
        rest = f" and {shift['ids'] - len(shift['examples']):,} more"
        more = rest if shift["ids"] > len(shift["examples"]) else ""
        line = f"{shift['kind']} {shift['other_person_id']} {way} {shift['person_id']}"
        console.print(f"  {line}: {some}{more}", soft_wrap=True)
    if plan["new_ids"] or plan["gone_ids"]:
        console.print(f"{plan['new_ids']:,} new ids, {plan['gone_ids']:,} that go")


def _outcome(told: Told) -> None:
    number = f" ({told['decision_id']})" if told["decision_id"] else ""
    console.print(f"{SAYS[told['says']]}{number}.")
    if not told["is_new"]:
        return
    _effect(told["plan"], would=False)
    if told["is_pending"]:
        console.print("The next `zhiyin run` brings the tables up to date.")
    else:
        console.print(f"{len(told['built'])} tables were brought up to date.")


FORMS: Mapping[str, Callable[[Any], None]] = {
    "identity.blocked": _blocked,
    "identity.changes": _changes,
    "identity.decisions": _decisions,
    "identity.explain": _explain,
    "identity.join": _outcome,
    "identity.plan": _plan,
    "identity.report": _report,
    "identity.revoke": _outcome,
    "identity.separate": _outcome,
    "identity.show": _person,
    "identity.undo": _outcome,
}

render = printer(FORMS)
