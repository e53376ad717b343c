"""Results as a person reads them on a terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

# A file or a pipe has no width of its own; in 80 columns a table of eight breaks its words.
PIPED = 160
PERCENT = re.compile(r"-?[\d,.]+ ?%$")


def piped_width() -> int | None:
    """Return the width of lines that no terminal bounds; None where one does, or COLUMNS."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED


# Names and values are the customers': "[b]" and ":cn:" in them are no instructions to print.
console = Console(highlight=False, markup=False, emoji=False, width=piped_width())


def printer(forms: Mapping[str, Callable[[Any], None]]) -> Callable[[str, Any], None]:
    """Return what prints a command's result: in its form, else as a table or a list of facts."""

    def render(name: str, result: Any) -> None:
        form = forms.get(name)
        if form:
            form(result)
        elif isinstance(result, Mapping):
            facts(result)
        else:
            rows(result)

    return render


def heading(text: str) -> None:
    """Print a line that stands over what follows."""
    console.print(text, style="bold", soft_wrap=True)


def facts(result: Mapping[str, Any]) -> None:
    """Print one fact per line, nested lists as tables below."""
    later: list[tuple[str, Any]] = []
    grid = Table.grid(padding=(0, 2))
    for key, value in result.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            later.append((key, value))
        else:
            grid.add_row(_label(key), _cell(value))
    console.print(grid)
    for key, value in later:
        console.print()
        heading(_label(key))
        rows(value)


def rows(
    items: Sequence[Mapping[str, Any]], columns: Sequence[str] = (), *, whole: Sequence[str] = ()
) -> None:
    """Print an array of objects as a table; `whole` columns are not broken over lines."""
    if not items:
        console.print("Nothing to show.")
        return
    names = list(columns) or list(items[0])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        justify = "right" if all(_is_number(item.get(name)) for item in items) else "left"
        is_whole = name in whole or name.endswith("_at")  # a broken instant cannot be read
        table.add_column(_label(name), justify=justify, overflow="fold", no_wrap=is_whole)
    for item in items:
        table.add_row(*(_cell(item.get(name)) for name in names))
    console.print(table)


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float) or bool(PERCENT.match(str(value)))


def _label(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "-", True: "yes", False: "no"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_cell(one)}" for key, one in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


SKIPPED = {
    "already_imported": "imported before, nothing changed",
    "changed": "imported before with other content; --replace exchanges its rows",
    "same_content": "the same content was given twice",
    "other_format": "the same table was also given in another format",
    "not_in_recipe": "no source of the recipe knows it",
}


def _import(result: Mapping[str, Any]) -> None:
    if result.get("recipe_file"):
        console.print(f"recipe {result['recipe_file']}", soft_wrap=True)
    for file in result["skipped"]:
        why = SKIPPED.get(file["reason"], file["reason"])
        console.print(f"skipped {file['name']}: {why}", soft_wrap=True)
    grid = Table.grid(padding=(0, 2))
    grid.add_row("rows read", f"{result['rows_read']:,}")
    grid.add_row("rows kept", f"{result['rows_kept']:,}")
    set_aside = sum(result["rows_quarantined"].values())
    grid.add_row("rows quarantined", f"{set_aside:,}")
    for reason, count in sorted(result["rows_quarantined"].items(), key=lambda pair: -pair[1]):
        grid.add_row(f"  {reason}", f"{count:,}")
    for source, hits in result["rule_hits"].items():
        for rule, count in hits.items():
            grid.add_row(f"rule {source}.{rule}", f"{count:,}")
    if result.get("total_read") is not None:
        grid.add_row("control total read", f"{float(result['total_read']):,.2f}")
        grid.add_row("  kept", f"{float(result['total_kept']):,.2f}")
        grid.add_row("  quarantined", f"{float(result['total_quarantined']):,.2f}")
    grid.add_row("seconds", f"{result['seconds']:.1f}")
    console.print(grid)
    if set_aside:
        console.print(
            "Quarantined rows are in ods.quarantine, each with its reason and the whole record."
        )


def _recipe_text(result: Mapping[str, Any]) -> None:
    if result.get("file") and "sources" in result:
        console.print(f"wrote {result['file']}", soft_wrap=True)
        for source in result["sources"]:
            files = ", ".join(source["files"][:3]) + (", …" if len(source["files"]) > 3 else "")
            target = source["target"] or "only looked up"
            console.print(f"  {source['rows']:>12,} records  {target:<16} {files}", soft_wrap=True)
        console.print("Read it, then: zhiyin recipe check FILE.yaml FILES…")
        return
    console.print(result["recipe"], soft_wrap=True, end="")


def _recipe_check(result: Mapping[str, Any]) -> None:
    for source in result["sources"]:
        aside = sum(source["aside"].values())
        heading(
            f"{source['source']} -> {source['target']}: "
            f"{source['read']:,} records read, {source['kept']:,} kept, {aside:,} set aside"
        )
        for row in source["rows"]:
            text = ", ".join(f"{name}={_cell(value)}" for name, value in row.items())
            console.print(f"  {text}", soft_wrap=True)
        for example in source["examples"]:
            count = source["aside"][example["reason"]]
            where = f"{example['origin']} line {example['origin_line']}"
            detail = example["detail"] or ""
            console.print(
                f"  set aside {example['reason']} ({count:,}), as {where}: {detail}",
                soft_wrap=True,
            )
    console.print("Nothing was written.")


def _run(result: Mapping[str, Any]) -> None:
    console.print(f"as of {result['as_of']} UTC")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("stage", "table", "outcome"):
        table.add_column(name)
    table.add_column("rows", justify="right")
    table.add_column("seconds", justify="right")
    for stage in result["stages"]:
        for built in stage["tables"]:
            table.add_row(
                stage["stage"],
                built["table"],
                built["outcome"],
                f"{built['rows']:,}",
                f"{built['seconds']:.2f}",
            )
    console.print(table)
    console.print(f"done in {result['seconds']:.1f} s")


def _init(result: Mapping[str, Any]) -> None:
    console.print(f"Made the workspace {result['workspace']} ({len(result['files'])} files).")
    console.print(
        "Next: `zhiyin import auto FILE…` with your files (or by a recipe that ships, see "
        "`zhiyin recipe list`), then `zhiyin run` and `zhiyin serve`."
    )


def _card(result: Sequence[Mapping[str, Any]]) -> None:
    for card in result:
        console.print(card["text"])


def _source(result: Mapping[str, Any]) -> None:
    console.print(f"source     {result['name']}")
    console.print(f"write key  {result['write_key']}")
    console.print("Keep the key now: only its hash is stored, it cannot be shown again.")
    if until := result.get("old_key_valid_until"):
        console.print(f"The old key is taken until {until[:19].replace('T', ' ')} UTC.")


def _sources(result: Sequence[Mapping[str, Any]]) -> None:
    if not result:
        console.print("No source may send yet; `zhiyin source create NAME` makes one.")
        return
    names = ("name", "source_type", "allowed_origins", "events_per_second", "required_consents")
    rows(result, (*names, "is_active"))


def _files(result: Mapping[str, Any]) -> None:
    for path in result["files"]:
        console.print(path, soft_wrap=True)


def _doctor(findings: Sequence[Mapping[str, Any]]) -> None:
    colors = {"ok": "green", "note": "yellow", "missing": "red"}
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        then = f" - {finding['then']}" if finding["then"] else ""
        table.add_row(
            Text(finding["state"], style=colors[finding["state"]]),
            finding["name"],
            f"{finding['what']}{then}",
        )
    console.print(table)


def _customer(result: Mapping[str, Any]) -> None:
    heading(result["person_id"])
    known = {name: value for name, value in (result["profile"] or {}).items() if value is not None}
    facts(known)
    console.print()
    heading("ids")
    rows(result["identities"])
    if result["tags"]:
        heading("tags")
        rows(result["tags"], ("family", "tag", "value"))
    if result["scores"]:
        heading("scores")
        rows(
            [{**score, "because": _because(score)} for score in result["scores"]],
            ("model", "score", "low", "high", "because"),
        )
    if result["consents"]:
        heading("consents")
        rows(result["consents"])
    if result["orders"]:
        heading("latest orders")
        rows(result["orders"][:10], ("order_time", "order_id", "amount", "pieces", "channel"))
    if result["messages"]:
        heading("messages")
        rows(result["messages"][:10])


def _because(score: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{reason['feature']} {_cell(reason['value'])}" for reason in score.get("reasons") or ()
    )


def _pull(result: Mapping[str, Any]) -> None:
    for table in result["tables"]:
        heading(f"{table['table']} into {table['target']}")
        grid = Table.grid(padding=(0, 2))
        for name in ("rows_read", "rows_kept", "rows_repeated", "rows_without_cursor"):
            grid.add_row(f"  {_label(name)}", f"{table[name]:,}")
        for reason, count in table["rows_quarantined"].items():
            grid.add_row(f"  set aside: {reason}", f"{count:,}")
        if table["rows_ahead"]:
            grid.add_row("  rows of the future", f"{table['rows_ahead']:,}")
        if table["total_read"] is not None:
            grid.add_row("  control total kept", f"{float(table['total_kept']):,.2f}")
        grid.add_row("  position", _cell(table["position"]))
        console.print(grid)
    console.print(f"seconds    {result['seconds']:.1f}")


def _pulls(result: Sequence[Mapping[str, Any]]) -> None:
    if not result:
        console.print("Nothing was pulled yet; see `zhiyin pull --help`.")
    for row in result:
        heading(f"{row['recipe']} {row['source']}")
        facts({name: value for name, value in row.items() if name not in ("recipe", "source")})


def _connections(result: Sequence[Mapping[str, Any]]) -> None:
    if not result:
        console.print("No database is named yet; add [connections.NAME] to zhiyin.toml.")
        return
    rows(result)


def _connection_tables(result: Sequence[Mapping[str, Any]]) -> None:
    if not result or "columns" not in result[0]:
        rows(result)
        return
    for table in result:
        heading(table["table"])
        facts({name: value for name, value in table.items() if name != "table"})


FORMS: Mapping[str, Callable[[Any], None]] = {
    "connection.list": _connections,
    "connection.tables": _connection_tables,
    "customer.show": _customer,
    "doctor": _doctor,
    "import": _import,
    "init": _init,
    "models.card": _card,
    "recipe.check": _recipe_check,
    "recipe.show": _recipe_text,
    "recipe.suggest": _recipe_text,
    "pull": _pull,
    "pulls.list": _pulls,
    "review.weekly": _files,
    "run": _run,
    "source.create": _source,
    "source.list": _sources,
    "source.rotate": _source,
}

render = printer(FORMS)
