import json
import smtplib
import threading
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pyarrow.compute as pc
import pytest

from zhiyin.simulation.api import ReceivedMessage, World, WorldConfig, write_days
from zhiyin.simulation.live import HookSink, SmtpSink, Visitor
from zhiyin.simulation.segment import calls


def mail(address: str, number: int, base: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "shop@shop.example"
    message["To"] = address
    message["Subject"] = "给您的8折券"
    message["Message-ID"] = f"<m{number}@shop.example>"
    message.set_content("请用支持 HTML 的邮箱查看")
    message.add_alternative(
        f'<a href="{base}/t/c/{number}">看看</a><img src="{base}/t/o/{number}">'
        f'<a href="{base}/t/u/{number}">退订</a>',
        subtype="html",
    )
    return message


class Product:
    """A stand-in for the product's public doors: keeps what is asked of it."""

    def __init__(self):
        self.seen: list[tuple[str, str]] = []
        self.batches: list[tuple[str, dict]] = []
        product = self

        class Doors(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                product.seen.append(("GET", self.path))
                self.send_response(302 if "/t/c/" in self.path else 200)
                self.send_header(
                    "Location", "https://shop.example/?utm_source=zhiyin&campaign_id=k1"
                )
                self.end()

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/batch":
                    product.batches.append((self.headers["Authorization"], json.loads(raw)))
                else:
                    product.seen.append(("POST", self.path))
                self.send_response(200)
                self.end()

            def end(self):
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Doors)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def product():
    product = Product()
    yield product
    product.server.shutdown()
    product.server.server_close()


@pytest.fixture
def world():
    return World(WorldConfig(customers=800, months=2, seed=4))


def test_mail_arrives_with_its_links_and_strangers_are_refused(world):
    address = world.addresses()[0]
    with SmtpSink(knows=lambda a: world.person(a) is not None) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port) as link:
            link.send_message(mail(address, 1, "http://127.0.0.1:1"))
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                link.send_message(mail("nobody@mail.example", 2, "http://127.0.0.1:1"))
        (message,) = sink.drain()
        assert sink.drain() == []
    assert (message.address, message.message_id) == (address, "m1@shop.example")
    assert message.click_urls == ("http://127.0.0.1:1/t/c/1",)
    assert message.discount == pytest.approx(0.2)
    assert (sink.accepted, sink.refused) == (1, 1)


def test_hooks_arrive_and_nonsense_is_refused():
    document = {
        "message_id": "m5", "address": "a@b.example", "channel": "email", "subject": "9折",
        "body_html": '<a href="http://127.0.0.1:1/t/c/5">x</a>', "facts": {"campaign_id": "c5"},
    }  # fmt: skip
    with HookSink() as sink, httpx.Client(trust_env=False) as client:
        url = f"http://127.0.0.1:{sink.port}/hook"
        assert client.post(url, json=document).status_code == 200
        assert client.post(url, content=b"{").status_code == 400
        assert client.post(url, json=["no address"]).status_code == 422
        (message,) = sink.drain()
    assert (message.message_id, message.campaign_id, message.address) == ("m5", "c5", "a@b.example")
    assert message.discount == pytest.approx(0.1)


def test_a_visitor_opens_clicks_leaves_and_browses(world, product):
    for number, address in enumerate(world.addresses()):
        links = {
            "open_url": f"{product.base}/t/o/{number}",
            "click_urls": (f"{product.base}/t/c/{number}",),
            "unsubscribe_url": f"{product.base}/t/u/{number}",
        }
        world.receive(ReceivedMessage(address, offer="10% off", **links))
    emitted = world.advance(4)
    moments = []
    with Visitor(product.base, "key-1", on_moment=moments.append) as visitor:
        report = visitor.perform(emitted)
    assert moments == [reaction.at for reaction in emitted.reactions]
    assert report.failures == []
    kinds = [reaction.kind for reaction in emitted.reactions]
    counted = (report.opened, report.clicked, report.unsubscribed)
    assert counted == tuple(kinds.count(kind) for kind in ("open", "click", "unsubscribe"))
    assert (
        sum(method == "GET" and "/t/o/" in path for method, path in product.seen) == report.opened
    )
    assert (
        sum(method == "POST" and "/t/u/" in path for method, path in product.seen)
        == report.unsubscribed
    )
    assert {auth for auth, _ in product.batches} == {httpx.BasicAuth("key-1", "")._auth_header}
    sizes = [len(batch["batch"]) for _, batch in product.batches]
    assert max(sizes) <= 100
    assert sum(sizes) == report.events == emitted.web_events.num_rows
    landed = [
        call for _, batch in product.batches for call in batch["batch"]
        if call["context"].get("campaign", {}).get("id") == "k1"
    ]  # fmt: skip
    visits = {call["messageId"].rpartition("-")[0] for call in landed}
    assert len(visits) == report.clicked > 0
    assert {call["context"]["campaign"]["source"] for call in landed} == {"zhiyin"}


def test_an_order_call_lists_products_that_add_up_to_its_revenue(world):
    emitted = world.advance(20)
    orders = [
        c
        for c in calls(emitted.web_events, emitted.web_order_lines)
        if c.get("event") == "Order Completed"
    ]
    assert len(orders) > 10
    for order in orders:
        properties = order["properties"]
        total = sum(p["price"] * p["quantity"] - p["discount"] for p in properties["products"])
        assert total == pytest.approx(properties["revenue"], abs=0.005)
        assert properties["currency"] == "CNY"
        assert order["userId"]
        assert order["timestamp"].endswith("Z")


def test_every_call_has_what_segment_asks_for(world):
    emitted = world.advance(3)
    made = calls(emitted.web_events, emitted.web_order_lines)
    assert {call["type"] for call in made} == {"page", "track", "identify"}
    for call in made:
        assert call["anonymousId"]
        assert call["messageId"]
        assert ("event" in call) == (call["type"] == "track")
        assert len(json.dumps(call)) < 32_000


def test_live_days_are_written_without_the_events_that_were_posted(world, tmp_path):
    emitted = world.advance(10)
    paths = write_days(emitted, tmp_path, "2026-07-10")
    assert {path.name for path in paths} >= {
        "web_order_lines-2026-07-10.csv", "pos_lines-2026-07-10.csv", "ad_costs-2026-07-10.csv",
    }  # fmt: skip
    assert not list(tmp_path.glob("web_events*"))
    lines = (tmp_path / "pos_lines-2026-07-10.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == emitted.pos_lines.num_rows + 1
    assert pc.sum(pc.equal(emitted.pos_lines["kind"], "sale")).as_py() > 0
