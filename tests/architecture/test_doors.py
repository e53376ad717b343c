"""Contracts that import-linter cannot say: doors, table modules, siblings, names."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest

STAGES = (
    "collect",
    "warehouse",
    "identity",
    "profiles",
    "insights",
    "models",
    "decisions",
    "delivery",
    "measurement",
    "governance",
)
SOURCE = Path(__file__).resolve().parents[2] / "src" / "zhiyin"
# A model family is a room inside `models` with doors of its own; the collector's HTTP edge is a
# door too, because only the HTTP API mounts it.
EXTRA_DOORS = {
    "zhiyin.collect.plan.api",
    "zhiyin.collect.dead_letters.api",
    "zhiyin.models.clv.api",
    "zhiyin.models.clv.tables",
    "zhiyin.models.churn.api",
    "zhiyin.models.churn.tables",
    "zhiyin.collect.edge.api",
    "zhiyin.warehouse.cleaning.api",
    "zhiyin.warehouse.cleaning.tables",
    "zhiyin.warehouse.quality.api",
    "zhiyin.warehouse.quality.tables",
    "zhiyin.identity.ledger.api",
    "zhiyin.identity.linkage.api",
    "zhiyin.identity.golden.api",
    "zhiyin.profiles.holding.api",
    "zhiyin.profiles.live.api",
    "zhiyin.models.lookalike.api",
    "zhiyin.profiles.membership.tables",
    "zhiyin.profiles.membership.api",
    "zhiyin.profiles.bitmaps.api",
    "zhiyin.profiles.tagging.api",
    "zhiyin.profiles.personas.api",
    "zhiyin.profiles.personas.tables",
    "zhiyin.profiles.value.api",
    "zhiyin.profiles.value.tables",
    "zhiyin.profiles.tagging.tables",
    "zhiyin.insights.activity.api",
    "zhiyin.insights.activity.tables",
    "zhiyin.insights.behavior.api",
    "zhiyin.insights.baskets.api",
    "zhiyin.insights.baskets.tables",
    "zhiyin.insights.voice.api",
    "zhiyin.insights.voice.tables",
    "zhiyin.models.voice.api",
}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("zhiyin", exclude_type_checking_imports=True)


def stage_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in STAGES else None


def test_a_stage_is_entered_by_its_doors_only(graph):
    doors = {f"zhiyin.{stage}.{door}" for stage in STAGES for door in ("api", "tables")}
    doors |= EXTRA_DOORS
    broken = [
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if stage_of(imported)
        and stage_of(importer) != stage_of(imported)
        and imported not in doors
        and imported.count(".") > 1
    ]
    assert broken == []


def test_table_promises_compute_nothing(graph):
    allowed = ("zhiyin.core", "zhiyin.ports")
    broken = [
        f"{module} -> {imported}"
        for module in graph.modules
        if module.endswith("tables") and stage_of(module)
        for imported in graph.find_modules_directly_imported_by(module)
        if not imported.startswith(allowed) and not imported.endswith("tables")
    ]
    assert broken == []


def test_nothing_imports_the_composition_root(graph):
    importers = {
        importer
        for module in graph.modules
        if module.startswith("zhiyin.app")
        for importer in graph.find_modules_that_directly_import(module)
    }
    outside = {name for name in importers if not name.startswith("zhiyin.app")}
    assert outside == {"zhiyin.__main__"}


def cycle_in(edges: dict[str, set[str]]) -> list[str] | None:
    """Return the first cycle found by depth-first search, or None."""
    state: dict[str, int] = {}

    def visit(node: str, path: list[str]) -> list[str] | None:
        state[node] = 1
        for following in sorted(edges.get(node, ())):
            if state.get(following) == 1:
                return [*path, node, following]
            if following not in state and (found := visit(following, [*path, node])):
                return found
        state[node] = 2
        return None

    for node in sorted(edges):
        if node not in state and (found := visit(node, [])):
            return found
    return None


def test_siblings_do_not_go_in_circles(graph):
    packages = {module.rsplit(".", 1)[0] for module in graph.modules if "." in module}
    for package in sorted(packages):
        depth = package.count(".") + 2
        edges: dict[str, set[str]] = {}
        for module in graph.modules:
            if not module.startswith(package + "."):
                continue
            sibling = ".".join(module.split(".")[:depth])
            for imported in graph.find_modules_directly_imported_by(module):
                other = ".".join(imported.split(".")[:depth])
                if imported.startswith(package + ".") and other != sibling:
                    edges.setdefault(sibling, set()).add(other)
        assert cycle_in(edges) is None, package


def test_the_cycle_finder_finds_cycles():
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert cycle_in({"a": {"b", "c"}, "b": {"c"}}) is None


def test_no_file_has_a_name_that_says_nothing():
    empty_words = {"utils.py", "helpers.py", "common.py", "misc.py", "base.py", "util.py"}
    assert [p for p in SOURCE.rglob("*.py") if p.name in empty_words] == []


def test_files_stay_small_enough_to_hold_one_idea():
    long = {
        str(path.relative_to(SOURCE)): lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 420
    }
    assert long == {}
