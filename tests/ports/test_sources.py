"""Files of every kind as text: the same records whatever the format, and no record lost."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.sources.delimited import DelimitedFiles
from zhiyin.adapters.sources.files import Files
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.sources import LINE, BadLine, FileFormat

ROWS = [["1", "茶, 绿", "2.50"], ["2", 'say "hi"', ""], ["3", "two\nlines", "-1"]]
HEADER = ["id", "name", "price"]


def opened(path: Path, **how):
    raw = Files().open(path, FileFormat(**how))
    return raw, [row for batch in raw.batches for row in batch.to_pylist()]


def as_csv(rows: list[list[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def written(path: Path, kind: str) -> Path:
    text = as_csv([HEADER, *ROWS], "\t" if kind == "tsv" else ",")
    target = path / {"gz": "f.csv.gz", "tsv": "f.tsv"}.get(kind, f"f.{kind}")
    if kind == "gz":
        target.write_bytes(gzip.compress(text.encode()))
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        for row in [HEADER, *ROWS]:
            book.active.append(row)
        book.save(target)
    elif kind == "parquet":
        columns = zip(*ROWS, strict=True)
        pq.write_table(pa.table([pa.array(c) for c in columns], names=HEADER), target)
    else:
        target.write_text(text, encoding="utf-8", newline="")
    return target


@pytest.mark.parametrize("kind", ["csv", "gz", "tsv", "xlsx", "parquet"])
def test_every_format_gives_the_same_texts_and_line_numbers(tmp_path, kind):
    raw, rows = opened(written(tmp_path, kind))
    assert raw.columns == HEADER
    expected = [
        dict(zip(HEADER, row, strict=True)) | {LINE: n} for n, row in enumerate(ROWS, start=1)
    ]
    assert rows == expected
    assert raw.bad_lines == []


cell = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(cell, cell, cell), max_size=12), st.integers(1, 40))
def test_blocks_of_any_size_give_what_the_standard_library_reads(tmp_path_factory, rows, block):
    rows = [list(row) for row in rows]
    path = tmp_path_factory.mktemp("csv") / "f.csv"
    text = as_csv([HEADER, *[["k" + row[0], *row[1:]] for row in rows]], end="\n")
    path.write_text(text, encoding="utf-8", newline="")
    raw = DelimitedFiles(block_bytes=4096 if block > 20 else 64 + block).open(
        path, FileFormat(delimiter=",", encoding="utf-8")
    )
    found = [[r[n] for n in HEADER] for batch in raw.batches for r in batch.to_pylist()]
    assert found == [["k" + row[0], *row[1:]] for row in rows]


def csv_file(tmp_path: Path, content: str | bytes, name: str = "f.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_records_of_the_wrong_width_are_kept_aside_with_their_number(tmp_path):
    raw, rows = opened(csv_file(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n"))
    assert [(row["a"], row[LINE]) for row in rows] == [("1", 1), ("7", 4)]
    assert raw.bad_lines == [
        BadLine(2, "3", "wrong_column_count"),
        BadLine(3, "4,5,6", "wrong_column_count"),
    ]


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_broken_quote_on_the_last_line_costs_that_line_only(tmp_path, end):
    raw, rows = opened(csv_file(tmp_path, f'a,b\n1,"x"\n2,"broken{end}'))
    assert [row["b"] for row in rows] == ["x"]
    assert raw.bad_lines == [BadLine(2, '2,"broken', "broken_quote")]


def test_a_broken_quote_in_the_middle_does_not_swallow_what_follows(tmp_path):
    raw, rows = opened(csv_file(tmp_path, 'a,b\n1,"oops\n2,x\n3,y\n'))
    assert [(row["a"], row[LINE]) for row in rows] == [("2", 2), ("3", 3)]
    assert [bad.reason for bad in raw.bad_lines] == ["broken_quote"]


def test_an_inch_mark_is_a_letter(tmp_path):
    raw, rows = opened(csv_file(tmp_path, 'a,b\n1,6" plate\n2,x\n'))
    assert [row["b"] for row in rows] == ['6" plate', "x"]
    assert raw.bad_lines == []


def test_empty_headers_at_the_end_are_tolerated(tmp_path):
    raw, rows = opened(csv_file(tmp_path, "a,b,,\n1,2,,\n"))
    assert raw.columns == ["a", "b", "column_3", "column_4"]
    assert rows[0]["b"] == "2"


def test_repeated_headers_get_numbers(tmp_path):
    raw, _ = opened(csv_file(tmp_path, "a,a,a\n1,2,3\n"))
    assert raw.columns == ["a", "a_2", "a_3"]


def test_a_file_without_header_gets_numbered_columns(tmp_path):
    raw, rows = opened(csv_file(tmp_path, "1;2\n3;4\n"), has_header=False)
    assert raw.columns == ["column_1", "column_2"]
    assert [row["column_2"] for row in rows] == ["2", "4"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "a,b\n1,café 茶\n"),
        ("utf-8-sig", "a,b\n1,café 茶\n"),
        ("utf-16", "a,b\n1,café 茶\n"),
        ("gb18030", "编号,名称\n1,这是一种很好的绿茶\n2,乌龙\n"),
        ("cp1252", "a,b\n1,JOSÉ HERNÁNDEZ\n2,ANDRÉS\n"),
    ],
)
def test_the_encoding_is_found_out(tmp_path, encoding, text):
    raw, rows = opened(csv_file(tmp_path, text.encode(encoding)))
    assert raw.encoding == encoding
    header, first = text.splitlines()[:2]
    assert raw.columns == header.split(",")
    assert list(rows[0].values())[:2] == first.split(",")


def test_a_declared_encoding_that_does_not_fit_names_the_byte(tmp_path):
    content = b"a,b\n1,JOS\xc9,\n"
    with pytest.raises(InvalidInput, match=r"byte 9 \(0xc9\) is not utf-8.*cp1252"):
        opened(csv_file(tmp_path, content), encoding="utf-8")


def test_the_position_is_counted_over_blocks_and_cut_characters(tmp_path):
    content = "a\n" + "茶" * 100
    path = csv_file(tmp_path, content.encode() + b"\xff\n")
    source = DelimitedFiles(block_bytes=7)
    with pytest.raises(InvalidInput, match="byte 302 "):
        list(source.open(path, FileFormat(encoding="utf-8")).batches)


def test_an_unknown_encoding_is_named(tmp_path):
    with pytest.raises(InvalidInput, match="klingon"):
        opened(csv_file(tmp_path, "a\n1\n"), encoding="klingon")


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound, match=r"nowhere\.csv"):
        opened(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("name", ["f.csv", "f.xlsx", "f.parquet"])
def test_an_empty_file_says_so(tmp_path, name):
    with pytest.raises(InvalidInput, match="empty"):
        opened(csv_file(tmp_path, b"", name))


@pytest.mark.parametrize("name", ["f.xlsx", "f.parquet"])
def test_a_file_that_is_something_else_says_so(tmp_path, name):
    with pytest.raises(InvalidInput, match="not a readable"):
        opened(csv_file(tmp_path, b"hello, world", name))


def test_a_cut_gzip_file_says_so(tmp_path):
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 50_000)
    with pytest.raises(InvalidInput, match="not a whole gzip file"):
        opened(csv_file(tmp_path, whole[: len(whole) // 2], "f.csv.gz"))


def test_an_unknown_ending_lists_the_known_ones(tmp_path):
    with pytest.raises(InvalidInput, match=r"f\.docx.*\.csv"):
        opened(csv_file(tmp_path, "x", "f.docx"))


def test_cells_of_a_workbook_read_as_a_person_would_type_them(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["n", "f", "d", "t", "b", "e"])
    at = dt.datetime(2011, 1, 2, 3, 4, 5)
    book.active.append([17850.0, 2.55, dt.datetime(2011, 1, 2), at, True, None])
    book.create_sheet("other").append(["x"])
    path = tmp_path / "f.xlsx"
    book.save(path)
    _, rows = opened(path)
    assert list(rows[0].values())[:6] == [
        "17850", "2.55", "2011-01-02", "2011-01-02 03:04:05", "true", "",
    ]  # fmt: skip
    assert opened(path, sheet="other")[0].columns == ["x", "_sheet"]
    with pytest.raises(NotFound, match=r"no sheet 'third'.*Sheet, other"):
        opened(path, sheet="third")


def test_parquet_types_become_text_and_nulls_stay(tmp_path):
    path = tmp_path / "f.parquet"
    at = dt.datetime(2011, 1, 2, 3, 4, 5)
    table = pa.table(
        {
            "i": pa.array([1, None]),
            "f": pa.array([17850.0, 2.55]),
            "t": pa.array([at, None], pa.timestamp("us")),
            "z": pa.array([at, None], pa.timestamp("us", "UTC")),
            "d": pa.array([at.date(), None]),
            "l": pa.array([[1, 2], None]),
            "c": pa.array(["x", "x"]).dictionary_encode(),
        }
    )
    pq.write_table(table, path)
    _, rows = opened(path)
    first = rows[0]
    assert (first["i"], first["f"], first["d"], first["l"], first["c"]) == (
        "1", "17850", "2011-01-02", "[1,2]", "x",
    )  # fmt: skip
    assert first["t"] == "2011-01-02 03:04:05.000000"
    assert first["z"] == "2011-01-02 03:04:05.000000Z"
    assert rows[1]["i"] is None
    assert rows[1]["t"] is None
