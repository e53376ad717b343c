"""A run that held tables back ends with one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from zhiyin.app.commands.running import check_published
from zhiyin.core.errors import Conflict


def table(name: str, *sentences: str) -> dict[str, Any]:
    objections = [{"check_name": f"check{n}", "sentence": s} for n, s in enumerate(sentences)]
    return {
        "table": name,
        "outcome": "held_back" if sentences else "built",
        "objections": objections,
    }


def test_a_run_that_published_everything_ends_well():
    check_published({"stages": [{"tables": [table("dw.orders")]}, {"tables": []}]})


def test_the_sentence_names_table_and_check_and_what_to_do():
    done = {"stages": [{"tables": [table("dw.orders", "12 orders have no customer.")]}]}
    with pytest.raises(Conflict) as refused:
        check_published(done)
    assert str(refused.value) == (
        "dw.orders was held back by the check check0: 12 orders have no customer. What was "
        "published before stays readable; mend the data or the check, and run again."
    )


def test_further_tables_are_counted():
    tables = [table("dw.orders", "a.", "b."), table("dw.events", "c."), table("dm.customers")]
    with pytest.raises(Conflict, match=r"check0: a\. So was 1 more table\. What"):
        check_published({"stages": [{"tables": tables}]})
    tables.append(table("dm.tags", "d."))
    with pytest.raises(Conflict, match=r"So were 2 more tables\."):
        check_published({"stages": [{"tables": tables}]})
