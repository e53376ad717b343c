"""In which order tables are built."""

from __future__ import annotations

from collections.abc import Sequence

from zhiyin.core.errors import InvalidInput
from zhiyin.warehouse.builds import TableBuild


def in_order(builds: Sequence[TableBuild]) -> list[TableBuild]:
    """Return the builds so that each comes after those it reads; else in the given order."""
    waiting = {build.spec.name: build for build in builds}
    if len(waiting) < len(builds):
        names = [build.spec.name for build in builds]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"{twice} is made by two builds; keep one of them.")
    ordered: list[TableBuild] = []
    while waiting:
        ready = [
            build
            for build in waiting.values()
            if not any(spec.name in waiting for spec in build.inputs)
        ]
        if not ready:
            raise InvalidInput(
                f"The builds of {', '.join(sorted(waiting))} wait for each other; "
                "let one of them read other tables."
            )
        ordered += ready
        for build in ready:
            del waiting[build.spec.name]
    return ordered
