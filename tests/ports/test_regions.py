"""The region look-up's contract, over every adapter."""

from __future__ import annotations

import pytest

from zhiyin.adapters.regions.maxmind import MaxMindRegions
from zhiyin.adapters.regions.networks import NetworkRegions
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.regions import Place

CSV = (
    "\ufeffnetwork,region,country,city,note\n"
    "128.0.0.0/1,Zhejiang,CN,杭州,half of all\n"
    "2001:db8::/32,,DE,,\n"
    "203.0.113.64/26,Shanghai,CN,,a part\n"
)


def encoded(value) -> bytes:
    """Return a value in MaxMind's data format: type and size in a control byte, the content."""
    if isinstance(value, str):
        raw = value.encode()
        return bytes([0x40 | len(raw)]) + raw
    if isinstance(value, dict):
        pairs = b"".join(encoded(name) + encoded(one) for name, one in value.items())
        return bytes([0xE0 | len(value)]) + pairs
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(encoded, value))
    return value


def number(value: int, bits: int) -> bytes:
    """Return an unsigned number of 16, 32 or 64 bits in MaxMind's data format."""
    head = {16: b"\xa2", 32: b"\xc4", 64: b"\x08\x02"}[bits]
    return head + value.to_bytes(bits // 8, "big")


def database() -> bytes:
    """Return a database of one node: the upper half of all addresses is in Hangzhou."""
    record = {
        "country": {"iso_code": "CN"},
        "subdivisions": [{"names": {"en": "Zhejiang"}}],
        "city": {"names": {"en": "Hangzhou", "zh-CN": "杭州"}},
    }
    # A record equal to the number of nodes means nothing there; above, a place in the data.
    tree = (1).to_bytes(3, "big") + (1 + 16).to_bytes(3, "big")
    about = {
        "node_count": number(1, 32),
        "record_size": number(24, 16),
        "ip_version": number(4, 16),
        "database_type": "Test",
        "languages": ["en"],
        "binary_format_major_version": number(2, 16),
        "binary_format_minor_version": number(0, 16),
        "build_epoch": number(1_700_000_000, 64),
        "description": {"en": "test"},
    }
    return tree + bytes(16) + encoded(record) + b"\xab\xcd\xefMaxMind.com" + encoded(about)


@pytest.fixture(params=["csv", "mmdb"])
def regions(request, tmp_path):
    path = tmp_path / f"regions.{request.param}"
    if request.param == "csv":
        path.write_text(CSV, encoding="utf-8")
        return NetworkRegions(path)
    path.write_bytes(database())
    return MaxMindRegions(path, language="zh-CN")


def test_known_addresses_have_places_and_all_else_is_left_out(regions):
    asked = ["198.51.100.7", "10.0.0.1", "2002::1", "no address", "", "198.51.100.7"]
    assert regions.regions(asked) == {"198.51.100.7": Place("CN", "Zhejiang", "杭州")}
    assert regions.regions([]) == {}


def test_the_smallest_network_counts(tmp_path):
    (tmp_path / "r.csv").write_text(CSV, encoding="utf-8")
    found = NetworkRegions(tmp_path / "r.csv").regions(["203.0.113.70", "2001:db8::1"])
    assert found == {"203.0.113.70": Place("CN", "Shanghai"), "2001:db8::1": Place("DE")}


@pytest.mark.parametrize("text", ["country\nCN\n", "network\n300.0.0.0/8\n", "network\n\n1.2\n"])
def test_a_file_without_networks_is_refused(tmp_path, text):
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"r\.csv"):
        NetworkRegions(tmp_path / "r.csv")


def test_a_file_that_is_not_there_or_no_database_is_refused(tmp_path):
    (tmp_path / "r.mmdb").write_bytes(b"no database")
    for adapter in (NetworkRegions, MaxMindRegions):
        with pytest.raises(InvalidInput, match="cannot be read"):
            adapter(tmp_path / "absent.mmdb")
    with pytest.raises(InvalidInput, match="cannot be read"):
        MaxMindRegions(tmp_path / "r.mmdb")
