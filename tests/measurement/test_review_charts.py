from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.measurement.review.charts import (
    Axis,
    Bar,
    Caption,
    Whisker,
    bar_chart,
    interval_chart,
    line_chart,
    sparkline,
    ticks,
)

AXIS = Axis("in CNY", lambda value: f"{value:g}")
CAPTION = Caption("c1", "Revenue & more", "A <description>.")
SIZES = st.floats(-1e9, 1e9, allow_subnormal=False)


@given(SIZES, SIZES)
@settings(max_examples=100, deadline=None)
def test_ticks_are_few_round_and_enclose_the_values(one, other):
    low, high = min(one, other), max(one, other)
    marks = ticks(low, high)
    step = marks[1] - marks[0]
    assert marks[0] <= low + step * 1e-6
    assert marks[-1] >= high - step * 1e-6
    assert 2 <= len(marks) <= 7


def test_a_chart_is_named_and_described_for_those_who_cannot_see_it():
    drawing = ElementTree.fromstring(line_chart([1, 2], ["a", "b"], AXIS, CAPTION))
    assert drawing.get("role") == "img"
    named = {element.get("id"): element.text for element in drawing.iter() if element.get("id")}
    assert [named[one] for one in drawing.get("aria-labelledby").split()] == [
        "Revenue & more",
        "A <description>.",
    ]


def test_a_missing_value_is_a_gap_in_the_line():
    drawing = ElementTree.fromstring(line_chart([1, 2, None, 3], list("abcd"), AXIS, CAPTION))
    lines = [e.get("points") for e in drawing.iter("polyline")]
    assert [len(points.split()) for points in lines] == [2, 1]


def test_all_zero_and_single_values_can_be_drawn():
    for values in ([0.0, 0.0], [5.0], [None, None]):
        drawing = line_chart(values, ["x"] * len(values), AXIS, CAPTION)
        assert "nan" not in drawing
        assert ElementTree.fromstring(drawing).tag == "svg"
    assert sparkline([None, 3.0]) == ""


def test_whiskers_stand_where_their_values_are():
    row = Whisker("A < B", 2.0, -2.0, 6.0, "+2", "works")
    drawing = ElementTree.fromstring(interval_chart([row], AXIS, CAPTION))
    point = float(drawing.find(".//circle").get("cx"))
    ends = [
        float(line.get(end))
        for line in drawing.findall(".//g[@class='works']/line")[:1]
        for end in ("x1", "x2")
    ]
    zero = float(drawing.find(".//line[@class='zero']").get("x1"))
    assert point == sum(ends) / 2
    assert abs(zero - (ends[0] + (ends[1] - ends[0]) / 4)) < 0.2


def test_bars_are_as_long_as_their_values():
    rows = [Bar("ads", (100.0, 25.0), ("100", "25")), Bar("mail", (50.0, 0.0), ("50", ""))]
    drawing = ElementTree.fromstring(bar_chart(rows, ["revenue", "cost"], AXIS, CAPTION))
    lengths = [
        float(bar.get("width")) for bar in drawing.iter("rect") if bar.get("height") == "9.0"
    ]
    assert [round(length / lengths[0], 3) for length in lengths] == [1.0, 0.25, 0.5, 0.0]
