"""Every Python block of the documentation runs, page by page, top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


WITH_CODE = [page for page in PAGES if page.exists() and blocks(page)]


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.name)
def test_every_python_block_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__docs__"}
    ran = 0
    for source in blocks(page):
        exec(compile(source, str(page), "exec"), namespace)
        ran += 1
    assert ran == len(blocks(page))


def test_there_are_blocks_to_run():
    assert any(page.name == "library.md" for page in WITH_CODE)


def test_every_command_in_the_pages_exists():
    from zhiyin.app.cli import zhiyin

    named = set()
    for page in PAGES:
        for block in re.findall(r"^```bash\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            named |= set(re.findall(r"^zhiyin ([a-z]+)", block, re.MULTILINE))
    assert named
    assert named <= set(zhiyin.commands)
