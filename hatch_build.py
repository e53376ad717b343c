"""The build hook: a wheel and an editable installation bring the built web parts with them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleHook(BuildHookInterface):
    """Calls `scripts/build_console.py` and `build_tracker.py` before files are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the console and the tracking scripts if their sources changed."""
        for name in ("build_console", "build_tracker"):
            script = Path(self.root) / "scripts" / f"{name}.py"
            spec = importlib.util.spec_from_file_location(name, script)
            if spec is None or spec.loader is None or not script.is_file():
                return
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.build()
