"""Phones, e-mails, dates and amounts: what can be read by plain expressions is, the rest is typed
text that the engine's functions take apart."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from zhiyin.ports.text_functions import email_mended, instant_read, number_read, phone_e164
from zhiyin.warehouse.cleaning.places import place
from zhiyin.warehouse.cleaning.rules import Rule
from zhiyin.warehouse.cleaning.verdicts import Setting, Verdict

_CHINESE_MOBILE = r"^(?:\+?86|0086)?(1[3-9][0-9]{9})$"
_E164_MOBILE = r"^\+861[3-9][0-9]{9}$"
_ADDRESS = r"^[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9-]+\.)+[a-z]{2,}$"
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
_PLAIN_NUMBER = r"^-?\d{1,13}(?:\.\d{1,4})?$"

# + a column: the text a rule reads, and what it reads there. As columns of their own they are
# worked out once, however often the verdict names them.
TEXT, READ = "_g_text_", "_g_read_"

DOMAINS = (
    "qq.com", "163.com", "126.com", "yeah.net", "sina.com", "sina.cn", "sohu.com", "foxmail.com",
    "aliyun.com", "139.com", "189.cn", "gmail.com", "hotmail.com", "outlook.com", "yahoo.com",
    "live.com", "msn.com", "icloud.com", "protonmail.com", "googlemail.com",
)  # fmt: skip


def text_of(table: ir.Table, column: str, rule: Rule, setting: Setting) -> ir.Value:
    """Return the text that a rule reads elsewhere."""
    return place(table, rule.options["from"])


def read_anew(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `phone` or `email` rule: what was read counts."""
    old, new = table[column], table[READ + column]
    return Verdict(new, is_bad=old.notnull() & new.isnull())


def phone(table: ir.Table, column: str, rule: Rule, setting: Setting) -> ir.Value:
    """Return a phone number as E.164; null if it is none."""
    old: Any = table[column]
    region = rule.options["region"]
    home = setting.region if region == "workspace" else region
    # By the row's own country first, then as at home: people move and keep their number.
    regions: list[Any] = [ibis.literal(home)]
    if rule.options["country"]:
        country: Any = place(table, rule.options["country"])
        is_code = country.re_search("^[A-Z]{2}$").fill_null(False) & (country != home)
        regions.insert(0, ibis.ifelse(is_code, country, ibis.null("string")))
    read: list[Any] = [phone_e164(old, region) for region in regions]
    if home == "CN":
        core = old.re_replace(r"[\s().-]", "").re_extract(_CHINESE_MOBILE, 1).nullif("")
        read.insert(0, ibis.literal("+86") + core)
    return _known(old, ibis.ifelse(old.re_search(_E164_MOBILE), old, ibis.coalesce(*read)))


def email(table: ir.Table, column: str, rule: Rule, setting: Setting) -> ir.Value:
    """Return an e-mail address in small letters, without slips; null if it is none."""
    old: Any = table[column]
    domains = tuple(dict.fromkeys([*DOMAINS, *rule.options["domains"]]))
    small = old.lower()
    is_plain = small.re_search(_ADDRESS)
    is_usual = small.re_extract("@(.*)$", 1).isin(domains)
    mended = email_mended(old, ibis.literal(",".join(domains)))
    return _known(old, ibis.ifelse(is_plain & is_usual, small, mended))


def date(table: ir.Table, column: str, rule: Rule, setting: Setting) -> ir.Value:
    """Return the date or time that a text tells; null if it tells none."""
    old: Any = table[column]
    text: Any = table[TEXT + column]
    zone = rule.options["timezone"]
    zone = setting.timezone if zone == "workspace" else zone
    settings = f"{rule.options['order']}|{zone}"
    is_plain = text.re_search(_ISO_DATE) & text.try_cast("date").notnull()
    read = _known(text, ibis.ifelse(is_plain, text, instant_read(text, ibis.literal(settings))))
    kind = str(old.type().copy(nullable=True))
    return read.substr(0, 10).try_cast("date") if old.type().is_date() else read.try_cast(kind)


def number(table: ir.Table, column: str, rule: Rule, setting: Setting) -> ir.Value:
    """Return the number that a text tells; null if it tells none."""
    old: Any = table[column]
    text: Any = table[TEXT + column]
    unit = rule.options["unit"] or ""
    unit = setting.currency if unit == "workspace" else unit
    settings = f"{unit}|{rule.options['decimal']}"
    kind = str(old.type().copy(nullable=True))
    is_plain = text.re_search(_PLAIN_NUMBER) & ibis.literal(rule.options["decimal"] == ".")
    read = _known(text, ibis.ifelse(is_plain, text, number_read(text, ibis.literal(settings))))
    return read.try_cast(kind)


def _known(text: Any, read: Any) -> Any:
    """Return what was read, where there was anything to read."""
    # A case without an answer goes on to the function, which looks at every empty value then.
    return ibis.ifelse(text.isnull(), ibis.null("string"), read)


def from_text(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `date` or `number` rule: a text elsewhere says what a column holds."""
    old: Any = table[column]
    value: Any = table[READ + column]
    told: Any = table[TEXT + column].nullif("")  # pyright: ignore[reportAttributeAccessIssue]
    # A text that comes to what the column holds already is no change.
    before = ibis.ifelse(value.identical_to(old), old.cast("string"), told)
    return Verdict(ibis.coalesce(value, old), told.notnull() & value.isnull(), before)
