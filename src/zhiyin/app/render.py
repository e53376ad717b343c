"""Results as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

console = Console(soft_wrap=False, highlight=False)


def render(name: str, result: Any) -> None:
    """Print a command's result; anything without a form of its own is a table or a list of facts."""
    form = FORMS.get(name)
    if form:
        form(result)
    elif isinstance(result, Mapping):
        facts(result)
    else:
        rows(result)


def facts(result: Mapping[str, Any]) -> None:
    """Print one fact per line, nested lists as tables below."""
    later: list[tuple[str, Any]] = []
    grid = Table.grid(padding=(0, 2))
    for key, value in result.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            later.append((key, value))
        elif isinstance(value, Mapping):
            grid.add_row(_label(key), ", ".join(f"{k} {_cell(v)}" for k, v in value.items()) or "-")
        else:
            grid.add_row(_label(key), _cell(value))
    console.print(grid)
    for key, value in later:
        console.print(f"\n[bold]{_label(key)}[/bold]")
        rows(value)


def rows(items: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
    """Print an array of objects as a table."""
    if not items:
        console.print("Nothing to show.")
        return
    names = list(columns) or list(items[0])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        is_number = all(isinstance(i.get(name), int | float) or i.get(name) is None for i in items)
        table.add_column(_label(name), justify="right" if is_number else "left", overflow="fold")
    for item in items:
        table.add_row(*(_cell(item.get(name)) for name in names))
    console.print(table)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _import(result: Mapping[str, Any]) -> None:
    for file in result.get("skipped_files", ()):
        console.print(f"skipped {file}: imported before, nothing changed")
    grid = Table.grid(padding=(0, 2))
    grid.add_row("rows read", f"{result['rows_read']:,}")
    grid.add_row("rows kept", f"{result['rows_kept']:,}")
    set_aside = sum(result["rows_quarantined"].values())
    grid.add_row("rows quarantined", f"{set_aside:,}")
    for reason, count in sorted(result["rows_quarantined"].items(), key=lambda pair: -pair[1]):
        grid.add_row(f"  {reason}", f"{count:,}")
    for note, count in (result.get("rows_marked") or {}).items():
        grid.add_row(f"kept as {note}", f"{count:,}")
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
                stage["stage"], built["table"], built["outcome"], f"{built['rows']:,}",
                f"{built['seconds']:.2f}",
            )
    console.print(table)
    console.print(f"done in {result['seconds']:.1f} s")


def _init(result: Mapping[str, Any]) -> None:
    console.print(f"Made the workspace {result['workspace']} ({len(result['files'])} files).")
    console.print(
        "Next: `zhiyin import RECIPE FILE…` (built-in recipes: online_retail, adventureworks, "
        "completejourney, zhiyin_shop), then `zhiyin run` and `zhiyin serve`."
    )


def _count(result: Mapping[str, Any]) -> None:
    console.print(f"{result['count']:,} of {result['people']:,} people ({result['share']:.1%})")


def _card(result: Sequence[Mapping[str, Any]]) -> None:
    for card in result:
        console.print(card["text"], markup=False)


def _source(result: Mapping[str, Any]) -> None:
    console.print(f"source     {result['name']}")
    console.print(f"write key  {result['write_key']}")
    console.print("Keep the key now: only its hash is stored, it cannot be shown again.")


def _files(result: Mapping[str, Any]) -> None:
    for path in result["files"]:
        console.print(path, soft_wrap=True)


def _doctor(findings: Sequence[Mapping[str, Any]]) -> None:
    marks = {"ok": "[green]ok[/green]", "note": "[yellow]note[/yellow]", "missing": "[red]missing[/red]"}
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        then = f" - {finding['then']}" if finding["then"] else ""
        table.add_row(marks[finding["state"]], finding["name"], f"{finding['what']}{then}")
    console.print(table)


FORMS: Mapping[str, Callable[[Any], None]] = {
    "audience.count": _count,
    "doctor": _doctor,
    "import": _import,
    "init": _init,
    "models.card": _card,
    "review.weekly": _files,
    "run": _run,
    "source.create": _source,
}
