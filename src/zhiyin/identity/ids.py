"""Ids as they are compared: without spaces, in half width, and without what stands for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.policy import LONGEST_EVIDENCE

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What forms and SDKs send when they know nothing; so do ids of zeros and dashes only.
NOBODY = (
    r"(?i)^([0-]*|-1|null|none|nan|nil|undefined|unknown|anonymous|n/a|na|\(null\)"
    r"|\[objectobject\])$"
)

# Full-width forms of ASCII, as Chinese keyboards write them.
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
NARROW = "".join(map(chr, range(0x21, 0x7F)))

# Spaces and signs that nobody sees, which the shipped rule `tidy_ids` takes out of ids of facts.
BLANK = (
    "\\s\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f"
    "\u00a0\u00ad\u2000-\u200f\u202a-\u202f\u2060\u3000\ufeff"
)

# 0086 138…, 86 138… and 138… are one number.
CHINESE_MOBILE = "^([+]86|0086|86)?(1[3-9][0-9]{9})$"

# What stands before the names below in Sensors' identities.
EXTERNAL_PREFIX = r"^\$?identity_"
# Names that senders of `externalIds` and of Sensors' identities give to kinds of id.
EXTERNAL_KINDS = {
    "user_id": "user", "login_id": "user", "customer_id": "user",
    "unionid": "unionid", "union_id": "unionid", "wechat_unionid": "unionid",
    "mp_unionid": "unionid",
    "openid": "openid", "open_id": "openid", "wechat_openid": "openid", "mp_openid": "openid",
    "member_card": "card", "card_number": "card", "card": "card", "loyalty_card": "card",
    "phone": "phone", "mobile": "phone", "email": "email",
    "anonymous_id": "anon", "mp_id": "anon", "cookie_id": "anon", "android_uuid": "anon",
    "idfv": "anon", "ios_uuid": "anon", "android.id": "anon", "ios.id": "anon",
    "ga_client_id": "anon",
}  # fmt: skip


def cleaned(kind: str, value: ir.StringValue) -> ir.StringValue:
    """Return an id of a kind as it is compared; null if it identifies nobody.

    Ids lose spaces and invisible signs, and full-width letters and digits become plain ones. An
    e-mail address is in lower case and has an @; a card number is in upper case; a phone number is
    its digits, with +86 before a Chinese mobile number; below five digits it is none. Users' and
    devices' ids keep their case, because other systems tell them apart by it. What is longer than
    1,024 characters is no id.
    """
    # Each step names its operand once, or the query would double with every step.
    plain = _plain(value)
    if kind in SHAPES:
        plain = SHAPES[kind](plain)
    return _somebody(value, plain)


def typed(kind: str, value: ir.StringValue) -> ir.StringValue:
    """Return `kind:value` of the cleaned value; null if it identifies nobody."""
    return ibis.literal(f"{kind}:") + cleaned(kind, value)


def typed_by_kind(kind: ir.StringValue, value: ir.StringValue) -> ir.StringValue:
    """Return `typed` where each row has a kind of its own; null where the kind is."""
    plain = _plain(value)
    shaped = ibis.cases(
        *((kind == name, shape(plain)) for name, shape in SHAPES.items()), else_=plain
    )
    return kind + ibis.literal(":") + _somebody(value, shaped)  # pyright: ignore


def _plain(value: ir.StringValue) -> ir.StringValue:
    return value.re_replace(f"[{BLANK}]", "").translate(WIDE, NARROW)


def _somebody(value: ir.StringValue, plain: ir.StringValue) -> ir.StringValue:
    somebody = plain.re_replace(NOBODY, "").nullif("")
    return ibis.ifelse(value.length() <= LONGEST_EVIDENCE, somebody, ibis.null("string"))  # pyright: ignore[reportReturnType]


def _email(plain: ir.StringValue) -> ir.StringValue:
    return plain.lower().re_replace(r"^[^@]*$", "")


def _phone(plain: ir.StringValue) -> ir.StringValue:
    digits = plain.re_replace("[^0-9+]", "")
    # Engines write a group in a replacement differently, but take it out alike.
    mobile = digits.re_extract(CHINESE_MOBILE, 2).nullif("")
    told = ibis.ifelse(digits.length() >= 6, digits, digits.re_replace("^[+]?.{0,4}$", ""))
    return ibis.coalesce(ibis.literal("+86") + mobile, told)  # pyright: ignore[reportReturnType]


# How ids of some kinds are written.
SHAPES = {"email": _email, "phone": _phone, "card": lambda plain: plain.upper()}
