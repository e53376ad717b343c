"""Write docs/commands.md from the command line's own help, so that the two cannot part."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zhiyin.app.cli import zhiyin

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
HEAD = """# Commands

Every command takes `--workspace DIR` (default `.`; environment variable `ZHIYIN_WORKSPACE`) and
`--json` for machine-readable output on standard output. The exit code is 0 only when the work was
done; a wrong input gets one sentence on standard error. Beside a running server the commands go
through it.

*This page is written by `python scripts/write_commands_page.py`.*
"""


def page() -> str:
    """Return the page's text."""
    return HEAD + "".join(_section(zhiyin, "zhiyin"))


def _section(command: click.Command, path: str) -> list[str]:
    parts = []
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            parts += _section(command.commands[name], f"{path} {name}")
        return parts
    with click.Context(
        command, info_name=path, max_content_width=100, terminal_width=100
    ) as context:
        text = command.get_help(context)
    return [f"\n## `{path}`\n\n```text\n{text}\n```\n"]


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE} is out of date")
    PAGE.write_text(page(), encoding="utf-8")
