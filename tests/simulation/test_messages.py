import pytest

from zhiyin.simulation.messages import read_discount, received

HTML = """
<p>八折优惠：<a href="http://127.0.0.1:8600/t/c/abc?u=1&amp;s=2">去看看</a>
<a href='http://127.0.0.1:8600/t/c/def'>more</a>
<img src="http://127.0.0.1:8600/t/o/xyz.gif"> 全场满200减30
<a href="http://127.0.0.1:8600/t/u/leave">退订</a></p>
"""


@pytest.mark.parametrize(("offer", "share"), [
    ("20% off", 0.20), ("全场8折", 0.20), ("7.5折", 0.25), ("满200减30", 0.15), ("coupon_15", 0.15),
    ("SAVE8", 0.08), ("", 0.0), ("free shipping", 0.0), ("满10减99", 0.7),
])  # fmt: skip
def test_a_customer_reads_the_discount(offer, share):
    assert read_discount(offer) == pytest.approx(share)


def test_links_are_sorted_by_what_they_do():
    message = received(
        address=" A@B.example ",
        html=HTML,
        headers={"Message-ID": "<m1@shop.example>", "X-Campaign-Id": "c7"},
    )
    assert message.address == "a@b.example"
    assert message.click_urls == (
        "http://127.0.0.1:8600/t/c/abc?u=1&s=2", "http://127.0.0.1:8600/t/c/def",
    )  # fmt: skip
    assert message.open_url == "http://127.0.0.1:8600/t/o/xyz.gif"
    assert message.unsubscribe_url == "http://127.0.0.1:8600/t/u/leave"
    assert (message.message_id, message.campaign_id) == ("m1@shop.example", "c7")
    assert message.discount == pytest.approx(0.15)


def test_the_unsubscribe_header_goes_before_the_link():
    headers = {"List-Unsubscribe": "<mailto:x@y.example>, <http://h.example/t/u/one>"}
    assert received(address="a@b.example", html=HTML, headers=headers).unsubscribe_url == (
        "http://h.example/t/u/one"
    )


def test_a_message_without_links_is_a_message():
    message = received(address="a@b.example", html="hello")
    assert (message.open_url, message.click_urls, message.unsubscribe_url) == ("", (), "")
    assert message.discount == 0
