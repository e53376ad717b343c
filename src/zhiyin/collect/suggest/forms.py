"""How a column of a file is written in a recipe: its steps, formats and words."""

from __future__ import annotations

from typing import Any

from zhiyin.collect.suggest.drafts import SURE, Remark, SourceDraft, remark
from zhiyin.collect.suggest.kinds import Seen
from zhiyin.collect.suggest.matching import Match
from zhiyin.collect.suggest.names import plain, vocabulary
from zhiyin.collect.tables import TARGETS

_TIMES = ("_time", "_date", "_at", "_until")
_WORDS = {"是": "true", "否": "false"}


def put_match(draft: SourceDraft, match: Match, *, named: str | None = None) -> None:
    """Propose the column that a match speaks of, with its steps and its doubts.

    A column whose values cannot be written as the target wants them is left to the pack.
    """
    seen, name = match.seen, match.target_column
    form = _form(draft, match, named or seen.name)
    if form is None:
        return
    remarks = _remarks(match, seen)
    is_required = TARGETS[draft.target or ""].columns[name].is_required
    share = _share_read(name, draft.target or "", seen)
    if share < 1:
        remarks.append(remark("unreadable", column=seen.name, share=1 - share))
        if not is_required:
            form["unreadable"] = "empty"
    if share == 1 or is_required:
        draft.used.add(named or seen.name)
    draft.put(name, _short(form), *remarks, sure=match.sure)


def _form(draft: SourceDraft, match: Match, source_column: str) -> dict[str, Any] | None:
    seen, name = match.seen, match.target_column
    kind = TARGETS[draft.target or ""].columns[name].type.removeprefix("!")
    form: dict[str, Any] = {"from": source_column}
    if seen.empties:
        form["empty"] = list(seen.empties)
    if kind == "string" and seen.ends_in_point_zero:
        form["strip_suffix"] = ".0"
    if name == "email":
        form["lower"] = True
    if kind.startswith(("decimal", "float", "int")) and seen.numbers is not None:
        form |= _number_steps(seen)
    is_time = kind.startswith(("timestamp", "date"))
    if is_time and seen.dates is not None and seen.dates.formats != ("ISO",):
        form["formats"] = list(seen.dates.formats)
    if kind == "boolean":
        mapped = {text: _WORDS[text] for text in seen.column.values if text in _WORDS}
        form |= {"map": mapped} if mapped else {}
    if name == "gender":
        return _gender(draft, seen, form)
    return form


def _number_steps(seen: Seen) -> dict[str, Any]:
    assert seen.numbers is not None
    steps: dict[str, Any] = {}
    if seen.numbers.remove:
        steps["remove"] = list(seen.numbers.remove)
    if seen.numbers.replace:
        steps["replace"] = dict(seen.numbers.replace)
    return steps


def _gender(draft: SourceDraft, seen: Seen, form: dict[str, Any]) -> dict[str, Any] | None:
    known = vocabulary().genders
    texts = [text for text in seen.column.values if text not in seen.empties]
    words = {text: known[plain(text)] for text in texts if plain(text) in known}
    told = sum(seen.column.values[text] for text in words)
    if told < 0.5 * sum(seen.column.values[text] for text in texts):
        draft.remarks.append(remark("gender_codes", column=seen.name, values=", ".join(texts[:6])))
        return None
    changed = {text: word for text, word in words.items() if text != word}
    if changed:
        form["map"] = changed
    if len(words) < len(texts):
        form |= {"map": words, "otherwise": "other"}
    return form


def _share_read(name: str, target: str, seen: Seen) -> float:
    kind = TARGETS[target].columns[name].type.removeprefix("!")
    if kind.startswith(("timestamp", "date")) and seen.dates is not None:
        return seen.dates.share
    if kind.startswith(("decimal", "float", "int")) and seen.numbers is not None:
        return seen.numbers.share
    return 1.0


def _remarks(match: Match, seen: Seen) -> list[Remark]:
    found = []
    if match.sure < SURE:
        found.append(remark(f"by_{seen.kind}" if match.sure < 0.7 else "by_name", column=seen.name))
    dates = seen.dates
    if match.target_column.endswith(_TIMES) and dates is not None and dates.order is not None:
        found += _order(seen)
    return found


def _order(seen: Seen) -> list[Remark]:
    dates = seen.dates
    assert dates is not None
    if dates.evidence == 0:
        return [remark(f"ambiguous_{dates.order}", column=seen.name)]
    if dates.against:
        return [
            remark(
                f"mixed_{dates.order}", column=seen.name, n=dates.evidence, against=dates.against
            )
        ]
    return []


def _short(form: dict[str, Any]) -> str | dict[str, Any]:
    """Write `{from: x}` as `x`, unless that would be read as something else."""
    return form["from"] if list(form) == ["from"] else form
