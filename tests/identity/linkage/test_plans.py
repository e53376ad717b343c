"""The default plan."""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa
import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.identity.linkage.cleaning import comparable
from zhiyin.identity.linkage.plans import default_plan
from zhiyin.identity.linkage.policy import FIELDS
from zhiyin.ports.linkage import refuse_unusable

WESTERN = {
    "given_name": "name",
    "surname": "name",
    **{k: v for k, v in FIELDS.items() if k != "name"},
}


def plannable() -> list[dict[str, str]]:
    """Return every choice of fields with which something can be learned."""
    found = []
    for fields in (dict(FIELDS), WESTERN):
        for count in range(1, len(fields) + 1):
            for chosen in combinations(fields, count):
                kinds = {name: fields[name] for name in chosen}
                strong = {"email", "phone", "birth_date"} & set(kinds)
                has_name = any("name" in kind for kind in kinds.values())
                if len(strong) + has_name >= 2:
                    found.append(kinds)
    return found


def test_whatever_fields_there_are_the_plan_can_be_followed_on_cleaned_records():
    for kinds in plannable():
        empty = pa.table(
            {"record_id": pa.array([], pa.string())}
            | {name: pa.array([], pa.string()) for name in kinds}
        )
        plan = default_plan(kinds)
        refuse_unusable(plan, comparable(empty, kinds).column_names)
        assert [one.column for one in plan.comparisons] == list(kinds)


@pytest.mark.parametrize(
    "kinds", [{}, {"name": "chinese_name", "city": "text"}, {"email": "email"}]
)
def test_too_few_fields_are_refused(kinds):
    with pytest.raises(InvalidInput, match="needs two or more"):
        default_plan(kinds)


def test_given_name_and_surname_may_be_swapped_and_nicknames_count_for_given_names_only():
    given, surname, *_ = default_plan(WESTERN).comparisons
    assert (given.swapped_with, surname.swapped_with) == ("surname", "given_name")
    assert (given.alternative, surname.alternative) == ("given_name_root", None)


def test_rules_of_the_policy_stand_in_place_of_the_default_ones():
    plan = default_plan(FIELDS, block_on=[["email"]], train_on=[["email"], ["birth_date", "phone"]])
    assert plan.blocking == (("email",),)
    assert plan.training == (("email",), ("birth_date", "phone"))
