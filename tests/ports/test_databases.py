"""One suite for every database that tables are pulled from: in memory, PostgreSQL, MariaDB."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.databases.conftest import mariadb_server, postgres_server  # noqa: F401
from tests.databases.engines import Engine, mariadb_engine, memory_engine, postgres_engine

from zhiyin.core.errors import InvalidInput, NotFound, Permanent, Transient
from zhiyin.ports.databases import (
    Kind,
    LeftOut,
    Position,
    Relation,
    Scan,
    TableColumn,
    column_named,
    suggested_cursor,
)

REAL = [
    pytest.param("postgres", marks=pytest.mark.databases),
    pytest.param("mariadb", marks=pytest.mark.databases),
]
places = itertools.count(1)

LINES = """CREATE TABLE order_lines (
  id INTEGER NOT NULL PRIMARY KEY, product TEXT, price NUMERIC, is_gift BOOLEAN, picture BLOB,
  ordered_at WALL_TIME, updated_at INSTANT, day DATE)"""
ROWS = """INSERT INTO order_lines (id, product, price, ordered_at, updated_at, day) VALUES
  (1, 'tea', '0.100000000001', '2026-03-01 08:00:00.5', '2026-03-01 00:00:00.000001', '2026-03-01'),
  (2, '知音 "茶", \n 😀', '12345678901234567890.123456789012', '1999-12-31 23:59:59.999999',
   '2026-03-01 00:00:00.000001', '1999-12-31'),
  (3, '', NULL, NULL, '2026-03-01 00:00:00.000002', NULL),
  (4, NULL, '-1', NULL, NULL, NULL)"""
# SQLite keeps texts as they are, hence here as the port writes them.
MEMORY_ROWS = """INSERT INTO order_lines (id, product, price, ordered_at, updated_at, day) VALUES
  (1, 'tea', '0.100000000001', '2026-03-01T08:00:00.500000', '2026-03-01T00:00:00.000001Z',
   '2026-03-01'),
  (2, '知音 "茶", \n 😀', '12345678901234567890.123456789012', '1999-12-31T23:59:59.999999',
   '2026-03-01T00:00:00.000001Z', '1999-12-31'),
  (3, '', NULL, NULL, '2026-03-01T00:00:00.000002Z', NULL),
  (4, NULL, '-1', NULL, NULL, NULL)"""
TABLE = Relation("order_lines")


def made(request, kind: str) -> Engine:
    place = f"t{next(places)}"
    if kind == "memory":
        return memory_engine()
    if kind == "postgres":
        return postgres_engine(request.getfixturevalue("postgres_server"), place)
    return mariadb_engine(request.getfixturevalue("mariadb_server"), place)


@pytest.fixture(params=["memory", *REAL])
def engine(request) -> Engine:
    return made(request, request.param)


@pytest.fixture(params=REAL)
def real(request) -> Engine:
    return made(request, request.param)


def filled(engine: Engine) -> None:
    engine.run(LINES)
    engine.run(MEMORY_ROWS if engine.kind == "memory" else ROWS)


def scan(database, cursor: str = "updated_at", key: tuple[str, ...] = ("id",), **more) -> Scan:
    columns = database.columns(more.pop("relation", TABLE))
    named = [column_named(columns, name) for name in (cursor, *key)]
    assert all(named)
    return Scan(TABLE, named[0], tuple(named[1:]), **more)


def ids(table) -> list[str]:
    return table["id"].to_pylist()


def test_a_table_tells_its_columns_kinds_and_key(engine):
    filled(engine)
    database = engine.open()
    columns = database.columns(TABLE)
    kinds = {column.name: column.kind for column in columns}
    assert list(kinds)[:3] == ["id", "product", "price"]
    assert (kinds["id"], kinds["product"]) == (Kind.INTEGER, Kind.TEXT)
    assert (kinds["updated_at"], kinds["ordered_at"]) == (Kind.INSTANT, Kind.WALL_TIME)
    assert (kinds["day"], kinds["picture"]) == (Kind.DATE, Kind.BYTES)
    assert [column.name for column in columns if column.is_key] == ["id"]
    assert database.tables() == ["order_lines"]
    database.close()


def test_values_come_exactly_as_they_are_and_times_in_utc(engine):
    filled(engine)
    database = engine.open()
    rows = database.page(scan(database, "id", ()), None, 10).to_pylist()
    assert rows[0]["price"] == "0.100000000001"
    assert rows[1]["price"] == "12345678901234567890.123456789012"
    assert rows[0]["ordered_at"] == "2026-03-01T08:00:00.500000"
    assert rows[0]["updated_at"] == "2026-03-01T00:00:00.000001Z"
    assert rows[1]["ordered_at"] == "1999-12-31T23:59:59.999999"
    assert rows[1]["day"] == "1999-12-31"
    assert rows[1]["product"] == '知音 "茶", \n 😀'
    assert (rows[2]["product"], rows[3]["product"]) == ("", None)
    assert (rows[2]["price"], rows[2]["ordered_at"], rows[3]["updated_at"]) == (None, None, None)
    database.close()


def test_pages_follow_each_other_without_gap_or_overlap(engine):
    filled(engine)
    database = engine.open()
    asked = scan(database)
    first = database.page(asked, None, 1)
    assert ids(first) == ["1"]
    second = database.page(asked, Position(first["updated_at"][0].as_py(), ("1",)), 10)
    assert ids(second) == ["2", "3"]
    last = database.page(asked, Position(second["updated_at"][1].as_py(), ("3",)), 10)
    assert (last.num_rows, last.column_names) == (0, second.column_names)
    database.close()


def test_start_and_stop_belong_to_the_scan(engine):
    filled(engine)
    database = engine.open()
    one, two = "2026-03-01T00:00:00.000001Z", "2026-03-01T00:00:00.000002Z"
    assert ids(database.page(scan(database, start=two), None, 10)) == ["3"]
    assert ids(database.page(scan(database, start=one, stop=one), None, 10)) == ["1", "2"]
    assert ids(database.page(scan(database, "day", stop="2000-01-01"), None, 10)) == ["2"]
    assert ids(database.page(scan(database, "id", (), start="2", stop="3"), None, 10)) == ["2", "3"]
    database.close()


def test_rows_without_a_place_and_beyond_the_stop_are_counted(engine):
    filled(engine)
    database = engine.open()
    stop = "2026-03-01T00:00:00.000001Z"
    assert database.left_out(scan(database, stop=stop)) == LeftOut(1, 1)
    assert database.left_out(scan(database, "id", ())) == LeftOut(0, 0)
    assert database.left_out(scan(database, "day")) == LeftOut(2, 0)
    database.close()


def test_rows_in_any_order_for_a_look_or_a_look_up(engine):
    filled(engine)
    database = engine.open()
    assert database.rows(TABLE, 2).num_rows == 2
    assert sorted(ids(database.rows(TABLE))) == ["1", "2", "3", "4"]
    database.close()


def test_a_query_is_read_like_a_table_percent_signs_and_all(engine):
    filled(engine)
    database = engine.open()
    query = Relation(query="SELECT id, product FROM order_lines WHERE product LIKE 't%'")
    assert [column.name for column in database.columns(query)] == ["id", "product"]
    asked = Scan(query, database.columns(query)[0])
    assert database.page(asked, None, 10).to_pylist() == [{"id": "1", "product": "tea"}]
    database.close()


def test_an_empty_table_gives_an_empty_page_with_all_columns(engine):
    engine.run(LINES)
    database = engine.open()
    page = database.page(scan(database), None, 10)
    assert (page.num_rows, len(page.column_names)) == (0, 8)
    assert database.left_out(scan(database)) == LeftOut(0, 0)
    database.close()


def test_what_is_not_there_is_named(engine):
    filled(engine)
    database = engine.open()
    with pytest.raises(NotFound, match="nothing"):
        database.columns(Relation("nothing"))
    with pytest.raises(NotFound, match="nothing"):
        database.rows(Relation(query="SELECT nothing FROM order_lines"))
    assert database.rows(TABLE, 1).num_rows == 1  # and the connection still works
    database.close()


texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(st.one_of(st.none(), texts), st.one_of(st.none(), texts))))
def test_any_text_survives_the_way(real, rows):
    quoted = [
        tuple("NULL" if cell is None else f"'{_escaped(cell, real)}'" for cell in row)
        for row in rows
    ]
    real.run("DROP TABLE IF EXISTS texts", "CREATE TABLE texts (id INTEGER, a TEXT, b TEXT)")
    if rows:
        values = ", ".join(f"({n}, {a}, {b})" for n, (a, b) in enumerate(quoted))
        real.run(f"INSERT INTO texts VALUES {values}")
    database = real.open()
    column = database.columns(Relation("texts"))[0]
    page = database.page(Scan(Relation("texts"), column), None, 1000)
    assert list(zip(page["a"].to_pylist(), page["b"].to_pylist(), strict=True)) == rows
    database.close()


def _escaped(text: str, engine: Engine) -> str:
    doubled = text.replace("'", "''")
    return doubled.replace("\\", "\\\\") if engine.kind == "mariadb" else doubled


def test_other_types_have_a_text_that_says_all(real):
    if real.kind == "postgres":
        real.run(
            "CREATE TABLE others AS SELECT 1 AS id, true AS t, '\\x00ff'::bytea AS b, "
            "'{\"a\": 1}'::jsonb AS j, 0.1::float8 AS f, 'NaN'::numeric AS n, "
            "'infinity'::timestamptz AS i, '12345678-1234-1234-1234-123456789abc'::uuid AS u, "
            "'-infinity'::date AS d, '0044-03-15 BC'::date AS c, 1e20::real AS r"
        )
        expected = {
            "t": "true", "b": "00ff", "j": '{"a": 1}', "f": "0.1", "n": "NaN", "i": "infinity",
            "u": "12345678-1234-1234-1234-123456789abc", "d": "-infinity", "c": "0044-03-15 BC",
            "r": "1e+20",
        }  # fmt: skip
    else:
        real.run(
            "CREATE TABLE others (id int, t tinyint(1), b blob, j json, f double, u bigint "
            "unsigned, e enum('a','b'), y year, m mediumtext, x bit(9))",
            "INSERT INTO others VALUES (1, true, x'00ff', '{\"a\": 1}', 0.1, "
            "18446744073709551615, 'b', 2026, 'long', b'100000001')",
        )
        expected = {
            "t": "1", "b": "00ff", "j": '{"a": 1}', "f": "0.1", "u": "18446744073709551615",
            "e": "b", "y": "2026", "m": "long", "x": "101",
        }  # fmt: skip
    database = real.open()
    (row,) = database.rows(Relation("others")).to_pylist()
    assert {name: row[name] for name in expected} == expected
    database.close()


def test_infinite_and_zero_times_have_no_place_in_the_order(real):
    real.run(LINES)
    if real.kind == "postgres":
        endless = "'infinity', '-infinity'"
        real.run(f"INSERT INTO order_lines (id, updated_at, day) VALUES (1, {endless})")
    else:
        real.run(
            "INSERT IGNORE INTO order_lines (id, ordered_at, day) "
            "VALUES (1, '0000-00-00', '0000-00-00')"
        )
    database = real.open()
    name = "updated_at" if real.kind == "postgres" else "ordered_at"
    for cursor in (name, "day"):
        asked = scan(database, cursor)
        assert database.page(asked, None, 10).num_rows == 0
        assert database.left_out(asked) == LeftOut(1, 0)
    database.close()


def test_a_wide_integer_key_and_a_text_key_keep_their_order(real):
    real.run(
        "CREATE TABLE codes (code TEXT, day DATE, big NUMERIC)",
        "INSERT INTO codes VALUES ('b''\\\\c', '2026-03-01', '99999999999999999999'), "
        "('a', '2026-03-01', '3'), ('Ä', '2026-03-01', '4')",
    )
    database = real.open()
    relation = Relation("codes")
    day, code, big = (
        column_named(database.columns(relation), name) for name in ("day", "code", "big")
    )
    for key in (code, big):
        asked, seen, after = Scan(relation, day, (key,)), [], None
        while (page := database.page(asked, after, 1)).num_rows:
            seen.append(page[key.name][0].as_py())
            after = Position("2026-03-01", (seen[-1],))
        assert len(seen) == len(set(seen)) == 3
    database.close()


def test_the_session_only_reads(real):
    filled(real)
    database = real.open()
    words = "read.only|READ ONLY"
    with pytest.raises(Permanent, match=words):
        database._run(_statement(real, "DELETE FROM order_lines"))
    with pytest.raises(Permanent, match=words):
        database._run(_statement(real, "CREATE TABLE mine (id int)"))
    assert database.rows(TABLE).num_rows == 4
    database.close()


def _statement(real: Engine, text: str):
    from zhiyin.adapters.databases.statements import Statement

    return Statement(text) if real.kind == "postgres" else text


def test_a_statement_that_takes_too_long_is_ended(real):
    real.run("CREATE TABLE small (id INTEGER)", "INSERT INTO small VALUES (1)")
    database = real.open(timeout_seconds=1)
    nap = "pg_sleep(5)::text" if real.kind == "postgres" else "SLEEP(5)"
    with pytest.raises(Transient, match="longer than 1 s"):
        database.rows(Relation(query=f"SELECT {nap} AS nap FROM small"))
    database.close()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"password": "wr0ng-one"}, Permanent, "does not accept the user"),
        ({"user": "nobody"}, Permanent, "does not accept the user"),
        ({"database": "nowhere"}, NotFound, "nowhere"),
        ({"port": 1}, Transient, "does not answer"),
        ({"tls": "require"}, Permanent, "no encrypted connection"),
    ],
)
def test_what_keeps_us_out_is_one_sentence_without_a_password(real, changes, error, words):
    with pytest.raises(error, match=words) as told:
        real.open(**changes)
    sentence = str(told.value)
    assert real.access().password not in sentence
    assert changes.get("password", "-") not in sentence
    assert "\n" not in sentence


def test_a_table_that_may_not_be_read_is_told(real):
    filled(real)
    if real.kind == "postgres":
        real.run(
            f"CREATE USER {real.place}_reader PASSWORD 'abc'",
            f"GRANT CONNECT ON DATABASE {real.place} TO {real.place}_reader",
        )
    else:
        real.run(
            "CREATE TABLE open_to_all (id int)",
            f"CREATE USER {real.place}_reader@'127.0.0.1' IDENTIFIED BY 'abc'",
            f"GRANT SELECT ON {real.place}.open_to_all TO {real.place}_reader@'127.0.0.1'",
        )
    database = real.open(user=f"{real.place}_reader", password="abc")
    assert "order_lines" not in database.tables()
    with pytest.raises(Permanent, match="may not read"):
        database.rows(TABLE)
    database.close()


def test_a_server_that_dies_is_told_as_something_that_may_pass(real):
    filled(real)
    database = real.open()
    assert real.server is not None
    real.server.kill()
    try:
        with pytest.raises(Transient, match="does not answer"):
            database.rows(TABLE)
    finally:
        real.server.start()
    again = real.open()
    assert again.rows(TABLE).num_rows == 4
    again.close()


def test_a_query_that_is_no_sql_is_refused(real):
    database = real.open()
    with pytest.raises(InvalidInput, match="does not take the statement"):
        database.rows(Relation(query="SELECT FROM WHERE"))
    database.close()


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("id:integer:key created_at:instant updated_at:instant", "updated_at"),
        ("id:integer:key 创建时间:wall_time", "创建时间"),
        ("id:integer:key birthday:date", "id"),
        ("a:integer:key b:integer:key", None),
        ("name:text:key", None),
    ],
)
def test_the_suggested_cursor_is_a_time_of_change_or_else_a_growing_key(columns, expected):
    made = []
    for told in columns.split():
        name, kind, *key = told.split(":")
        made.append(TableColumn(name, kind, Kind(kind), bool(key)))
    assert suggested_cursor(made) == expected
