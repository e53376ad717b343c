"""Workbooks, JSON, archives and packed files: nothing lost, and one clear sentence for a fault."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.sources.files import Files, kind_of
from zhiyin.adapters.sources.json_records import JsonFiles
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.sources import LINE, BadLine, FileFormat

CSV = b"id,name\n1,\xe8\x8c\xb6\n2,x\n"
PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": lambda content: zstandard.ZstdCompressor().compress(content),
}

# A workbook of Excel 97 with the rows (n, word), (1.5, 茶), (2, ""), packed.
OLD_BOOK = (
    "c-rk)Pe_zO6#vca|3%ktZH+XLMaa^;NDy80tDrn3)}_cGS9cGg?8a9hbtr4wV-R#Ix(HsnSY67fL)|(AMje76*tKJ)"
    "pumIf*PHjvm#cYjq10l2AM@sYZ{Ezjo%iPLH}h^jS)P8<R>2zdBY>(KL%2pJsKopi3)JqqiuLO#71!XOLM%#-42STd"
    "@ohx;Q2Dz8iO0d$M1ch==Wr2&g?ui(i8#tOWQ4MzkEp-{k|fZ|Ry8vnW4eRsBi4M$^e{_qGwmbYvN(%*d$9YEj^Z=2"
    "gWD2N<38g)pIFk17Q9hWeEp8_bVE4eT*ypp&xZD317<*e8_4BzPG+Kv6ghAPKio9%-QTIN(nh|yasiSru9ipEk>8a;"
    "U<&RC2Y88+>s-Kd@TDc}g5m>S-p!NZWWmV_h=awr%EP>GtyTNBk>k06XckS(CpoGu%FIg-zr8;(I%J<`$rR^mFQe~K"
    "M!>}l)q^@GxP|Rt-EOA)ncn14cQfC{G)1vUb>~ovW{wwG=N7ki(mV$kAMCv~{66AKUr)}pm%i9t#Lo^?uBK)`+SBNu"
    "MaWWr^%T(~dc^&E3eRo77JB!8X4?8&CWuN)+wSVWttKoZ&TNvY_oh}yXnnCp|C)@mEQw+1>5E^hsr2PK`jYi|WEs}0"
    "-!Gf-R5egeT0tBJ1_lNO1_lNO23rH6zw*`hzB&hl^jRXJ?{$``RLwQXe~VKn&~up%rpJ({+QF5&;%6s9!XHa)u#bOV"
    "sBoHQcQB4owqv~R_@%R;sQo<~?r8nFEmZIP)q3pw%k%#P+<m_A"
)


def opened(path: Path, **how):
    raw = Files().open(path, FileFormat(**how))
    return raw, [row for batch in raw.batches for row in batch.to_pylist()]


def written(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def book(path: Path, **sheets: list[list]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


# Packed files and archives


@pytest.mark.parametrize("packer", PACKERS)
def test_a_packed_file_reads_as_what_is_in_it(tmp_path, packer):
    path = written(tmp_path / f"f.csv.{packer}", PACKERS[packer](CSV))
    assert [row["name"] for row in opened(path)[1]] == ["茶", "x"]
    plain = Files().digests(written(tmp_path / "f.csv", CSV))
    packed = Files().digests(path)
    assert packed.content_sha256 == plain.content_sha256 == plain.sha256
    assert packed.sha256 != plain.sha256


@pytest.mark.parametrize("packer", PACKERS)
def test_a_packed_file_that_was_cut_off_says_so(tmp_path, packer):
    whole = PACKERS[packer](b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(60_000)))
    path = written(tmp_path / f"f.csv.{packer}", whole[: len(whole) // 2])
    with pytest.raises(InvalidInput, match=r"not a whole .* file"):
        opened(path)
    with pytest.raises(InvalidInput, match=r"not a whole .* file"):
        Files().digests(path)


def test_several_streams_in_one_packed_file_follow_each_other(tmp_path):
    for packer, pack in PACKERS.items():
        path = written(tmp_path / f"f.csv.{packer}", pack(CSV) + pack(b"3,y\n"))
        assert [row["id"] for row in opened(path)[1]] == ["1", "2", "3"]


def test_members_of_an_archive_are_files(tmp_path):
    path = zipped(
        tmp_path / "a.zip",
        {
            "b/two.csv": b"n\n2\n",
            "one.jsonl": b'{"n":1}\n',
            "__MACOSX/x.csv": b"?",
            ".hidden": b"?",
            "b/": b"",
        },
    )
    members = Files().members(path)
    assert members == [path / "b/two.csv", path / "one.jsonl"]
    assert [opened(member)[1][0]["n"] for member in members] == ["2", "1"]
    assert Files().members(members[0]) == [members[0]]
    with pytest.raises(NotFound, match=r"no file three\.csv"):
        Files().members(path / "three.csv")


def test_a_workbook_is_not_taken_for_an_archive_and_opens_in_one(tmp_path):
    inner = book(tmp_path / "in.xlsx", s=[["n"], [5]])
    assert Files().members(inner) == [inner]
    path = zipped(tmp_path / "a.zip", {"in.xlsx": inner.read_bytes()})
    assert opened(path / "in.xlsx")[1] == [{"n": "5", LINE: 1}]


def test_chinese_names_in_old_archives_are_readable(tmp_path):
    path = zipped(tmp_path / "a.zip", {"XXXX.csv": CSV})
    path.write_bytes(path.read_bytes().replace(b"XXXX", "订单".encode("gb18030")))
    assert [member.name for member in Files().members(path)] == ["订单.csv"]
    assert len(opened(path / "订单.csv")[1]) == 2


def test_an_archive_with_a_bad_member_names_it(tmp_path):
    path = zipped(tmp_path / "a.zip", {"good.csv": CSV, "bad.csv": b"a\n" + b"value\n" * 500})
    content = bytearray(path.read_bytes())
    place = content.find(b"bad.csv") + len(b"bad.csv") + 6
    content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    assert len(opened(path / "good.csv")[1]) == 2
    with pytest.raises(InvalidInput, match=r"bad\.csv cannot be read"):
        opened(path / "bad.csv")


def test_an_archive_that_was_cut_off_or_is_empty_says_so(tmp_path):
    whole = zipped(tmp_path / "a.zip", {"f.csv": CSV * 100}).read_bytes()
    with pytest.raises(InvalidInput, match="not a whole ZIP archive"):
        Files().members(written(tmp_path / "cut.zip", whole[: len(whole) // 2]))
    with pytest.raises(InvalidInput, match="holds no file"):
        Files().members(zipped(tmp_path / "e.zip", {".DS_Store": b"x"}))


# What kind a file is


def test_the_bytes_win_over_a_wrong_name(tmp_path):
    inner = book(tmp_path / "in.xlsx", s=[["n"], [5]]).read_bytes()
    assert kind_of(written(tmp_path / "a.csv", inner)) == "xlsx"
    assert kind_of(written(tmp_path / "b.xls", b"n\tm\n1\t2\n")) == "csv"
    assert kind_of(written(tmp_path / "c.txt", b'[{"n": 1}]')) == "json"
    assert kind_of(written(tmp_path / "d", b"n,m\n1,2\n")) == "csv"
    assert kind_of(written(tmp_path / "e.csv.gz", gzip.compress(b"n,m\n"))) == "csv"


# Workbooks


def test_sheets_are_chosen_by_name_number_or_pattern(tmp_path):
    path = book(
        tmp_path / "b.xlsx",
        Jan=[["n", "m"], [1, "a"], [2, "b"]],
        Feb=[["m", "n"], ["c", 3]],
        Empty=[],
    )
    assert [row["n"] for row in opened(path)[1]] == ["1", "2"]
    assert "_sheet" not in opened(path)[0].columns
    for how in ("Feb", "2", "F*"):
        assert opened(path, sheet=how)[1] == [{"m": "c", "n": "3", "_sheet": "Feb", LINE: 1}]
    _, rows = opened(path, sheet="*")
    assert [(row["_sheet"], row[LINE], row["n"], row["m"]) for row in rows] == [
        ("Jan", 1, "1", "a"), ("Jan", 2, "2", "b"), ("Feb", 3, "3", "c"),
    ]  # fmt: skip
    with pytest.raises(NotFound, match=r"no sheet '9'; its sheets are: Jan, Feb, Empty"):
        opened(path, sheet="9")
    with pytest.raises(InvalidInput, match="no records"):
        opened(path, sheet="Empty")


def test_titles_above_the_header_are_passed_over(tmp_path):
    path = book(
        tmp_path / "b.xlsx",
        s=[
            [],
            ["Sales report", None, None, None],
            ["from", "2025-01-01", None, None],
            [],
            ["order", "customer", "amount", "day"],
            ["o1", "c1", 5, "2025-01-02"],
        ],
    )
    raw, rows = opened(path)
    assert raw.columns == ["order", "customer", "amount", "day"]
    assert [row["order"] for row in rows] == ["o1"]


def test_merged_header_cells_give_the_names_below_them(tmp_path):
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["Report for the year", None, None, None, None])
    sheet.append(["Region", "Sales", None, "Costs", None])
    sheet.append([None, "Q1", "Q2", "Q1", "total"])
    sheet.append(["north", 1, 2, 3, 4])
    for cells in ("A1:E1", "A2:A3", "B2:C2", "D2:E2"):
        sheet.merge_cells(cells)
    made.save(tmp_path / "m.xlsx")
    raw, rows = opened(tmp_path / "m.xlsx")
    assert raw.columns == ["Region", "Sales Q1", "Q2", "Costs Q1", "total"]
    assert [list(row.values()) for row in rows] == [["north", "1", "2", "3", "4", 1]]


def test_the_format_may_tell_the_row_of_the_header(tmp_path):
    path = book(tmp_path / "b.xlsx", s=[["a", "b"], ["c", "d"], ["e", "f"]])
    raw, rows = opened(path, header_row=2)
    assert raw.columns == ["c", "d"]
    assert [row["c"] for row in rows] == ["e"]
    text = written(tmp_path / "f.csv", "exported today\n\na,b\n1,2\n")
    raw, rows = opened(text, header_row=3)
    assert (raw.columns, [row["a"] for row in rows]) == (["a", "b"], ["1"])


def test_an_old_workbook_reads_like_a_new_one(tmp_path):
    path = written(tmp_path / "f.xls", zlib.decompress(base64.b85decode(OLD_BOOK)))
    assert kind_of(path) == "xls"
    assert [list(row.values()) for row in opened(path)[1]] == [["1.5", "茶", 1], ["2", "", 2]]


# JSON

DOCUMENTS = [
    {"id": 1, "user": {"name": "茶", "tags": ["a", 1]}, "price": 2.50, "ok": True},
    {"id": 2, "user": {"name": None}, "late": "x", "empty": {}},
]


@pytest.mark.parametrize("form", ["lines", "array", "indented", "one by one", "gz"])
def test_json_members_are_columns_with_dotted_names(tmp_path, form):
    content = {
        "array": json.dumps(DOCUMENTS),
        "indented": json.dumps(DOCUMENTS, indent=2, ensure_ascii=False),
        "one by one": "\n".join(json.dumps(one, indent=1) for one in DOCUMENTS),
    }.get(form, "".join(json.dumps(one) + "\n" for one in DOCUMENTS))
    path = written(tmp_path / "f.json", content)
    if form == "gz":
        path = written(tmp_path / "f.jsonl.gz", gzip.compress(content.encode()))
    raw, rows = opened(path)
    assert raw.columns == ["id", "user.name", "user.tags", "price", "ok", "late", "empty"]
    first, second = rows
    assert (first["id"], first["user.name"], first["ok"], first[LINE]) == ("1", "茶", "true", 1)
    assert json.loads(first["user.tags"]) == ["a", 1]
    assert first["price"] == "2.5"
    assert (second["user.name"], second["late"], second["empty"]) == (None, "x", "{}")


def test_numbers_keep_their_digits(tmp_path):
    path = written(tmp_path / "f.jsonl", '{"n": 2.50, "m": 12345678901234567890.10, "e": 1e2}\n')
    row = opened(path)[1][0]
    assert (row["n"], row["m"], row["e"]) == ("2.50", "12345678901234567890.10", "1e2")


def test_lines_that_are_no_objects_are_set_aside(tmp_path):
    path = written(tmp_path / "f.jsonl", '{"a": 1}\n\n[2]\n{"a": \n"x"\n{"a": 3}')
    raw, rows = opened(path)
    assert [(row["a"], row[LINE]) for row in rows] == [("1", 1), ("3", 5)]
    assert raw.bad_lines == [
        BadLine(2, "[2]", "invalid_json"),
        BadLine(3, '{"a":', "invalid_json"),
        BadLine(4, '"x"', "invalid_json"),
    ]


def test_a_column_that_comes_late_still_arrives(tmp_path):
    lines = ['{"a": 1}\n'] * 10_001 + ['{"a": 2, "b": 3}\n']
    raw, rows = opened(written(tmp_path / "f.jsonl", "".join(lines)))
    assert raw.columns == ["a"]
    assert rows[-1] == {"a": "2", "b": "3", LINE: 10_002}


def test_a_broken_array_tells_after_which_item(tmp_path):
    with pytest.raises(InvalidInput, match="broken after item 2"):
        opened(written(tmp_path / "f.json", '[{"a": 1}, {"a": 2}, {"a": '))


value = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.text("ab", min_size=1, max_size=2), inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)
records = st.lists(
    st.dictionaries(st.text("xyz", min_size=1, max_size=2), value, max_size=3),
    min_size=1,
    max_size=6,
)


def flat(members: dict, before: str = "") -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, held in members.items():
        if isinstance(held, dict) and held:
            found |= flat(held, f"{before}{name}.")
        elif isinstance(held, str) or held is None:
            found[before + name] = held
        else:
            found[before + name] = json.dumps(held, separators=(",", ":"))
    return found


@settings(max_examples=40, deadline=None)
@given(records, st.integers(1, 60), st.booleans())
def test_json_in_blocks_of_any_size_gives_what_the_standard_library_reads(
    tmp_path_factory, documents, block, is_array
):
    path = tmp_path_factory.mktemp("json") / "f.json"
    texts = [json.dumps(one, separators=(",", ":")) for one in documents]
    path.write_text(f"[{', '.join(texts)}]" if is_array else "\n".join(texts), encoding="utf-8")
    raw = JsonFiles(block_bytes=block).open(path, FileFormat())
    found = [row for batch in raw.batches for row in batch.to_pylist()]
    expected = [flat(json.loads(text)) for text in texts]
    assert [{k: v for k, v in row.items() if v is not None and k != LINE} for row in found] == [
        {k: v for k, v in row.items() if v is not None} for row in expected
    ]


# Faults of text files


def test_records_with_the_character_nul_are_set_aside(tmp_path):
    path = written(tmp_path / "f.csv", b'a,b\n1,x\n2,\0\0\n3,"y\n\0"\n4,z\n')
    raw, rows = opened(path)
    assert [(row["a"], row[LINE]) for row in rows] == [("1", 1), ("4", 4)]
    assert [(bad.line, bad.reason) for bad in raw.bad_lines] == [(2, "nul_byte"), (3, "nul_byte")]


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r", "mixed"])
def test_line_endings_may_be_mixed(tmp_path, ends):
    text = "a,b\r\n1,x\n2,y\r\n3,z" if ends == "mixed" else ends.join(["a,b", "1,x", "2,y", "3,z"])
    raw, rows = opened(written(tmp_path / "f.csv", text))
    assert [(row["a"], row["b"], row[LINE]) for row in rows] == [
        ("1", "x", 1), ("2", "y", 2), ("3", "z", 3),
    ]  # fmt: skip
    assert raw.bad_lines == []


def test_columns_of_a_file_without_header_are_named_in_the_format(tmp_path):
    path = written(tmp_path / "f.tsv", "1\tx\n2\ty\n")
    raw, rows = opened(path, columns=("id", "word"), has_header=False)
    assert raw.columns == ["id", "word"]
    assert [row["word"] for row in rows] == ["x", "y"]
    with pytest.raises(InvalidInput, match=r"has 2 columns, but the recipe names 1 \(id\)"):
        opened(path, columns=("id",), has_header=False)


def test_bytes_read_reach_the_size_of_the_file(tmp_path):
    path = written(tmp_path / "f.csv.gz", gzip.compress(CSV * 50_000))
    raw = Files().open(path, FileFormat())
    list(raw.batches)
    assert raw.bytes_read == path.stat().st_size


def test_a_packed_workbook_opens_too(tmp_path):
    content = book(tmp_path / "b.xlsx", s=[["n"], [1]]).read_bytes()
    assert opened(written(tmp_path / "b.xlsx.gz", gzip.compress(content)))[1] == [
        {"n": "1", LINE: 1}
    ]
