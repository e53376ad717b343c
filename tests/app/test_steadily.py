"""Answers that another build overtakes are asked for again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from zhiyin.app.commands.steadily import TIMES, steadily
from zhiyin.core.errors import Conflict


def shop_of(versions):
    """Return a workspace whose table has these versions, one look after the other."""
    looks = iter(versions)
    return SimpleNamespace(warehouse=SimpleNamespace(version=lambda _: next(looks)))


def asked(versions):
    given = []

    def ask(workspace, *, spec):
        given.append(spec)
        return len(given)

    return steadily(ask)(shop_of(versions), spec="what")


@pytest.mark.parametrize(
    ("versions", "answer"), [("aa", 1), ([None, None], 1), ("abbb", 2), ("abbccc", 3)]
)
def test_the_answer_is_the_first_that_nothing_overtook(versions, answer):
    assert asked(versions) == answer


def test_who_is_overtaken_again_and_again_is_told_to_ask_later():
    with pytest.raises(Conflict, match="ask again"):
        asked([str(n) for n in range(2 * TIMES)])
