"""Record linkage by Splink, on a DuckDB of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import duckdb
import pyarrow as pa

from zhiyin.adapters.linkage.estimation import Parameters, estimate
from zhiyin.adapters.linkage.levels import level_names
from zhiyin.adapters.linkage.scoring import PAIRS, Scores, scored, settled
from zhiyin.adapters.linkage.workbench import Workbench
from zhiyin.core.errors import InvalidInput, Permanent
from zhiyin.ports.linkage import LinkagePlan, LinkageResult, columns_of, refuse_unusable

# Splink tells of untrained levels and small samples, which the report holds.
logging.getLogger("splink").setLevel(logging.CRITICAL)


class SplinkLinker:
    """Links records in memory, never in the workspace's own database.

    Parameters
    ----------
    memory_limit : what DuckDB may use before it goes to a temporary file.
    threads : None for as many as the machine has cores.
    """

    def __init__(self, *, memory_limit: str = "4GB", threads: int | None = None) -> None:
        self._memory_limit = memory_limit
        self._threads = threads

    def link(self, records: pa.Table, plan: LinkagePlan) -> LinkageResult:
        refuse_unusable(plan, records.column_names)
        with translated(), self._bench(records, plan) as bench:
            if not _has_pairs(bench):
                return _nothing(bench)
            estimates = estimate(bench, plan)
            parameters, scores = settled(bench, plan, estimates)
            trained = [asdict(session) for session in estimates.sessions]
            return _result(bench, plan, parameters, scores, trained)

    def score(
        self, records: pa.Table, plan: LinkagePlan, model: Mapping[str, Any]
    ) -> LinkageResult:
        refuse_unusable(plan, records.column_names)
        parameters = _parameters(model, plan)
        with translated(), self._bench(records, plan) as bench:
            if not _has_pairs(bench):
                return _nothing(bench)
            scores = scored(bench, plan, parameters, prior=model["prior"])
            return _result(bench, plan, parameters, scores, [])

    def missing(self, plan: LinkagePlan, columns: Sequence[str]) -> list[str]:
        return [name for name in columns_of(plan) if name not in columns]

    def _bench(self, records: pa.Table, plan: LinkagePlan) -> Workbench:
        return Workbench(records, plan, memory_limit=self._memory_limit, threads=self._threads)


@contextmanager
def translated() -> Iterator[None]:
    """Tell a failure of the engine, such as too little memory, in one sentence."""
    from splink.internals.exceptions import SplinkException

    try:
        yield
    except (duckdb.Error, SplinkException) as error:
        # Splink puts the whole query into its message; the engine's own sentence is behind it.
        cause = error.__cause__ or error.__context__ or error
        sentence = str(cause).strip().splitlines()[0]
        raise Permanent(f"Linking the records failed: {sentence}") from error


def _has_pairs(bench: Workbench) -> bool:
    return any(block.pairs for block in bench.blocks)


def _nothing(bench: Workbench) -> LinkageResult:
    return LinkageResult(
        pairs=PAIRS.empty_table(),
        model={},
        report={"records": bench.rows, "pairs": 0, "blocking": _blocking(bench)},
    )


def _result(
    bench: Workbench,
    plan: LinkagePlan,
    parameters: Parameters,
    scores: Scores,
    training: list[dict[str, Any]],
) -> LinkageResult:
    levels = {one.column: level_names(one) for one in plan.comparisons}
    model = {
        "prior": scores.prior,
        "levels": {
            column: [
                {"level": name, "m": m, "u": u}
                for name, m, u in zip(
                    names, parameters.m[column], parameters.u[column], strict=True
                )
            ]
            for column, names in levels.items()
        },
    }
    report = {
        "records": bench.rows,
        "pairs": scores.looked_at,
        "expected_matches": scores.expected_matches,
        "blocking": _blocking(bench),
        "training": training,
    }
    return LinkageResult(scores.pairs, model, report)


def _blocking(bench: Workbench) -> list[dict[str, Any]]:
    return [asdict(block) for block in bench.blocks]


def _parameters(model: Mapping[str, Any], plan: LinkagePlan) -> Parameters:
    """Return the parameters of a model that `link` gave, for a plan with the same comparisons."""
    known = model.get("levels", {})
    expected = {one.column: level_names(one) for one in plan.comparisons}
    found = {column: [level["level"] for level in levels] for column, levels in known.items()}
    if found != expected:
        raise InvalidInput(
            f"The model compares {', '.join(found) or 'nothing'}, the plan "
            f"{', '.join(expected)}; train one with the same comparisons."
        )
    return Parameters(
        m={column: tuple(level["m"] for level in levels) for column, levels in known.items()},
        u={column: tuple(level["u"] for level in levels) for column, levels in known.items()},
    )
