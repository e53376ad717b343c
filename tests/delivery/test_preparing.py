"""From decisions to outbox rows, and from outbox rows to `dm.messages`."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from tests.delivery.small_shop import NOW, OFFERS

from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.core.ids import joined_digest
from zhiyin.decisions.api import Offer, load_offers
from zhiyin.decisions.tables import DECISIONS
from zhiyin.delivery.api import PEOPLE_COLUMNS, Sending, messages_table, prepare
from zhiyin.delivery.tables import MESSAGES
from zhiyin.delivery.wording import day, first_name, money, offer_value, tier_title
from zhiyin.testing.rows import rows_of

PEOPLE = pa.table(
    dict(
        zip(
            PEOPLE_COLUMNS,
            [["user:1", "user:2"], ["Ann Lee", None], ["at_risk", None], ["Home", None]],
            strict=True,
        )
    )
)


def decided(**changes) -> pa.Table:
    row = {
        "decision_id": "d1", "campaign_id": "c1", "person_id": "user:1", "arm": "treatment",
        "channel": "email", "template": "rescue", "address": "ann@shop.test",
        "offer_id": "rescue_20", **changes,
    }  # fmt: skip
    others = [
        {**row, "decision_id": "d2", "person_id": "user:2"},
        {**row, "decision_id": "d3", "arm": "holdout"},
        {**row, "decision_id": "d4", "arm": "suppressed"},
    ]
    return rows_of(DECISIONS, row, *others)


def prepared(renderer, table=None, language="en", offers=None):
    return prepare(
        decided() if table is None else table,
        PEOPLE,
        renderer=renderer,
        offers=load_offers(OFFERS) if offers is None else offers,
        sending=Sending(due_at=NOW, language=language),
    )


def test_only_treated_people_get_a_message_with_an_id_that_never_changes(renderer):
    rows = prepared(renderer)
    assert [row.decision_id for row in rows] == ["d1", "d2"]
    assert rows[0].message_id == joined_digest(("d1", "email"), 32)
    assert (rows[0].state, rows[0].due_at, rows[0].address) == ("queued", NOW, "ann@shop.test")
    assert prepared(renderer) == rows


def test_a_row_holds_the_few_words_that_the_message_may_say(renderer):
    first, second = prepared(renderer)
    assert first.payload == {
        "template": "rescue",
        "language": "en",
        "purpose": "marketing",
        "offer_id": "rescue_20",
        "fields": {
            "customer.name": "Ann Lee",
            "customer.first_name": "Ann",
            "customer.tier": "member",
            "customer.favourite_category": "Home",
            "offer.title": "20% off, just for you",
            "offer.value": "20% off",
            "offer.code": "STAY20",
            "offer.expires_on": "16 March 2026",
        },
    }
    assert "customer.name" not in second.payload["fields"]


def test_a_prepared_row_renders_in_both_languages(renderer):
    for language, hello in (("en", "Hello Ann,"), ("zh-CN", "Ann Lee，您好：")):
        message = renderer.message(prepared(renderer, language=language)[0])
        assert hello in message.body_text
        assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message.headers["List-Unsubscribe"].startswith("<https://crm.shop.test/t/u/")
        assert message.facts["offer_id"] == "rescue_20"
        assert message == renderer.message(prepared(renderer, language=language)[0])


def test_a_template_or_offer_that_is_not_there_stops_the_launch(renderer):
    with pytest.raises(NotFound, match="'summer'"):
        prepared(renderer, decided(template="summer"))
    with pytest.raises(InvalidInput, match="'gift'; allowed: first_order_10"):
        prepared(renderer, decided(offer_id="gift"))


def test_a_message_without_an_offer_says_nothing_of_one(renderer):
    row = prepared(renderer, decided(offer_id=None, template="welcome_content"))[0]
    assert not any(name.startswith("offer.") for name in row.payload["fields"])
    assert "X-Zhiyin-Offer" not in renderer.message(row).headers


@pytest.mark.parametrize(
    ("known", "chinese", "english"),
    [
        ({"percent": Decimal(15)}, "8.5折", "15% off"),
        ({"percent": Decimal(20)}, "8折", "20% off"),
        ({"percent": Decimal(100)}, "免费", "100% off"),
        ({"amount": Decimal("20.00")}, "立减¥20", "¥20 off"),
        ({"amount": Decimal("1234.5")}, "立减¥1,234.50", "¥1,234.50 off"),
        ({"points": 200}, "200积分", "200 points"),
        ({}, None, None),
    ],
)
def test_what_an_offer_is_worth_is_said_as_people_say_it(known, chinese, english):
    offer = Offer("a", {}, "coupon", **known)
    assert offer_value(offer, "zh-CN", "CNY") == chinese
    assert offer_value(offer, "en", "CNY") == english


def test_a_service_strategy_in_a_marketing_campaign_stays_a_service(renderer):
    sending = Sending(due_at=NOW, language="en", purposes={"note": "service"})
    table = decided(offer_id=None, template="welcome_content", strategy="note")
    rows = prepare(table, PEOPLE, renderer=renderer, offers={}, sending=sending)
    assert {row.payload["purpose"] for row in rows} == {"service"}
    assert "List-Unsubscribe" not in renderer.message(rows[0]).headers


def test_words_for_days_names_money_and_tiers():
    assert day(NOW.date(), "zh-CN") == "2026年3月2日"
    assert day(NOW.date(), "en") == "2 March 2026"
    assert first_name("Ann Lee", "en") == "Ann"
    assert first_name("李 雷", "zh-CN") == "李 雷"
    assert first_name(" ", "en") is None
    assert money(Decimal(5), "SEK") == "5 SEK"
    assert tier_title("at_risk", "en") == tier_title("potential", "en") == "member"
    assert tier_title(None, "zh-CN") is None


def test_outbox_rows_become_messages_with_naive_instants(a_row):
    rows = [a_row(1, state="sent", changed_at=NOW), a_row(2, why="later")]
    table = messages_table(rows)
    assert table.schema.names == list(MESSAGES.columns)
    assert table["changed_at"].to_pylist() == [naive_utc(NOW), None]
    assert table["why"].to_pylist() == [None, "later"]
    assert messages_table([]).num_rows == 0
