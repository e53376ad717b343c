"""The console calls features and figures what the model cards call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zhiyin.models import card_words

WORDS = Path(__file__).resolve().parents[2] / "web" / "console" / "src" / "i18n"


@pytest.mark.parametrize("place", [0, 1], ids=card_words.LANGUAGES)
def test_the_console_and_the_cards_use_the_same_words(place):
    path = WORDS / f"{card_words.LANGUAGES[place]}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["feature"] == {name: words[place] for name, words in card_words.FEATURES.items()}
    assert told["measure"] == {name: words[place] for name, words in card_words.METRICS.items()}
