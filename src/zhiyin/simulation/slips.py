"""How each kind of error looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

Row = dict[str, str]
Draw = np.random.Generator
FULL = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}


@dataclass(frozen=True)
class Soiled:
    """A row with an error, the columns it is in, and rows that it brings along."""

    row: Row
    columns: tuple[str, ...]
    beside: tuple[Row, ...] = ()


@dataclass(frozen=True)
class SlipKind:
    """A kind of error: its name, and what it makes of a row; None where it does not fit."""

    name: str
    make: Callable[[Row, Draw], Soiled | None]


def _one_of(rng: Draw, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _in(
    column: str, change: Callable[[str, Draw], str | None]
) -> Callable[[Row, Draw], Soiled | None]:
    """Return a slip in one column; it does not fit an empty value, or one that it leaves alone."""

    def make(row: Row, rng: Draw) -> Soiled | None:
        new = change(row[column], rng) if row[column] else None
        return (
            None if new is None or new == row[column] else Soiled({**row, column: new}, (column,))
        )

    return make


def _wide(text: str, rng: Draw) -> str:
    return "".join(FULL.get(sign, sign) for sign in text)


def _spaced(text: str, rng: Draw) -> str:
    blank = _one_of(rng, (" ", "  ", "\u3000", "\u00a0", "\u200b", "\ufeff"))
    return _one_of(rng, (f"{blank}{text}", f"{text}{blank}", f"{blank}{text}{blank}"))


def _shouted(text: str, rng: Draw) -> str:
    return _one_of(rng, (text.upper(), text.capitalize(), f" {text.title()}"))


def _slipped_domain(text: str, rng: Draw) -> str | None:
    local, _, domain = text.partition("@")
    body, _, ending = domain.partition(".")
    if len(body) < 5:
        return None
    place = int(rng.integers(1, len(body) - 1))
    letter = chr(ord("a") + int(rng.integers(26)))
    new = _one_of(
        rng,
        (
            body[:place] + body[place + 1] + body[place] + body[place + 2 :],
            body[:place] + body[place + 1 :],
            body[:place] + body[place] + body[place:],
            body[:place] + letter + body[place + 1 :],
        ),
    )
    return f"{local}@{new}.{ending}"


def _mistyped_email(text: str, rng: Draw) -> str:
    local, _, domain = text.partition("@")
    return _one_of(
        rng,
        (
            f"{local} @{domain}",
            f"{local}@ {domain}",
            f"{local}@@{domain}",
            f"{local}@{domain.replace('.', '..')}",
            f"{local}@{domain.replace('.', '。')}",
            f"{local}@{domain.replace('.', ',')}",
            f"<{text}>",
            f"mailto:{text}",
            f"{text}.",
            f"{local}＠{domain}",
        ),
    )


def _no_email(text: str, rng: Draw) -> str:
    local, _, domain = text.partition("@")
    return _one_of(rng, (local, f"@{domain}", f"{local}@", f"{local}.{domain}", "@", "没有邮箱"))


def _written_phone(text: str, rng: Draw) -> str:
    a, b, c = text[:3], text[3:7], text[7:]
    return _one_of(
        rng,
        (
            f"+86 {a}-{b}-{c}", f"+86{text}", f"0086{text}", f"86{text}", f"{a} {b} {c}",
            f"{a}-{b}-{c}", f"(+86) {text}", f"{text}.0", f"{a}.{b}.{c}", f"+86-{text}", f"'{text}",
            f"0{text}", f"电话{text}",
        )[:-1],
    )  # fmt: skip


def _broken_phone(text: str, rng: Draw) -> str:
    place = int(rng.integers(3, len(text)))
    return _one_of(
        rng,
        (text[:place] + text[place + 1 :], text[:5], f"{text}{text[:3]}", "0" * 11, "11111111111"),
    )


def _written_date(text: str, rng: Draw) -> str:
    day = datetime.fromisoformat(text)
    formats = [
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y%m%d",
        "%Y年%m月%d日",
        "%d %B %Y",
        "%b %d, %Y",
        "%d-%b-%Y",
    ]
    if day.day > 12:
        formats += ["%m/%d/%Y", "%d/%m/%Y"]
    if rng.random() < 0.1:
        return str((day - datetime(1899, 12, 30)).days)  # noqa: DTZ001 - as a spreadsheet counts
    return day.strftime(_one_of(rng, formats))


def _written_time(text: str, rng: Draw) -> str:
    moment = datetime.fromisoformat(text)
    utc = moment - timedelta(hours=8)
    return _one_of(
        rng,
        (
            moment.strftime("%Y/%m/%d %H:%M:%S"),
            moment.strftime("%Y年%m月%d日 %H时%M分%S秒"),
            moment.strftime("%Y%m%d%H%M%S"),
            moment.strftime("%d %b %Y %H:%M:%S"),
            moment.strftime("%Y-%m-%d %I:%M:%S %p"),
            moment.strftime("%Y-%m-%dT%H:%M:%S+08:00"),
            utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            utc.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            str(int((utc - datetime(1970, 1, 1)).total_seconds())),  # noqa: DTZ001 - UTC
        ),
    )


def _gender(text: str, rng: Draw) -> str:
    words = {
        "女": ("F", "f", "Female", "女性", "2", "女士", "Ｆ"),
        "男": ("M", "male", "男性", "1", "MALE", "先生"),
    }
    return _one_of(rng, words[text])


def _impossible_birth(text: str, rng: Draw) -> str:
    year = _one_of(rng, ("1790", "1850", "1880", "2097", "2077", "0001"))
    return f"{year}{text[4:]}" if text[5:] != "02-29" else f"{year}-03-01"


def _garbled(text: str, rng: Draw) -> str | None:
    raw = text.encode()
    try:
        return raw.decode(_one_of(rng, ("cp1252", "latin-1", "gb18030")))
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _nothing(text: str, rng: Draw) -> str:
    return _one_of(rng, ("N/A", "无", "null", "-", "None", "未知", "undefined", "NaN"))


def _swapped(row: Row, rng: Draw) -> Soiled | None:
    if not row["email"] or not row["phone"]:
        return None
    return Soiled({**row, "email": row["phone"], "phone": row["email"]}, ("email", "phone"))


def _told_twice(row: Row, rng: Draw) -> Soiled:
    """Return a member who is in the file again, under the number written another way."""
    number = _one_of(
        rng, (f" {row['member_no']}", _wide(row["member_no"], rng), row["member_no"].lower())
    )
    return Soiled(
        {**row, "member_no": row["member_no"]}, ("member_no",), ({**row, "member_no": number},)
    )


def _price(factor: Callable[[Draw], float]) -> Callable[[str, Draw], str]:
    return lambda text, rng: f"{float(text) * factor(rng):.2f}"


def _written_price(text: str, rng: Draw) -> str:
    amount = float(text)
    return _one_of(
        rng,
        (
            f"¥{amount:,.2f}", f"￥{amount:.2f}", f"{amount:.2f}元", f"RMB {amount:.2f}",
            f"CNY{amount:,.2f}", f"{amount:.2f} 元", f"{round(amount * 100)}分", _wide(text, rng),
        ),
    )  # fmt: skip


def _line_again(seconds: int) -> Callable[[Row, Draw], Soiled]:
    def make(row: Row, rng: Draw) -> Soiled:
        later = datetime.fromisoformat(row["placed_at"]) + timedelta(
            seconds=int(rng.integers(1, seconds)) if seconds else 0
        )
        return Soiled(row, ("order_no",), ({**row, "placed_at": later.isoformat(" ")},))

    return make


PRICE_KINDS = ("price_in_fen", "price_outlier")
_MEMBERS = (
    SlipKind("phone_width", _in("phone", _wide)),
    SlipKind("phone_format", _in("phone", _written_phone)),
    SlipKind("phone_broken", _in("phone", _broken_phone)),
    SlipKind("name_spaces", _in("name", _spaced)),
    SlipKind("city_spaces", _in("city", _spaced)),
    SlipKind("name_mojibake", _in("name", _garbled)),
    SlipKind("city_mojibake", _in("city", _garbled)),
    SlipKind("email_case", _in("email", _shouted)),
    SlipKind("email_domain_slip", _in("email", _slipped_domain)),
    SlipKind("email_mistyped", _in("email", _mistyped_email)),
    SlipKind("email_broken", _in("email", _no_email)),
    SlipKind("gender_variant", _in("gender", _gender)),
    SlipKind("birth_date_format", _in("birth_date", _written_date)),
    SlipKind("birth_date_impossible", _in("birth_date", _impossible_birth)),
    SlipKind("joined_at_format", _in("joined_at", _written_time)),
    SlipKind("word_for_nothing", _in("city", _nothing)),
    SlipKind("contacts_swapped", _swapped),
    SlipKind("member_told_twice", _told_twice),
)
_LINES = (
    SlipKind("price_in_fen", _in("unit_price", _price(lambda rng: 100))),
    SlipKind("price_outlier", _in("unit_price", _price(lambda rng: float(rng.uniform(10, 40))))),
    SlipKind("price_format", _in("unit_price", _written_price)),
    SlipKind("price_negative", _in("unit_price", _price(lambda rng: -1))),
    SlipKind(
        "quantity_impossible", _in("qty", lambda text, rng: _one_of(rng, ("0", "-1", "99999")))
    ),
    SlipKind("quantity_missing", _in("qty", lambda text, rng: "")),
    SlipKind("time_format", _in("placed_at", _written_time)),
    SlipKind("time_in_future", _in("placed_at", lambda text, rng: f"2096{text[4:]}")),
    SlipKind("sku_width", _in("sku", _wide)),
    SlipKind("sku_spaces", _in("sku", _spaced)),
    SlipKind("line_repeated", _line_again(0)),
    SlipKind("line_nearly_repeated", _line_again(120)),
)
KINDS: Mapping[str, tuple[SlipKind, ...]] = {"members": _MEMBERS, "order_lines": _LINES}
