"""The arithmetic of recipes: `+ - * /`, `abs`, numbers and column names, exact in decimals."""

from __future__ import annotations

import ast
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from zhiyin.core.errors import InvalidInput

_FACTOR = dt.Decimal(18, 4)
# The other factor of a product: one digit more makes DuckDB count in 128 bits instead of failing
# above 10^10, and lets Spark keep all eight places of 18 + 19 + 1 digits.
_WIDER = dt.Decimal(19, 4)
# One digit less than the widest, so that Spark keeps eight places in a sum.
_TERM = dt.Decimal(37, 8)
_RESULT = dt.Decimal(38, 8)


def names_in(formula: str) -> list[str]:
    """Return the column names in a formula; raise `InvalidInput` if it is not one."""
    tree = _parsed(formula)
    calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in calls]


def calculate(formula: str, columns: ir.Table) -> ir.Value:
    """Return the formula over the columns as `decimal(38, 8)`; null if any of them is.

    Factors have four decimal places, so a product has eight and loses nothing. A quotient is
    rounded to four places; it is null where the divisor is zero. A factor beyond 10^14 is null.
    """
    return _value(_parsed(formula), columns, formula).cast(_RESULT)


def _parsed(formula: str) -> ast.expr:
    try:
        tree = ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise _not_a_formula(formula) from error
    _check(tree, formula)
    return tree


def _check(node: ast.expr, formula: str) -> None:
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            _check(left, formula)
            _check(right, formula)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            _check(operand, formula)
        case ast.Call(func=ast.Name(id="abs"), args=[argument], keywords=[]):
            _check(argument, formula)
        case ast.Name() | ast.Constant(value=int() | float()):
            pass
        case _:
            raise _not_a_formula(formula)


def _value(node: ast.expr, columns: ir.Table, formula: str) -> Any:
    match node:
        case ast.Name(id=name):
            named: Any = columns[name]
            return named.cast(_FACTOR)
        case ast.Constant(value=number):
            return ibis.literal(Decimal(str(number)), type=_FACTOR)
        case ast.UnaryOp(operand=operand):
            return -_value(operand, columns, formula)
        case ast.Call(args=[argument]):
            return _value(argument, columns, formula).abs()
        case ast.BinOp(left=left, op=operator, right=right):
            return _combined(
                _value(left, columns, formula), operator, _value(right, columns, formula)
            )
    raise _not_a_formula(formula)


def _combined(a: Any, operator: ast.operator, b: Any) -> Any:
    match operator:
        case ast.Mult():
            return a.try_cast(_FACTOR).cast(_WIDER) * b.try_cast(_FACTOR)
        case ast.Div():
            return (a.cast(dt.float64) / b.cast(dt.float64).nullif(0)).try_cast(_FACTOR)
        case ast.Add():
            return a.cast(_TERM) + b.cast(_TERM)
        case _:
            return a.cast(_TERM) - b.cast(_TERM)


def _not_a_formula(formula: str) -> InvalidInput:
    return InvalidInput(
        f"{formula!r} is not a calculation; use column names, numbers, + - * /, abs() and brackets."
    )
