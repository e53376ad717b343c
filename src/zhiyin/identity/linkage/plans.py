"""The default plan: what to compare and which pairs to look at, from the columns there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.linkage import Comparison, LinkagePlan

# Kinds of which one value belongs to one person or a few, strongest first. Pairs are found by them
# and the model is trained on pairs that agree on one of them.
IDENTIFYING = ("email", "phone", "date")
NAMES = ("name", "chinese_name")
# Common values say less: a Wang more is no news, nor is another customer in the capital.
WITH_FREQUENCIES = ("name", "chinese_name", "text", "exact")
TRAINING_RULES = 3

Rule = tuple[str, ...]


def default_plan(
    kinds: Mapping[str, str],
    *,
    between_sources: bool = False,
    block_on: Sequence[Sequence[str]] = (),
    train_on: Sequence[Sequence[str]] = (),
) -> LinkagePlan:
    """Return a plan for cleaned records (see `comparable`) with these kinds of column.

    Two columns of kind `name` are the given name and the surname, in this order. Rules given as
    `block_on` or `train_on` stand in place of the default ones.

    Raises
    ------
    InvalidInput
        If there are fewer than two columns that tell people apart: nothing could be learned.
    """
    names = [column for column, kind in kinds.items() if kind in NAMES]
    training = [tuple(rule) for rule in train_on] or _training(kinds, names)
    if len(training) < 2:
        raise InvalidInput(
            f"Linkage needs two or more of name, e-mail, phone and date to compare; the records "
            f"have {', '.join(kinds) or 'none'}."
        )
    return LinkagePlan(
        comparisons=tuple(_comparison(column, kinds, names) for column in kinds),
        blocking=tuple(tuple(rule) for rule in block_on) or tuple(_blocking(kinds, names)),
        training=tuple(training),
        between_sources=between_sources,
    )


def _comparison(column: str, kinds: Mapping[str, str], names: Sequence[str]) -> Comparison:
    kind = kinds[column]
    parts = [name for name in names if kinds[name] == "name"]
    alternative = f"{column}_sound" if kind == "chinese_name" else None
    if parts and column == parts[0]:
        alternative = f"{column}_root"
    others = [name for name in parts if name != column]
    is_part = kind == "name" and len(parts) == 2
    return Comparison(
        column=column,
        kind=kind,
        has_frequencies=kind in WITH_FREQUENCIES,
        alternative=alternative,
        swapped_with=others[0] if is_part else None,
    )


def _training(kinds: Mapping[str, str], names: Sequence[str]) -> list[Rule]:
    """Return rules that touch different comparisons, so that each is free under some rule."""
    single = [(column,) for kind in IDENTIFYING for column in _of(kinds, kind)]
    whole = [tuple(names)] if names else []
    # The name is always among them: it is what most records have.
    return [*islice(single, TRAINING_RULES - len(whole)), *whole]


def _blocking(kinds: Mapping[str, str], names: Sequence[str]) -> list[Rule]:
    """Return rules from the narrowest to the widest; common values are left to the linker."""
    rules: list[Rule] = [(column,) for column in _of(kinds, "email")]
    rules += [(f"{column}_tail",) for column in _of(kinds, "phone")]
    for name in names:
        if kinds[name] == "chinese_name":
            rules += _with_dates(kinds, [f"{name}_sound", f"{name}_surname", f"{name}_given"])
            rules += [(f"{name}_sound", place) for place in _places(kinds)]
            rules.append((f"{name}_sound",))
    parts = [name for name in names if kinds[name] == "name"]
    if parts:
        keys = [f"{parts[0]}_root", *parts[1:]]
        rules += _with_dates(kinds, keys)
        rules.append(tuple(keys))
        rules += [(key, place) for place in _places(kinds) for key in keys]
    rules += [(f"{column}_local",) for column in _of(kinds, "email")]
    rules += [(column,) for column in _of(kinds, "date")]
    rules += [(part,) for part in parts if len(parts) > 1]
    rules += [(column,) for column in _of(kinds, "text")]
    return list(dict.fromkeys(rules))


def _with_dates(kinds: Mapping[str, str], columns: Sequence[str]) -> list[Rule]:
    return [(date, column) for date in _of(kinds, "date") for column in columns]


def _places(kinds: Mapping[str, str]) -> list[str]:
    return [*_of(kinds, "postcode"), *_of(kinds, "text")]


def _of(kinds: Mapping[str, str], kind: str) -> list[str]:
    return [column for column, one in kinds.items() if one == kind]
