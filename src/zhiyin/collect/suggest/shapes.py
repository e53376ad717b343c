"""Files whose rows hold several records: paths in one cell, one column per question."""

from __future__ import annotations

import re

from zhiyin.collect.suggest.drafts import Group
from zhiyin.collect.suggest.grouping import stem
from zhiyin.collect.suggest.kinds import Seen
from zhiyin.collect.suggest.names import words

_SEPARATORS = (" > ", ">", " -> ", "→", " | ")
_QUESTION = re.compile(
    r"q\d+([_ .-].*)?|question ?\d+.*|.*[?？]|第?[一二三四五六七八九十\d]+题.*|题\d+", re.IGNORECASE
)
_SURVEY = frozenset(["survey", "surveys", "questionnaire", "nps", "问卷", "调研", "调查"])


def paths_in(seen: Seen) -> tuple[Seen, str] | None:
    """Return the column and its separator if its cells are paths of a few different steps."""
    if seen.kind not in ("word", "prose"):
        return None
    for separator in _SEPARATORS:
        texts = [text for text in seen.column.texts if separator in text]
        if len(texts) >= 0.5 * len(seen.column.texts):
            steps = {step.strip() for text in texts for step in text.split(separator)}
            if len(steps) <= max(20, len(texts) // 10):
                return seen, separator.strip()
    return None


def questions_in(group: Group) -> list[str]:
    """Return the columns that hold answers, where a survey has one column per question."""
    told = {word for file in group.files for word in words(stem(file.name))}
    asked = [seen.name for seen in group.seen if _QUESTION.fullmatch(seen.name.strip())]
    return asked if len(asked) >= 2 and (told & _SURVEY or len(asked) >= 3) else []
