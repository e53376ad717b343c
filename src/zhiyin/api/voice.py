"""What customers say over HTTP: how good and bad, about what, and why."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from zhiyin.api.encoding import Instant
from zhiyin.api.insights import Question, Reader
from zhiyin.api.security import Context
from zhiyin.governance.api import SIGHT, Role, Sight
from zhiyin.ports.tables import Pii

router = APIRouter(prefix="/api/insights", tags=["insights"])


class Sentiments(BaseModel):
    """Texts by sentiment; `negative_share` is of those that judge, null where none does."""

    texts: int
    positive: int
    negative: int
    neutral: int
    negative_share: float | None


class VoiceTotal(Sentiments):
    """All texts asked about: people known to have said them, and the mean score from 0 to 1."""

    people: int
    score: float | None


class VoiceLine(Sentiments):
    """One period; `is_whole` is false where it is not seen altogether."""

    start: str
    is_whole: bool


class Quote(BaseModel):
    """One text; null for those who may not read what people write."""

    feedback_id: str
    kind: str
    feedback_time: Instant | None
    product_id: str | None
    sentiment: str
    text: str | None


class VoiceTopic(Sentiments):
    """A topic, its share of all texts now and in the days before, and some of its texts."""

    topic: str
    people: int
    share: float
    earlier_share: float | None
    examples: list[Quote]


class VoiceAspect(Sentiments):
    """What the texts that mention an aspect say of it."""

    aspect: str


class VoiceReason(BaseModel):
    """A reason, its share of the texts that give one, and some of them."""

    reason: str
    texts: int
    people: int
    share: float
    examples: list[Quote]


class ReasonOfMoment(BaseModel):
    """How often a reason is given for a moment."""

    reason: str
    texts: int
    people: int


class VoiceMoment(BaseModel):
    """A moment that texts tell of, such as a payment abandoned, and the reasons given for it."""

    moment: str
    texts: int
    people: int
    reasons: list[ReasonOfMoment]


class VoiceProduct(Sentiments):
    """A product that is complained about."""

    product_id: str
    name: str | None


class VoiceMethod(BaseModel):
    """What judged texts: the lexicon, or a version of the model."""

    method: str
    texts: int


class KindOfTexts(Sentiments):
    """A kind of texts that there is."""

    kind: str


class CategoryOfTexts(Sentiments):
    """A category of products that there are texts about."""

    category: str


class VoiceChoices(BaseModel):
    """What may be asked for, over all texts."""

    kind: list[KindOfTexts]
    category: list[CategoryOfTexts]


class VoiceAnswer(BaseModel):
    """What customers say; `titles` names aspects, reasons and moments in each language."""

    as_of: Instant
    timezone: str
    interval: str | None
    total: VoiceTotal
    earlier: VoiceTotal | None
    starts: list[str]
    lines: list[VoiceLine]
    undated: int
    topics: list[VoiceTopic]
    aspects: list[VoiceAspect]
    reasons: list[VoiceReason]
    moments: list[VoiceMoment]
    products: list[VoiceProduct]
    methods: list[VoiceMethod]
    choices: VoiceChoices
    titles: dict[str, dict[str, str]]


@router.post("/voice")
def ask_voice(body: Question, context: Context, visitor: Reader) -> VoiceAnswer:
    """Return what customers say, with quotes for those who may read them."""
    answer = context.execute("voice.ask", {"spec": body.spec})
    # Quotes name nobody and have their addresses covered, which is what a part of a text can be.
    if SIGHT[Role(visitor.role)][Pii.PERSONAL] is Sight.HIDDEN:
        for row in (*answer["topics"], *answer["reasons"]):
            row["examples"] = [without_words(one) for one in row["examples"]]
    return VoiceAnswer(**answer)


def without_words(quote: dict[str, Any]) -> dict[str, Any]:
    """Return a quote without what was said."""
    return {**quote, "text": None}
