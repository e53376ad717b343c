"""The build hook: a wheel and an editable installation bring the built console with them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleHook(BuildHookInterface):
    """Calls `scripts/build_console.py` before files are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the console if its sources changed."""
        script = Path(self.root) / "scripts" / "build_console.py"
        spec = importlib.util.spec_from_file_location("build_console", script)
        if spec is None or spec.loader is None or not script.is_file():
            return
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build()
