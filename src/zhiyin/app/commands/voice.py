"""What customers say: learnt from, judged, told of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from zhiyin.app import pipeline
from zhiyin.app.jobs import recorded
from zhiyin.app.looking import run_as_of
from zhiyin.app.voice_files import labeled_texts
from zhiyin.app.voicing import voice_builds
from zhiyin.core.clock import naive_utc
from zhiyin.core.dates import read_instant
from zhiyin.core.errors import NotFound
from zhiyin.insights.voice import api as voice
from zhiyin.insights.voice.tables import FEEDBACK, FEEDBACK_ASPECTS
from zhiyin.models.voice import api as reader
from zhiyin.warehouse import api as warehouse
from zhiyin.warehouse.tables import PRODUCTS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace

Progress = Callable[[str], None]
LEARNT_FROM = ("text", "label", "rating", "category", "kind", "source_id", "prompt")
MOST = 20


def train(
    workspace: Workspace,
    *,
    path: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    on_progress: Progress,
) -> dict[str, Any]:
    """Learn sentiment and topics from a file's labeled texts or from the workspace's own.

    A file is read for this alone: its texts do not become feedback.
    """
    on_progress("reading texts")
    if path:
        rows = labeled_texts(Path(path), text_column=text_column, label_column=label_column)
    else:
        tables = [workspace.warehouse.read(spec) for spec in voice.INPUTS]
        rows = workspace.warehouse.to_arrow(voice.texts(*tables).order_by("feedback_id"))
    if not rows.num_rows:
        raise NotFound(
            "There is no text to learn from; import reviews, service cases or survey answers "
            "(`zhiyin import RECIPE FILE`), or name a file with a column of texts."
        )
    on_progress(f"learning from {rows.num_rows:,} texts")

    def work(run_id: str) -> dict[str, Any]:
        del run_id
        version = reader.train(
            rows.select(LEARNT_FROM),
            as_of=naive_utc(workspace.clock.now()),
            registry_dir=workspace.registry,
            rng=np.random.default_rng(workspace.settings.models.seed),
        )
        return _trained(version.card)

    return dict(recorded(workspace, "voice", work))


def score(workspace: Workspace, *, on_progress: Progress) -> dict[str, Any]:
    """Judge every text of the workspace, as a run does."""
    on_progress("judging texts")

    def work(run_id: str) -> dict[str, Any]:
        reports = warehouse.run_builds(
            voice_builds(workspace),
            workspace.warehouse,
            context=pipeline.context_of(workspace, run_as_of(workspace)),
            clock=workspace.clock,
            run_id=run_id,
        )
        return {
            "tables": [
                {
                    "table": one.table,
                    "outcome": one.outcome,
                    "rows": one.rows,
                    "seconds": round(one.seconds, 2),
                }
                for one in reports
            ]
        }

    return dict(recorded(workspace, "voice", work))


def report(
    workspace: Workspace,
    *,
    kind: str | None = None,
    product: str | None = None,
    since: str | None = None,
    until: str | None = None,
    most: int = MOST,
) -> dict[str, Any]:
    """Return sentiment, aspects, reasons and products with the most complaints."""
    tables = (workspace.warehouse.read(spec) for spec in (FEEDBACK, FEEDBACK_ASPECTS))
    scope = _scope(workspace, kind, product, since, until)
    return voice.report(*tables, scope, fetch=workspace.warehouse.to_arrow, most=most)


def topics(
    workspace: Workspace,
    *,
    kind: str | None = None,
    product: str | None = None,
    since: str | None = None,
    until: str | None = None,
    most: int = MOST,
    examples: int = 3,
) -> list[dict[str, Any]]:
    """Return the topics that were learnt, with how many texts each has and some of them."""
    return voice.topics(
        workspace.warehouse.read(FEEDBACK),
        _scope(workspace, kind, product, since, until),
        fetch=workspace.warehouse.to_arrow,
        most=most,
        examples=examples,
    )


def ask(workspace: Workspace, *, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return what customers say: over time, topics with quotes, aspects, reasons, products."""
    read, fetch = workspace.warehouse.read, workspace.warehouse.to_arrow
    question = _question(workspace, voice.read_voice(spec))
    tables = (read(FEEDBACK), read(FEEDBACK_ASPECTS), read(PRODUCTS))
    answer = voice.told(*tables, question, fetch=fetch)
    as_of, timezone = run_as_of(workspace), workspace.settings.timezone
    return {"as_of": as_of.isoformat(), "timezone": timezone, **answer}


def people_behind(workspace: Workspace) -> tuple[Callable[..., Any], Callable[..., ir.Table]]:
    """Return how a question is read, and who is behind a point of its answer."""

    def said(scope: object, spec: voice.VoiceSpec, point: Mapping[str, Any]) -> ir.Table:
        del scope
        tables = (workspace.warehouse.read(one) for one in (FEEDBACK, FEEDBACK_ASPECTS))
        return voice.voice_people(*tables, _question(workspace, spec), point)

    return voice.read_voice, said


def judge(workspace: Workspace, *, text: str) -> dict[str, Any]:
    """Return what one text means; nothing is stored."""
    chosen, _ = reader.read_judge(workspace.registry)
    row = pa.table(
        {
            "feedback_id": pa.array(["given"]),
            "text": pa.array([text], pa.string()),
            "prompt": pa.nulls(1, pa.string()),
        }
    )
    [meaning] = voice.judged(row, chosen).to_pylist()
    parts = voice.aspects(row, chosen).drop_columns(["feedback_id"]).to_pylist()
    return {**meaning, "aspects": parts}


def _question(workspace: Workspace, spec: voice.VoiceSpec) -> voice.Asked:
    return voice.asked(
        workspace.warehouse.read(FEEDBACK),
        spec,
        as_of=run_as_of(workspace),
        timezone=workspace.settings.timezone,
        fetch=workspace.warehouse.to_arrow,
    )


def _scope(
    workspace: Workspace,
    kind: str | None,
    product: str | None,
    since: str | None,
    until: str | None,
) -> voice.VoiceScope:
    zone = workspace.settings.zone
    start, end = (read_instant(text, zone) if text else None for text in (since, until))
    return voice.VoiceScope(kind, product, start, end)


def _trained(card: Any) -> dict[str, Any]:
    """Return what a person wants to know of a training."""
    return {
        "version": card["version"],
        "status": card["status"],
        **card["data"],
        "metrics": [
            {key: one[key] for key in ("name", "value", "baseline", "baseline_name")}
            for one in card["metrics"]
        ],
        "notes": [{"code": one["code"], **one["values"]} for one in card["notes"]],
    }
