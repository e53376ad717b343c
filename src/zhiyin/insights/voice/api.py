"""The door of the voice of the customer: texts gathered, judged, learnt from, and told of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ibis

from zhiyin.insights.voice.asking import Asked, VoiceSpec, asked, read_voice, voice_people
from zhiyin.insights.voice.gathering import GATHERED, INPUTS, texts
from zhiyin.insights.voice.grams import grams_of
from zhiyin.insights.voice.judging import Judge, aspects, judged
from zhiyin.insights.voice.keeping import files_of, judge_of
from zhiyin.insights.voice.labels import labeled
from zhiyin.insights.voice.lexicon import words
from zhiyin.insights.voice.linear import Linear, calibrated, fit
from zhiyin.insights.voice.reporting import KINDS, VoiceScope, report, topics
from zhiyin.insights.voice.signs import plain, signs_of
from zhiyin.insights.voice.tables import FEEDBACK, FEEDBACK_ASPECTS
from zhiyin.insights.voice.telling import told
from zhiyin.insights.voice.topics import Topics, learn
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "INPUTS",
    "KINDS",
    "Asked",
    "Judge",
    "Linear",
    "Topics",
    "VoiceScope",
    "VoiceSpec",
    "asked",
    "aspects",
    "builds",
    "calibrated",
    "files_of",
    "fit",
    "grams_of",
    "judge_of",
    "judged",
    "labeled",
    "learn",
    "plain",
    "read_voice",
    "report",
    "signs_of",
    "texts",
    "told",
    "topics",
    "voice_people",
    "words",
]


def builds(judge: Judge, *, learnt: str = "") -> list[TableBuild]:
    """Return the builds of `dm.feedback` and `dm.feedback_aspects`.

    `learnt` names what the judge has learnt, so that another judge judges every text anew.
    """
    definition = f"{judge.version}/{learnt}"
    return [
        TableBuild(
            FEEDBACK,
            INPUTS,
            partial(build_feedback, judge=judge),
            definition=definition,
            origin=feedback_origin,
        ),
        TableBuild(
            FEEDBACK_ASPECTS,
            (FEEDBACK,),
            partial(build_aspects, judge=judge),
            definition=definition,
            origin=aspects_origin,
        ),
    ]


def build_feedback(*inputs: ir.Table, context: BuildContext, judge: Judge) -> ir.Table:
    """Return `dm.feedback`."""
    del context
    rows = texts(*inputs).to_pyarrow()
    meaning = judged(rows, judge)
    for name in meaning.column_names:
        rows = rows.append_column(name, meaning[name])
    return ibis.memtable(rows.select(list(FEEDBACK.columns)), schema=FEEDBACK.schema())


def build_aspects(feedback: ir.Table, *, context: BuildContext, judge: Judge) -> ir.Table:
    """Return `dm.feedback_aspects`."""
    del context
    rows = aspects(feedback.select("feedback_id", "text").to_pyarrow(), judge)
    return ibis.memtable(rows, schema=FEEDBACK_ASPECTS.schema())


def feedback_origin(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return an expression whose columns show what `dm.feedback` is made from."""
    del context
    gathered = texts(*inputs)
    of_text = dict.fromkeys(
        ("language", "sentiment", "score", "method", "topic", "reason"), gathered.text
    )
    return gathered.select(*GATHERED, **of_text, moment=gathered.text + gathered.prompt)


def aspects_origin(feedback: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return an expression whose columns show what `dm.feedback_aspects` is made from."""
    del context
    of_text = dict.fromkeys(("aspect", "sentiment", "score", "clauses"), feedback.text)
    return feedback.select("feedback_id", **of_text)
