"""Formulas over series: A / B * 100, read safely, and unknown where they cannot be computed."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zhiyin.core.errors import InvalidInput

LONGEST = 200
OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float | None]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b if b else None,
}


@dataclass(frozen=True)
class Formula:
    """A formula as written, and the tree that it was read as."""

    text: str
    tree: ast.expr

    @property
    def names(self) -> set[str]:
        """The series that it is made of."""
        return {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}

    def value(self, values: Mapping[str, float | None]) -> float | None:
        """Return the result; None over zero, where a series has no value, and beyond all bounds."""
        found = computed(self.tree, values)
        return found if found is not None and math.isfinite(found) else None


def read_formula(text: object, path: str, keys: tuple[str, ...]) -> Formula:
    """Return a formula over series called by one of `keys`.

    Raises
    ------
    InvalidInput
        where it is anything else than numbers, series, + - * / and brackets.
    """
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise InvalidInput(f"{path}: a formula is a text such as A / B * 100, not {text!r}.")
    try:
        tree = ast.parse(text.strip().replace("×", "*").replace("÷", "/"), mode="eval").body
    except (SyntaxError, ValueError):
        raise InvalidInput(
            f"{path}: {text!r} is no formula; write one such as A / B * 100."
        ) from None
    check(tree, path, keys)
    found = Formula(text.strip(), tree)
    if not found.names:
        raise InvalidInput(f"{path}: {text!r} names no series; there are {', '.join(keys)}.")
    return found


def check(node: ast.expr, path: str, keys: tuple[str, ...]) -> None:
    """Raise where a tree has something else than numbers, series, + - * / and brackets."""
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            check(left, path, keys)
            check(right, path, keys)
        case ast.UnaryOp(ast.USub(), operand):
            check(operand, path, keys)
        case ast.Name(name):
            if name not in keys:
                raise InvalidInput(
                    f"{path}: there is no series {name!r}; there are {', '.join(keys)}."
                )
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            pass
        case _:
            raise InvalidInput(
                f"{path}: a formula has numbers, series ({', '.join(keys)}), + - * / and brackets; "
                f"{ast.unparse(node)!r} is none of these."
            )


def computed(node: ast.expr, values: Mapping[str, float | None]) -> float | None:
    """Return the value of a checked tree."""
    match node:
        case ast.BinOp(left, operator, right):
            first, second = computed(left, values), computed(right, values)
            if first is None or second is None:
                return None
            return OPERATORS[type(operator)](first, second)
        case ast.UnaryOp(_, operand):
            value = computed(operand, values)
            return None if value is None else -value
        case ast.Name(name):
            return values[name]
        case ast.Constant(value):
            return float(value)  # pyright: ignore[reportArgumentType]
    return None
