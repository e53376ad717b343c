"""Files of object storage and of web servers: listed, streamed, known again."""

from __future__ import annotations

import functools
import gzip
import http.server
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zhiyin.adapters.sources import byte_streams, remote
from zhiyin.adapters.sources.files import Files
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.app.command_line import place_of
from zhiyin.app.settings import storage_options
from zhiyin.collect import tables as ods
from zhiyin.collect.api import import_files, load_recipe
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import InvalidInput, NotFound, Permanent, Transient, Unsupported

fsspec = pytest.importorskip("fsspec")

RECIPE = """
name: lines
title: {zh-CN: 行, en: Lines}
timezone: UTC
currency: CNY
sources:
  - name: lines
    files: "lines*.csv*"
    target: order_lines
    columns:
      order_id: order
      line_kind: {value: sale}
      quantity: pieces
      unit_price: {value: "1"}
      amount: {calculate: "quantity * unit_price"}
      order_time: {value: "2026-03-01"}
"""


def csv(*orders: str) -> bytes:
    return b"order,pieces\n" + "".join(f"{order},1\n" for order in orders).encode()


class Desk:
    """Imports URLs into a warehouse of its own."""

    def __init__(self, folder: Path) -> None:
        path = folder / "lines.yaml"
        path.write_text(RECIPE, encoding="utf-8")
        self.recipe = load_recipe(path)
        self.warehouse = DuckDBWarehouse(":memory:")

    def take(self, *urls: str):
        return import_files(
            self.recipe,
            [Path(url) for url in urls],
            warehouse=self.warehouse,
            files=Files(),
            clock=FixedClock(datetime(2026, 3, 2, tzinfo=UTC)),
        )

    def column(self, name: str) -> list:
        table = self.warehouse.to_arrow(self.warehouse.read(ods.ORDER_LINES))
        return sorted(table[name].to_pylist())


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.warehouse.close()


@pytest.fixture
def storage():
    """Write objects into fsspec's memory; it is empty again afterwards."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield lambda name, content: system.pipe(f"/shop/{name}", content)
    system.store.clear()


def test_a_folder_of_daily_files_is_taken_day_by_day(desk, storage):
    storage("2026/lines-01.csv", csv("A", "B"))
    storage("2026/lines-02.csv.gz", gzip.compress(csv("C")))
    storage("2026/readme.md", b"no table")
    first = desk.take("memory://shop/2026")
    assert first.rows_kept == 3
    assert [skipped.reason for skipped in first.skipped] == ["not_in_recipe"]
    assert set(desk.column("origin")) == {"lines-01.csv", "lines-02.csv.gz"}
    storage("2026/lines-03.csv", csv("D"))
    second = desk.take("memory://shop/2026")
    assert [file.name for file in second.files] == ["lines-03.csv"]
    assert desk.column("order_id") == ["A", "B", "C", "D"]


def test_a_pattern_takes_what_it_fits(desk, storage):
    for day in ("01", "02"):
        storage(f"2026/{day}/lines.csv", csv(f"A{day}"))
        storage(f"2026/{day}/other.csv", csv("X"))
    assert desk.take("memory://shop/2026/*/lines.csv").rows_kept == 2
    assert desk.column("origin") == ["01/lines.csv", "02/lines.csv"]


def test_the_same_bytes_under_another_name_are_known_again(desk, storage):
    storage("lines-a.csv", csv("A"))
    desk.take("memory://shop/lines-a.csv")
    storage("lines-b.csv", csv("A"))
    report = desk.take("memory://shop/lines-b.csv")
    assert [skipped.reason for skipped in report.skipped] == ["already_imported"]


def test_what_is_not_there_or_empty_is_told_with_its_url(desk, storage):
    storage("lines.csv", b"")
    with pytest.raises(InvalidInput, match=r"memory://shop/lines\.csv is empty"):
        desk.take("memory://shop/lines.csv")
    with pytest.raises(NotFound, match=r"no file .*memory://shop/nothing\.csv"):
        desk.take("memory://shop/nothing.csv")
    with pytest.raises(NotFound, match="no file in memory"):
        desk.take("memory://shop/nothing*.csv")


def test_an_unknown_scheme_is_told(desk):
    with pytest.raises(InvalidInput, match="scheme that is not known"):
        desk.take("gopher://shop/lines.csv")


def test_a_missing_package_is_one_sentence(desk, monkeypatch):
    def missing(url: str):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(remote, "_system", missing)
    with pytest.raises(Unsupported, match=r"pip install 'zhiyin\[s3\]'"):
        desk.take("s3://bucket/lines.csv")


def test_a_large_object_is_read_piece_by_piece(storage, monkeypatch):
    storage("large.csv", b"x" * 4_000_000)
    taken = []
    plain = remote._Stream.read

    def counted(self, size=-1):
        taken.append(size)
        return plain(self, size)

    monkeypatch.setattr(remote._Stream, "read", counted)
    blocks = list(byte_streams.read_blocks(Path("memory://shop/large.csv"), 1_000_000))
    assert [len(block) for block in blocks] == [1_000_000] * 4
    assert -1 not in taken


@pytest.fixture
def web(tmp_path):
    """A web server on a folder; answers `/secret` with 403 and `/broken` with 500."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            self._answer(super().do_GET)

        def do_HEAD(self):
            self._answer(super().do_HEAD)

        def _answer(self, usual):
            status = {"/secret": 403, "/broken": 500}.get("/" + self.path.split("/")[1])
            self.send_error(status) if status else usual()

        def log_message(self, *_):
            pass

    folder = tmp_path / "web"
    folder.mkdir()
    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_file_of_a_web_server_is_streamed(desk, web):
    pytest.importorskip("aiohttp")
    folder, address = web
    (folder / "lines.csv.gz").write_bytes(gzip.compress(csv("A", "B")))
    assert desk.take(f"{address}/lines.csv.gz").rows_kept == 2
    assert desk.take(f"{address}/lines.csv.gz").load_id is None
    with pytest.raises(NotFound, match="http://"):
        desk.take(f"{address}/lines-nothing.csv")
    with pytest.raises(Permanent, match="may not be read"):
        desk.take(f"{address}/secret/lines.csv")
    with pytest.raises(Transient):
        desk.take(f"{address}/broken/lines.csv")


def test_a_web_server_that_is_away_is_told_as_something_that_may_pass(desk):
    pytest.importorskip("aiohttp")
    with pytest.raises(Transient, match="http://127"):
        desk.take("http://127.0.0.1:9/lines.csv")


@pytest.mark.databases
def test_objects_of_s3_are_listed_streamed_and_guarded(desk, monkeypatch):
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.server")
    import boto3

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("SHOP_S3_KEY", "key")
    monkeypatch.setenv("SHOP_S3_SECRET", "secret")
    try:
        names = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        s3 = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **names)
        s3.create_bucket(Bucket="shop")
        s3.put_object(Bucket="shop", Key="daily/lines-01.csv.gz", Body=gzip.compress(csv("A")))
        remote.configure({"s3": {"endpoint_url": address}})
        with pytest.raises(Permanent, match=r"\[storage\.s3\]"):
            desk.take("s3://shop/daily/*.csv.gz")
        remote.configure(
            storage_options(
                {
                    "s3": {
                        "endpoint_url": address,
                        "key_env": "SHOP_S3_KEY",
                        "secret_env": "SHOP_S3_SECRET",
                        "use_listings_cache": False,
                    }
                }
            )
        )
        assert desk.take("s3://shop/daily/*.csv.gz").rows_kept == 1
        s3.put_object(Bucket="shop", Key="daily/lines-02.csv", Body=csv("B"))
        assert desk.take("s3://shop/daily").rows_kept == 1
        assert desk.column("order_id") == ["A", "B"]
        with pytest.raises(NotFound, match="s3://elsewhere"):
            desk.take("s3://elsewhere/lines.csv")
    finally:
        fsspec.config.conf.pop("s3", None)
        server.stop()


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(InvalidInput, match="NO_SUCH_KEY is not set"):
        storage_options({"s3": {"key_env": "NO_SUCH_KEY"}})


def test_urls_stand_as_they_are_on_the_command_line_and_paths_become_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert place_of(Path("lines.csv")) == str(tmp_path / "lines.csv")
    assert remote.url_of(Path(place_of(Path("s3://b/k.csv")))) == "s3://b/k.csv"
