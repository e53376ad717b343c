"""What other libraries send, as events in our vocabulary."""

from __future__ import annotations

import base64
import gzip
import json
from urllib.parse import quote, urlencode

import pytest
from tests.collect.edge_client import EdgeClient, basic
from tests.collect.test_events import CLOCK, track

from zhiyin.collect.api import load_log


@pytest.fixture
def edge():
    client = EdgeClient(CLOCK)
    yield client
    client.collector.close()


def encoded(value) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def only_event(edge: EdgeClient) -> dict:
    (item,) = edge.logged()
    assert "rejected" not in item, item
    return item["event"]


# pictures


@pytest.mark.parametrize("path", ["/v1/pixel/track", "/pixel/v1/track"])
def test_a_picture_brings_an_event_in_its_query(edge, path):
    event = track() | {"writeKey": edge.key}
    answer = edge.get(f"{path}?data={quote(encoded(event))}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    assert only_event(edge) == track()


def test_a_picture_s_flat_fields_are_the_event_s_or_its_properties(edge):
    query = urlencode(
        {
            "writeKey": edge.key,
            "userId": "u1",
            "event": "Email Opened",
            "properties.campaign_id": "c1",
            "context.campaign.source": "mail",
            "price": "3",
        }
    )
    edge.get(f"/v1/pixel/track?{query}")
    event = only_event(edge)
    assert event["properties"] == {"campaign_id": "c1", "price": "3"}
    assert event["context"] == {"campaign": {"source": "mail"}}
    assert (event["userId"], event["event"]) == ("u1", "Email Opened")
    assert edge.logged()[0]["type"] == "track"


@pytest.mark.parametrize(
    "query", ["", "?data=%%%", "?data=e30", "?writeKey=wrong&userId=u", "?userId=u&event=e"]
)
def test_a_picture_is_always_answered_with_a_picture(edge, query):
    answer = edge.get(f"/v1/pixel/track{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert edge.logged() == []


# Segment's and RudderStack's other paths


def test_the_library_s_own_metrics_are_taken_and_forgotten(edge):
    assert edge.post("/v1/m", {"series": [{"type": "Counter"}]}).json() == {"success": True}
    assert edge.logged() == []


def test_a_beacon_has_its_key_in_the_query(edge):
    answer = edge.post(f"/beacon/v1/batch?writeKey={edge.key}", {"batch": [track()]})
    assert answer.status_code == 200
    assert only_event(edge) == track()


@pytest.mark.parametrize("path", ["/api/s/track", "/api/s/s2s/track", "/api/s/event"])
def test_jitsu_s_calls_have_their_key_in_a_header(edge, path):
    answer = edge.post(path, track(), x_write_key=edge.key)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert only_event(edge) == track()


def test_life_signs_of_a_collector_alone(edge):
    assert edge.get("/health").json()["status"] == "ok"
    assert edge.get("/version").json()["name"] == "zhiyin"


def test_a_script_that_nobody_built_is_told_of_in_words(edge, monkeypatch, tmp_path):
    monkeypatch.setattr("zhiyin.collect.edge.pages.SCRIPTS", tmp_path)
    for path in ("/zhiyin.js", f"/analytics.js/v1/{edge.key}/analytics.min.js"):
        answer = edge.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "script_not_built")
    (tmp_path / "zhiyin.min.js").write_text("1")
    answer = edge.get("/zhiyin.js")
    assert (answer.status_code, answer.content) == (200, b"1")
    assert answer.headers["content-type"].startswith("text/javascript")


# PostHog


def posthog(event: str, **fields) -> dict:
    return {"event": event, "distinct_id": "u1", "properties": {}, "uuid": "id-1", **fields}


def sent(edge: EdgeClient, record: dict, path: str = "/batch/") -> dict:
    body = {"api_key": edge.key, "batch": [record], "sent_at": "2026-01-01T11:00:00Z"}
    answer = edge.post(path, gzip.compress(json.dumps(body).encode()), content_encoding="gzip")
    assert (answer.status_code, answer.json()) == (200, {"status": 1})
    assert edge.logged()[0]["sent_at"] == "2026-01-01T11:00:00Z"
    return only_event(edge)


def test_a_captured_event_is_a_track_call(edge):
    properties = {"price": 2, "$lib": "posthog-python", "$lib_version": "7", "utm_source": "wx"}
    event = sent(edge, posthog("Bought", properties=properties, timestamp="2026-01-01T10:00:00Z"))
    assert (event["type"], event["event"], event["userId"]) == ("track", "Bought", "u1")
    assert (event["messageId"], event["timestamp"]) == ("id-1", "2026-01-01T10:00:00Z")
    assert event["properties"] == properties
    assert event["context"] == {
        "library": {"name": "posthog-python", "version": "7"},
        "campaign": {"source": "wx"},
    }


def test_identify_ties_the_anonymous_id_to_the_user(edge):
    record = posthog(
        "$identify", properties={"$anon_distinct_id": "a1", "$set": {"email": "a@b.c"}}
    )
    event = sent(edge, record | {"$set_once": {"email": "old@b.c", "plan": "x"}})
    assert (event["type"], event["userId"], event["anonymousId"]) == ("identify", "u1", "a1")
    assert event["traits"] == {"email": "a@b.c", "plan": "x"}


def test_an_alias_names_both_ids(edge):
    properties = {"distinct_id": "a1", "alias": "u1"}
    event = sent(edge, posthog("$create_alias", distinct_id="a1", properties=properties))
    assert (event["type"], event["previousId"], event["userId"]) == ("alias", "a1", "u1")


@pytest.mark.parametrize(
    ("event", "properties", "kind"),
    [("$pageview", {"$current_url": "https://x.cn/a", "$pathname": "/a"}, "page"),
     ("$screen", {"$screen_name": "Home"}, "screen"),
     ("$groupidentify", {"$group_key": "g1", "$group_set": {"name": "G"}}, "group"),
     ("$set", {"$set": {"age": 3}}, "identify")],
)  # fmt: skip
def test_posthog_s_own_events_are_our_calls(edge, event, properties, kind):
    found = sent(edge, posthog(event, properties=properties))
    assert found["type"] == kind
    if kind == "page":
        assert found["properties"]["path"] == "/a"
    if kind == "screen":
        assert found["name"] == "Home"
    if kind == "group":
        assert (found.get("userId"), found["anonymousId"]) == (None, "u1")
        assert (found["groupId"], found["traits"]) == ("g1", {"name": "G"})


@pytest.mark.parametrize(
    "says", [{"$is_identified": False}, {"$process_person_profile": False}, {"$device_id": "u1"}]
)
def test_an_id_that_is_not_identified_is_a_device_s(edge, says):
    event = sent(edge, posthog("Seen", properties=says))
    assert (event.get("userId"), event["anonymousId"]) == (None, "u1")


@pytest.mark.parametrize("path", ["/capture/", "/i/v0/e/", "/e/"])
def test_one_event_alone_has_its_key_beside_it(edge, path):
    assert edge.post(path, posthog("Seen", api_key=edge.key)).status_code == 200
    assert only_event(edge)["event"] == "Seen"


def test_the_browser_s_base64_form_is_read(edge):
    event = posthog("Seen", properties={"token": edge.key})
    body = urlencode({"data": encoded([event])}).encode()
    assert edge.post("/e/?compression=base64", body).status_code == 200
    assert only_event(edge)["event"] == "Seen"


def test_a_posthog_record_that_means_nothing_goes_aside(edge, warehouse):
    batch = [posthog("Seen"), {"distinct_id": "u1"}, 7]
    answer = edge.post("/batch/", {"api_key": edge.key, "batch": batch})
    assert answer.status_code == 200
    report = load_log(edge.event_log, warehouse, CLOCK)
    assert (report.rows_kept, report.rows_quarantined) == (1, {"no_event": 1, "wrong_type": 1})


# Sensors Data


def sensors(kind: str = "track", **fields) -> dict:
    return {"type": kind, "distinct_id": "d1", "time": 1767261600000, "properties": {}, **fields}


def forms(records: list[dict]) -> list[bytes]:
    packed = base64.b64encode(gzip.compress(json.dumps(records).encode())).decode()
    return [
        json.dumps(records).encode(),
        urlencode({"data_list": packed, "gzip": "1"}).encode(),
        urlencode({"data_list": encoded(records), "gzip": "0"}).encode(),
    ]


@pytest.mark.parametrize("form", [0, 1, 2])
def test_sensors_records_come_as_json_or_as_a_form(edge, form):
    records = [sensors(event="Seen"), sensors(event="Bought", properties={"price": 3})]
    answer = edge.post(f"/sa?project=default&token={edge.key}", forms(records)[form])
    assert (answer.status_code, answer.content) == (200, b"")
    first, second = (item["event"] for item in edge.logged())
    assert (first["event"], first["anonymousId"]) == ("Seen", "d1")
    assert first["timestamp"] == "2026-01-01T10:00:00Z"
    assert second["properties"] == {"price": 3}


def test_the_project_may_be_the_key(edge):
    assert edge.post(f"/sa?project={edge.key}", sensors(event="Seen")).status_code == 200
    assert only_event(edge)["event"] == "Seen"


def test_sensors_pictures_bring_one_record(edge):
    data = quote(encoded(sensors(event="Seen")))
    answer = edge.get(f"/sa.gif?token={edge.key}&data={data}&ext=crc%3D1")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert only_event(edge)["event"] == "Seen"


def sensed(edge: EdgeClient, record: dict) -> dict:
    answer = edge.post("/sa", record, authorization=basic(edge.key))
    assert answer.status_code == 200
    return only_event(edge)


def test_signing_up_ties_the_device_to_the_user(edge):
    event = sensed(
        edge, sensors("track_signup", distinct_id="u1", original_id="d1", event="$SignUp")
    )
    assert (event["type"], event["userId"], event["anonymousId"]) == ("identify", "u1", "d1")


def test_bound_ids_are_one_person(edge):
    identities = {"$identity_login_id": "u1", "$identity_mp_id": "o1", "$identity_mobile": "139"}
    event = sensed(edge, sensors("track_id_bind", event="$BindID", identities=identities))
    assert (event["type"], event["userId"], event["anonymousId"]) == ("identify", "u1", "o1")
    assert event["traits"] == {"phone": "139"}
    kinds = {one["type"]: one["id"] for one in event["context"]["externalIds"]}
    assert kinds == {"login_id": "u1", "mp_id": "o1", "mobile": "139"}


@pytest.mark.parametrize(
    "name",
    ["mp_id", "ali_mp_id", "baidu_mp_id", "byte_mp_id", "feishu_mp_id", "taobao_uuid", "xhs_mp_id"],
)
def test_ids_of_mini_programs_are_devices(edge, name):
    event = sensed(edge, sensors(event="Seen", identities={f"$identity_{name}": "o1"}))
    assert (event.get("userId"), event["anonymousId"]) == (None, "o1")


@pytest.mark.parametrize(
    ("sent", "arrived"),
    [("OrderCompleted", "Order Completed"), ("order_completed", "Order Completed"),
     ("productAddedToWishlist", "Product Added to Wishlist"), ("ViewGoods", "ViewGoods")],
)  # fmt: skip
def test_standard_events_get_their_names_back(edge, sent, arrived):
    assert sensed(edge, sensors(event=sent))["event"] == arrived


def test_a_profile_s_own_fields_have_plain_names(edge):
    properties = {"$name": "Li", "$is_login_id": True, "age": 3}
    event = sensed(edge, sensors("profile_set", distinct_id="u1", properties=properties))
    assert (event["userId"], event["traits"]) == ("u1", {"name": "Li", "age": 3})


def test_a_login_id_says_so(edge):
    record = sensors(event="Seen", distinct_id="u1", properties={"$is_login_id": True})
    event = sensed(edge, record)
    assert (event["userId"], event.get("anonymousId")) == ("u1", None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("profile_set", {"type": "identify", "traits": {"n": 1}}),
     ("profile_set_once", {"type": "identify", "traits": {"n": 1}}),
     ("profile_unset", {"type": "identify", "traits": {"n": None}}),
     ("profile_increment", {"event": "Profile Incremented", "properties": {"n": 1}}),
     ("profile_append", {"event": "Profile Appended", "properties": {"n": 1}}),
     ("profile_delete", {"event": "Profile Deleted", "properties": {"n": 1}})],
)  # fmt: skip
def test_profiles_are_traits_and_their_changes_events(edge, kind, expected):
    event = sensed(edge, sensors(kind, properties={"n": 1}))
    assert {name: event[name] for name in expected} == expected


def test_a_viewed_page_is_a_page(edge):
    properties = {"$url": "https://x.cn/a?b", "$url_path": "/a", "$title": "A", "$utm_source": "w"}
    lib = {"$lib": "js", "$lib_version": "1.26"}
    event = sensed(edge, sensors(event="$pageview", properties=properties, lib=lib))
    assert (event["type"], event["name"]) == ("page", "A")
    assert event["context"]["page"]["path"] == "/a"
    assert event["context"]["library"] == {"name": "js", "version": "1.26"}
    assert event["context"]["campaign"] == {"source": "w"}


@pytest.mark.parametrize("number", [{"_track_id": 4711}, {}])
def test_the_same_record_sent_again_has_the_same_id(edge, warehouse, number):
    record = sensors(event="Seen", _flush_time=1767261600500, **number)
    later = record | {"_flush_time": 1767261609000}
    other = record | {"time": 1767261600001}
    edge.post("/sa", [record, later, other], authorization=basic(edge.key))
    report = load_log(edge.event_log, warehouse, CLOCK)
    assert (report.rows_kept, report.rows_repeated) == (2, 1)


@pytest.mark.parametrize(
    ("record", "reason"),
    [({"distinct_id": "d"}, "unknown_type"), ({"type": "item_set"}, "unknown_type"),
     (sensors(event="x", time=1e30), "unreadable_time"), (sensors(), "no_event"),
     (3, "wrong_type")],
)  # fmt: skip
def test_a_sensors_record_that_means_nothing_goes_aside(edge, record, reason):
    assert edge.post("/sa", [record], authorization=basic(edge.key)).status_code == 200
    (item,) = edge.logged()
    assert item["rejected"] == reason
    assert item["record"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [("/sa", b"gzip=1", "no_data"), ("/sa", b"data=%25%25", "bad_base64"),
     ("/sa", b"data=eyI", "invalid_json"), ("/e/", b"hello", "invalid_json"),
     ("/batch/", b'{"batch": 3}', "no_batch"), ("/capture/", b"[", "invalid_json")],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused(edge, path, body, code):
    answer = edge.post(path, body, authorization=basic(edge.key))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
