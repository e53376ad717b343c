"""Rules woven into an expression over a raw table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from zhiyin.warehouse.cleaning import limits, neighbors, readings, wording
from zhiyin.warehouse.cleaning.places import as_text, holds, is_different, place
from zhiyin.warehouse.cleaning.rules import Rule, TableRules
from zhiyin.warehouse.cleaning.verdicts import Judge, Setting

# Columns that a cleaned table has beside the raw one's: names of columns that were filled, and of
# rules that found something doubtful, each between commas; null where there is nothing to say.
FILLED, FLAGGED = "filled", "flagged"
MARKS = (FILLED, FLAGGED)
# Columns in the middle of the work.
REJECTED, MERGED = "_rejected", "_merged"
STEP = "_step_"  # + a number: what the step found, made and did, as one column of three
# Columns of a verdict, + the column judged.
VALUE, BAD, TOLD = "_g_value_", "_g_bad_", "_g_told_"
# What is done with a value that a rule can make nothing of, in the word of the ledger.
WORDS = {"empty": "emptied", "keep": None, "flag": "flagged", "reject": "rejected"}

JUDGES: Mapping[str, Judge] = {
    "text": wording.tidy,
    "codes": wording.coded,
    "phone": readings.read_anew,
    "email": readings.read_anew,
    "date": readings.from_text,
    "number": readings.from_text,
    "range": limits.in_range,
    "outlier": limits.outlier,
    "unit": limits.unit_mistake,
    "swap": neighbors.swapped,
    "calculate": neighbors.calculated_anew,
    "fill": neighbors.filled,
}
# What a kind reads before it judges, layer by layer.
LAYERS: Mapping[str, Mapping[str, Callable[[ir.Table, str, Rule, Setting], ir.Value]]] = {
    "phone": {readings.READ: readings.phone},
    "email": {readings.READ: readings.email},
    "date": {readings.TEXT: readings.text_of, readings.READ: readings.date},
    "number": {readings.TEXT: readings.text_of, readings.READ: readings.number},
    "codes": {wording.WORD: wording.word_of, wording.CODE: wording.code_of},
}
# What a kind needs beside each row before it can judge.
BESIDE = {
    "outlier": limits.with_quartiles,
    "unit": limits.with_quartiles,
    "fill": neighbors.with_fillings,
}


@dataclass(frozen=True)
class Step:
    """One rule over one column (or over rows); its columns in a trail end in `number`."""

    number: int
    rule: Rule
    column: str

    @property
    def actions(self) -> tuple[str, ...]:
        """What the step may do, the usual first."""
        rule = self.rule
        by_kind = {"fill": "filled", "duplicates": "merged", "reject": "rejected"}
        if rule.kind in by_kind:
            return (by_kind[rule.kind],)
        word = WORDS.get(rule.options.get("otherwise", ""))
        if rule.kind in ("range", "outlier"):
            return (word,) if word else ("repaired",)
        empties = rule.kind in ("text", "swap")
        words = ("repaired", word, "emptied" if empties else None)
        return tuple(dict.fromkeys(one for one in words if one))


@dataclass(frozen=True)
class Trail:
    """A raw table after some rules, and what each step did if that is kept."""

    table: ir.Table
    setting: Setting
    is_kept: bool
    steps: tuple[Step, ...] = ()


def marked(table: ir.Table) -> ir.Table:
    """Return the table with the columns `filled` and `flagged`, null if they were not there."""
    absent = {name: ibis.null("string") for name in MARKS if name not in table.columns}
    return table.mutate(**absent) if absent else table


def cleaned(raw: ir.Table, rules: TableRules, setting: Setting) -> ir.Table:
    """Return the raw table as its rules mend it, without rejected and repeated rows.

    It has the raw table's columns and `MARKS`. Without rules it is the raw table.
    """
    if not rules.rules:
        return marked(raw)
    table = trail(raw, rules, setting).table
    if rules.is_rejecting:
        table = table.filter(table[REJECTED].isnull(), ~table[MERGED])
    return table.select(*raw.columns, *(name for name in MARKS if name not in raw.columns))


def trail(
    raw: ir.Table,
    rules: TableRules,
    setting: Setting,
    *,
    is_kept: bool = False,
    remembered: Sequence[str] = (),
) -> Trail:
    """Return the table after all rules; rejected rows are in it, and marked.

    With `is_kept`, a column says of each step what was before, after, and done. Columns that are
    `remembered` are there as received too, led by `RAW`.
    """
    names = dict.fromkeys([*_compared(rules), *remembered])
    begun = marked(raw).mutate(
        **{REJECTED: ibis.null("string"), MERGED: ibis.literal(False)},
        **{neighbors.RAW + name: raw[name] for name in names},
    )
    path = Trail(begun, setting, is_kept)
    for rule in rules.rules:
        path = _after(path, rule)
    return path


def _compared(rules: TableRules) -> list[str]:
    named = [n for rule in rules.rules for n in rule.options.get("if_changed") or ()]
    return list(dict.fromkeys(named))


def _after(path: Trail, rule: Rule) -> Trail:
    if rule.kind == "duplicates":
        return _without_repeated(path, rule)
    if rule.kind == "reject":
        return _with_rejected(path, rule)
    if rule.kind in BESIDE:
        for column in rule.columns:
            beside = BESIDE[rule.kind](path.table, column, rule)
            path = _judged(replace(path, table=beside), rule, (column,))
        return path
    return _judged(path, rule, rule.columns)


def _judged(path: Trail, rule: Rule, columns: tuple[str, ...]) -> Trail:
    """Apply a rule to its columns at once, so that each sees the others as they were."""
    table = path.table
    for name, read in LAYERS.get(rule.kind, {}).items():
        layer = {name + column: read(table, column, rule, path.setting) for column in columns}
        table = table.mutate(**layer)
    path = replace(path, table=table)
    condition = holds(table, rule.when)
    judged = table.mutate(
        **{
            name: value
            for column in columns
            for name, value in _verdict(path, rule, column, condition).items()
        }
    )
    # What was judged stands in columns by now, so that no expression is written out twice.
    changes: dict[str, ir.Value] = {name: judged[name] for name in (*MARKS, REJECTED)}
    steps = list(path.steps)
    for column in columns:
        step = Step(len(steps), rule, column)
        _mark(changes, judged, step)
        if path.is_kept:
            changes |= _kept(judged, step)
            steps.append(step)
        changes[column] = _settled(judged, step)
    return replace(path, table=_with(judged, changes), steps=tuple(steps))


def _with(table: ir.Table, changes: Mapping[str, ir.Value]) -> ir.Table:
    """Return the table with changed and new columns, and without those of the judging."""
    kept = [name for name in table.columns if not name.startswith("_g_") and name not in changes]
    return table.select(*kept, **changes)


def _verdict(
    path: Trail, rule: Rule, column: str, condition: ir.BooleanValue | None
) -> dict[str, ir.Value]:
    """Return the columns of a verdict, where the rule's conditions hold."""
    table = path.table
    verdict = JUDGES[rule.kind](table, column, rule, path.setting)
    value, is_bad = verdict.value.cast(table[column].type()), verdict.is_bad
    if condition is not None:
        value = ibis.ifelse(condition, value, table[column])
        is_bad = None if is_bad is None else is_bad & condition
    found: dict[str, ir.Value] = {VALUE + column: value}
    if is_bad is not None:
        found[BAD + column] = is_bad.fill_null(False)
    if verdict.before is not None:
        found[TOLD + column] = verdict.before
    return found


def _settled(judged: ir.Table, step: Step) -> ir.Value:
    """Return the value after the rule's `otherwise`."""
    old, value = judged[step.column], judged[VALUE + step.column]
    if BAD + step.column not in judged.columns:
        return value
    is_bad = judged[BAD + step.column]
    instead = old
    if step.rule.options["otherwise"] == "empty":
        instead = ibis.null(old.type().copy(nullable=True))
    return ibis.ifelse(is_bad, instead, value)


def _mark(changes: dict[str, ir.Value], judged: ir.Table, step: Step) -> None:
    """Note in the row's marks what was filled, what is doubtful, what keeps the row out."""
    rule, column = step.rule, step.column
    otherwise = rule.options.get("otherwise")
    if rule.kind == "fill":
        was_filled = judged[column].isnull() & judged[VALUE + column].notnull()
        changes[FILLED] = _noted(changes[FILLED], was_filled, column)
    if BAD + column not in judged.columns:
        return
    is_bad = judged[BAD + column]
    if otherwise == "flag":
        changes[FLAGGED] = _noted(changes[FLAGGED], is_bad, rule.name)
    if otherwise == "reject":
        name = ibis.literal(f"{rule.name}\x1f{column}\x1f") + _told(judged, column).fill_null("")
        rejected = ibis.ifelse(is_bad, name, ibis.null("string"))
        changes[REJECTED] = ibis.coalesce(changes[REJECTED], rejected)


def _told(judged: ir.Table, column: str) -> ir.Value:
    """Return as text what a rule looked at."""
    return as_text(judged[TOLD + column if TOLD + column in judged.columns else column])


def _noted(note: ir.Value, condition: ir.BooleanValue, word: str) -> ir.Value:
    return ibis.ifelse(condition, note.fill_null(",") + f"{word},", note)


def _kept(judged: ir.Table, step: Step) -> dict[str, ir.Value]:
    """Return what a step did: the value before and after as text, and the word for it."""
    rule, column = step.rule, step.column
    before, after = _told(judged, column), as_text(_settled(judged, step))
    alive = judged[REJECTED].isnull() & ~judged[MERGED]
    branches: list[tuple[ir.Value, ir.Value]] = [(~alive, ibis.null("string"))]
    if BAD + column in judged.columns:
        word = WORDS[rule.options["otherwise"]]
        branches.append((judged[BAD + column], ibis.literal(word, type="string")))
    else:
        branches.append((before.notnull() & after.isnull(), ibis.literal("emptied")))
    done = "filled" if rule.kind == "fill" else "repaired"
    is_changed = is_different(before, after) & after.notnull()
    if TOLD + column in judged.columns:
        is_changed = is_changed & before.notnull()
    branches.append((is_changed, ibis.literal(done)))
    action = ibis.cases(*branches, else_=ibis.null("string"))
    return {f"{STEP}{step.number}": _packed(before, after, action)}


def _packed(before: ir.Value, after: ir.Value, action: ir.Value) -> ir.Value:
    # Three columns for every step would be handed from each select to the next.
    return ibis.struct({"before": before, "after": after, "action": action})


def _without_repeated(path: Trail, rule: Rule) -> Trail:
    alive = path.table[REJECTED].isnull() & ~path.table[MERGED]
    # Rows that are out already must not make the ones that stay look repeated.
    table = path.table.mutate(_g_alive=alive)
    table = table.mutate(_g_repeated=neighbors.is_repeated(table, rule, table._g_alive))
    condition = holds(table, rule.when)
    is_out = table._g_repeated & table._g_alive
    is_out = is_out if condition is None else is_out & condition
    return _row_step(
        path, table, rule, is_out, action="merged", changes={MERGED: table[MERGED] | is_out}
    )


def _with_rejected(path: Trail, rule: Rule) -> Trail:
    table = path.table
    condition = holds(table, rule.when)
    is_out = table[REJECTED].isnull() & (ibis.literal(True) if condition is None else condition)
    shown = as_text(_looked_at(table, rule)).fill_null("")
    name = ibis.literal(f"{rule.name}\x1f\x1f") + shown
    rejected = ibis.ifelse(is_out, name, table[REJECTED])
    return _row_step(
        path, table, rule, is_out & ~table[MERGED], action="rejected", changes={REJECTED: rejected}
    )


def _looked_at(table: ir.Table, rule: Rule) -> ir.Value:
    return place(table, rule.when[0].place) if rule.when else ibis.null("string")


def _row_step(
    path: Trail,
    table: ir.Table,
    rule: Rule,
    is_out: ir.BooleanValue,
    *,
    action: str,
    changes: dict[str, ir.Value],
) -> Trail:
    """Return the trail after a rule over rows."""
    steps = list(path.steps)
    if path.is_kept:
        step = Step(len(steps), rule, "")
        names = rule.options.get("same") or [test.place for test in rule.when]
        shown = ibis.literal("")
        for number, name in enumerate(names):
            part = as_text(place(table, name)).fill_null("")
            shown = shown + (ibis.literal(", ") if number else ibis.literal("")) + part
        done = ibis.ifelse(is_out, ibis.literal(action), ibis.null("string"))
        found = _packed(shown, ibis.null("string"), done)
        changes = {**changes, f"{STEP}{step.number}": found}
        steps.append(step)
    return replace(path, table=_with(table, changes), steps=tuple(steps))
