"""The judge in the registry of models."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from zhiyin.insights.voice import api as voice
from zhiyin.models import registry
from zhiyin.models.cards import NotEnoughData
from zhiyin.models.registry import ModelVersion
from zhiyin.models.voice.training import MODEL, trained


def train(
    rows: pa.Table, *, as_of: datetime, registry_dir: Path, rng: np.random.Generator
) -> ModelVersion:
    """Train on texts, store the version, and let it judge from now on if it learnt anything."""
    result = trained(rows, as_of, rng=rng)
    files = {} if isinstance(result, NotEnoughData) else dict(result.files)
    version = registry.save(
        registry_dir, model=MODEL, as_of=as_of, card=result.card.to_dict(), files=files
    )
    if files:
        registry.promote(registry_dir, MODEL, version.version)
    return version


def read_judge(registry_dir: Path) -> tuple[voice.Judge, str]:
    """Return what judges texts now, and the version it was learnt in; the lexicon at first."""
    version = registry.champion(registry_dir, MODEL)
    if version is None:
        return voice.Judge(), ""
    files = {
        path.name: path.read_text(encoding="utf-8")
        for path in version.folder.glob("*.json")
        if path.name != registry.CARD
    }
    return voice.judge_of(files, version.version), version.version
