"""A message as a customer would see it, with sample values, nothing sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhiyin.core.errors import not_allowed
from zhiyin.delivery.plain_text import plain_text
from zhiyin.delivery.rendering import Renderer, context_of
from zhiyin.delivery.templates import FIELDS

SAMPLES: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        "customer.name": "李晓明",
        "customer.first_name": "李晓明",
        "customer.tier": "尊享会员",
        "customer.favourite_category": "家居",
        "offer.title": "第二单九折",
        "offer.value": "9折",
        "offer.code": "AGAIN10",
        "offer.min_spend": "¥100",
        "offer.expires_on": "2026年3月31日",
    },
    "en": {
        "customer.name": "Ann Smith",
        "customer.first_name": "Ann",
        "customer.tier": "Premier member",
        "customer.favourite_category": "Home",
        "offer.title": "10% off your second order",
        "offer.value": "10% off",
        "offer.code": "AGAIN10",
        "offer.min_spend": "£20",
        "offer.expires_on": "31 March 2026",
    },
}


@dataclass(frozen=True)
class Preview:
    """A rendered message without tracking."""

    subject: str
    body_html: str
    body_text: str


def preview(
    renderer: Renderer,
    template: str,
    language: str,
    fields: Mapping[str, str | None] | None = None,
) -> Preview:
    """Return the message that a template makes of sample values.

    Parameters
    ----------
    fields
        Values by field (`customer.name`, …) that replace the samples; None for an unknown one.

    Raises
    ------
    NotFound
        There is no such template in the language.
    InvalidInput
        A field is not one that messages may say.
    """
    for name in fields or {}:
        if name not in FIELDS:
            raise not_allowed("A field of a message", name, FIELDS)
    known = {**SAMPLES.get(language, {}), **(fields or {})}
    way_out = f"{renderer.settings.base_url}/t/u/preview"
    subject, body = renderer.templates.render(
        template, language, context_of(known, renderer.settings, way_out)
    )
    return Preview(subject, body, plain_text(body))
