"""A figure that the dictionary defines is computed nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhiyin
from zhiyin.core.errors import NotFound
from zhiyin.insights.api import Ratio, dictionary, figure, measures_of, plain_figure

SOURCE = Path(zhiyin.__file__).parent
RATIOS = {name for name, found in dictionary().items() if isinstance(found, Ratio)}


def divides(node: ast.AST) -> bool:
    """Return whether a division stands anywhere below a node, joining paths left aside."""
    return any(
        isinstance(one, ast.BinOp)
        and isinstance(one.op, ast.Div)
        and not isinstance(one.right, ast.Constant | ast.JoinedStr)
        for one in ast.walk(node)
    )


def named_values(tree: ast.AST):
    """Give (name, value) of assignments, keyword arguments, mapping items and functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword):
            yield node.arg, node.value
        elif isinstance(node, ast.Assign):
            yield from ((t.id, node.value) for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from ((k.value, v) for k, v in pairs if isinstance(k, ast.Constant))
        elif isinstance(node, ast.FunctionDef):
            yield node.name, node


def second_definitions(text: str) -> set[str]:
    return {name for name, value in named_values(ast.parse(text)) if name in RATIOS
            and divides(value)}  # fmt: skip


def test_no_ratio_of_the_dictionary_is_divided_out_again():
    found = {
        f"{path.relative_to(SOURCE)}: {name}"
        for path in sorted(SOURCE.rglob("*.py"))
        for name in second_definitions(path.read_text("utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "text",
    [
        "table.mutate(roi=(t.revenue - t.cost) / t.cost)",
        "conversion_rate = buyers / visitors",
        "row = {'refund_rate': refunded / revenue if revenue else None}",
        "def cac(row):\n    return row.cost / row.new_buyers",
    ],
)
def test_a_second_definition_would_be_found(text):
    assert second_definitions(text)


@given(
    st.sampled_from(sorted(RATIOS)),
    st.lists(st.none() | st.integers(0, 5).map(float), min_size=6, max_size=6),
)
def test_a_figure_of_numbers_is_that_of_columns(name, numbers):
    measures = sorted(measures_of([name], dictionary()))
    values = dict(zip(measures, numbers, strict=False))
    columns = {
        key: ibis.null("float64") if value is None else ibis.literal(value)
        for key, value in values.items()
    }
    found = ibis.duckdb.connect().to_pyarrow(figure(name, columns)).as_py()
    assert plain_figure(name, values) == pytest.approx(found)


def test_a_figure_that_is_none_is_refused():
    with pytest.raises(NotFound, match="No metric is named 'ro'; did you mean roi"):
        plain_figure("ro", {})
