"""Write a proposed recipe as YAML with comments where it is not sure."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zhiyin.collect.suggest.drafts import SURE, ColumnDraft, Remark, SourceDraft
from zhiyin.collect.suggest.wording import say
from zhiyin.collect.tables import TARGETS

_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff./-]*( [\w\u4e00-\u9fff./-]+)*")
_MEANINGFUL = frozenset(("true", "false", "null"))
_WIDTH = 116


def flow(value: Any) -> str:
    """Return a value in YAML's short notation."""
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(item) for item in value)}]"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _MEANINGFUL:
        return text
    return json.dumps(text, ensure_ascii=False)


def write(
    drafts: Sequence[SourceDraft],
    *,
    head: Mapping[str, Any],
    comments: Mapping[str, Remark],
    left_out: Sequence[tuple[str, Remark]],
    language: str,
) -> str:
    """Return the recipe's text.

    Parameters
    ----------
    drafts
        Its sources.
    head
        name, title, timezone, currency.
    comments
        Remarks on keys of the head; the one of `name` stands on top.
    left_out
        What is not mapped, and why.
    """
    lines: list[str] = []
    for key, value in head.items():
        if key in comments:
            lines += _comment(say(comments[key], language), "")
        lines.append(f"{key}: {flow(value)}")
    lines.append("sources:")
    for draft in drafts:
        lines += _source(draft, language)
    lines += ["", *_ending(left_out, language)]
    return "\n".join(lines) + "\n"


def _source(draft: SourceDraft, language: str) -> Iterator[str]:
    names = [file.name for file in draft.group.files]
    shown = ", ".join(names[:3])
    if len(names) > 3:
        shown += ", " + say("more_files", language, n=len(names) - 3)
    yield from _comment(say("source", language, files=shown, rows=f"{draft.group.rows:,}"), "  ")
    for told in draft.remarks:
        yield from _comment(say(told, language), "  ")
    yield f"  - name: {flow(draft.name)}"
    yield f"    files: {flow(draft.group.patterns)}"
    yield from _reading(draft)
    if draft.target is None:
        return
    yield "    columns:"
    for column in in_order(draft):
        yield from _column(column, language)
    yield from _judging(draft, language)


def _reading(draft: SourceDraft) -> Iterator[str]:
    told = _format(draft)
    if told:
        yield f"    format: {flow(told)}"
    if draft.target is not None:
        yield f"    target: {draft.target}"
    for key, value in draft.reshape.items():
        yield f"    {key}: {flow(value)}"
    if draft.joins:
        yield "    joins:"
        yield from (f"      - {flow(told)}" for told in draft.joins)


def _judging(draft: SourceDraft, language: str) -> Iterator[str]:
    if draft.rules:
        yield "    rules:"
    for rule in draft.rules:
        for why in rule.why:
            yield from _comment(say(why, language), "      ")
        yield f"      - {flow(rule.content)}"
    if draft.duplicates is not None:
        yield f"    duplicates: {flow(draft.duplicates)}"
    if draft.control_total is not None:
        yield f"    control_total: {draft.control_total}"


def _format(draft: SourceDraft) -> dict[str, Any]:
    told = vars(draft.group.files[0].file_format)
    plain = type(draft.group.files[0].file_format)()
    return {key: value for key, value in told.items() if value != getattr(plain, key)}


def in_order(draft: SourceDraft) -> list[ColumnDraft]:
    """Return the columns as the table has them, calculations behind what they calculate with."""
    places = {name: place for place, name in enumerate(TARGETS[draft.target or ""].columns)}
    columns = sorted(draft.columns.values(), key=lambda column: places[column.name])
    plain = [column for column in columns if not column.is_calculated]
    calculated = [column for column in columns if column.is_calculated]
    packs = [c for c in plain if c.name in ("attributes", "properties")]
    return [*(c for c in plain if c not in packs), *calculated, *packs]


def _column(column: ColumnDraft, language: str) -> Iterator[str]:
    if column.why or column.sure < SURE:
        told = "; ".join(say(why, language) for why in column.why)
        sure = f"{round(100 * column.sure)} %: " if column.sure < SURE else ""
        yield from _comment(f"{sure}{told}".removesuffix(": "), "      ")
    line = f"      {column.name}: {flow(column.form)}"
    if len(line) <= _WIDTH or not isinstance(column.form, Mapping):
        yield line
        return
    yield f"      {column.name}:"
    for key, value in column.form.items():
        inner = f"        {key}: {flow(value)}"
        if len(inner) <= _WIDTH or not isinstance(value, list | Mapping):
            yield inner
        else:
            yield from _long(key, value)


def _long(key: str, value: Any) -> Iterator[str]:
    items = value.items() if isinstance(value, Mapping) else value
    texts = (
        [f"{flow(k)}: {flow(v)}" for k, v in items]
        if isinstance(value, Mapping)
        else map(flow, items)
    )
    first, last = "{}" if isinstance(value, Mapping) else "[]"
    yield f"        {key}: {first}"
    line = "          "
    for text in texts:
        if len(line) + len(text) > _WIDTH:
            yield line.rstrip()
            line = "          "
        line += f"{text}, "
    yield line.rstrip()
    yield f"        {last}"


def _ending(left_out: Sequence[tuple[str, Remark]], language: str) -> Iterator[str]:
    if not left_out:
        yield from _comment(say("nothing_left_out", language), "")
        return
    yield from _comment(say("left_out", language), "")
    for what, why in left_out:
        yield from _comment(f"- {what}: {say(why, language)}", "")


def _comment(text: str, indent: str) -> list[str]:
    lead = f"{indent}# "
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=lead,
        subsequent_indent=lead,
        break_long_words=False,
        break_on_hyphens=False,
    )
