"""What the settings may say of databases, and what is told when it does not suffice."""

from __future__ import annotations

import pytest

from zhiyin.app.connection_settings import ConnectionSettings, check_connections
from zhiyin.app.connections import access_of, chosen, open_connection
from zhiyin.app.settings import load_settings
from zhiyin.app.workspace import create_workspace
from zhiyin.core.errors import InvalidInput, NotFound, Unsupported

SHOP = ConnectionSettings(
    kind="mysql", database="shop", user="reader", password_env="SHOP_DB_PASSWORD"
)


def test_a_connection_has_the_port_of_its_kind_and_a_password_that_is_never_shown(monkeypatch):
    monkeypatch.setenv("SHOP_DB_PASSWORD", "s3cret")
    access = access_of("shop", SHOP)
    assert (access.port, access.password) == (3306, "s3cret")
    assert "s3cret" not in repr(access)


def test_a_password_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("SHOP_DB_PASSWORD", raising=False)
    with pytest.raises(InvalidInput, match="SHOP_DB_PASSWORD is not set"):
        open_connection({"shop": SHOP}, "shop")


def test_a_missing_driver_is_one_sentence(monkeypatch):
    monkeypatch.setenv("SHOP_DB_PASSWORD", "s3cret")
    monkeypatch.setitem(__import__("sys").modules, "pymysql", None)
    with pytest.raises(Unsupported, match=r"pip install 'zhiyin\[mysql\]'"):
        open_connection({"shop": SHOP}, None)


def test_the_only_connection_needs_no_name_and_one_of_several_does():
    assert chosen({"shop": SHOP}, None) == "shop"
    with pytest.raises(InvalidInput, match="several connections"):
        chosen({"shop": SHOP, "crm": SHOP}, None)
    with pytest.raises(NotFound, match="known: shop"):
        chosen({"shop": SHOP}, "crm")
    with pytest.raises(NotFound, match=r"\[connections.shop\]"):
        chosen({}, None)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "oracle"}, "kind cannot be 'oracle'"),
        ({"kind": "mysql", "tls": "maybe"}, "tls cannot be 'maybe'"),
        ({"kind": "mysql", "timeout_seconds": 0}, "timeout_seconds"),
    ],
)
def test_a_value_that_a_connection_cannot_have_is_refused(settings, words):
    connection = ConnectionSettings(database="shop", user="reader", **settings)
    with pytest.raises(InvalidInput, match=words):
        check_connections({"shop": connection}, "zhiyin.toml")


def test_a_password_in_the_file_is_refused(tmp_path):
    create_workspace(tmp_path)
    with (tmp_path / "zhiyin.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[connections.shop]\nkind = "mysql"\ndatabase = "d"\nuser = "u"\npassword = "abc"\n'
        )
    with pytest.raises(InvalidInput, match="password") as told:
        load_settings(tmp_path)
    assert "abc" not in str(told.value)
