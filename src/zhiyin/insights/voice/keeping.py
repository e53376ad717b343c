"""A judge as text files, for the registry of models."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from zhiyin.insights.voice.grams import BITS, BUCKETS, RUN
from zhiyin.insights.voice.judging import Judge
from zhiyin.insights.voice.linear import Linear
from zhiyin.insights.voice.topics import Topics

SENTIMENT, TOPICS = "sentiment.json", "topics.json"
# Other features mean other buckets: a model of another shape must be trained again.
SHAPE = f"signs{RUN}-bits{BITS}-1"


def files_of(judge: Judge) -> dict[str, str]:
    """Return what a judge has learnt, as the texts of files by their names."""
    files = {}
    if judge.model is not None:
        known = np.flatnonzero(judge.model.ratios)
        files[SENTIMENT] = json.dumps(
            {
                "shape": SHAPE,
                "bias": judge.model.bias,
                "scale": judge.model.scale,
                "buckets": packed(known.astype("<i4")),
                "ratios": packed(judge.model.ratios[known].astype("<f4")),
                "weights": packed(judge.model.weights[known].astype("<f4")),
            }
        )
    if judge.topics is not None:
        files[TOPICS] = json.dumps(
            {
                "names": judge.topics.names,
                "phrases": judge.topics.phrases,
                "weights": packed(judge.topics.weights.astype("<f4")),
            },
            ensure_ascii=False,
        )
    return files


def judge_of(files: Mapping[str, str], version: str) -> Judge:
    """Return the judge that `files_of` wrote; one of another release judges by the lexicon."""
    model = read_model(json.loads(files[SENTIMENT])) if SENTIMENT in files else None
    topics = read_topics(json.loads(files[TOPICS])) if TOPICS in files else None
    return Judge(version if model else "lexicon", model, topics)


def read_model(told: Mapping[str, Any]) -> Linear | None:
    """Return the model, or None where its features are not those of this release."""
    if told["shape"] != SHAPE:
        return None
    known = unpacked(told["buckets"], "<i4")
    ratios, weights = np.zeros(BUCKETS, np.float32), np.zeros(BUCKETS, np.float32)
    ratios[known] = unpacked(told["ratios"], "<f4")
    weights[known] = unpacked(told["weights"], "<f4")
    return Linear(ratios, weights, told["bias"], told["scale"])


def read_topics(told: Mapping[str, Any]) -> Topics:
    """Return the topics."""
    names = tuple(told["names"])
    weights = unpacked(told["weights"], "<f4").reshape(-1, len(names))
    return Topics(names, tuple(told["phrases"]), weights)


def packed(values: np.ndarray) -> str:
    """Return numbers as text."""
    return base64.b64encode(zlib.compress(values.tobytes(), 6)).decode("ascii")


def unpacked(text: str, of_type: str) -> np.ndarray:
    """Return the numbers that `packed` made text of."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), of_type)
