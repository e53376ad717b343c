"""Sums and products of columns, as rule files write them."""

from __future__ import annotations

import ast
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

_FACTOR = "decimal(18, 4)"


def check_formula(text: str) -> bool:
    """Return whether a text is a formula of columns, numbers, + - * and brackets."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False
    return _is_formula(tree)


def columns_of(text: str) -> list[str]:
    """Return the columns that a formula names."""
    return [
        node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)
    ]


def calculated(text: str, table: ir.Table) -> ir.Value:
    """Return the formula over the table's columns; null where any of them is."""
    return _value(ast.parse(text, mode="eval").body, table)


def _is_formula(node: ast.expr) -> bool:
    match node:
        case ast.Name():
            return True
        case ast.Constant(value=int() | float()):
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return _is_formula(left) and _is_formula(right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _is_formula(operand)
    return False


def _value(node: ast.expr, table: ir.Table) -> Any:
    match node:
        case ast.Name(id=name):
            return table[name]
        case ast.Constant(value=number):
            return ibis.literal(Decimal(str(number))).cast(_FACTOR)
        case ast.UnaryOp(operand=operand):
            return -_value(operand, table)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            # Cast after each product, or the scales add up beyond what a decimal holds.
            return (_value(left, table) * _value(right, table)).cast(_FACTOR)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (_value(left, table) + _value(right, table)).cast(_FACTOR)
        case ast.BinOp(left=left, right=right):
            return (_value(left, table) - _value(right, table)).cast(_FACTOR)
    raise AssertionError("the formula was checked when it was read")
