"""Functions that read what people typed; every warehouse engine must know them.

They are written in Python and called once per distinct value, as far as an engine remembers them,
so an expression should keep the values that plain expressions can judge away from them. Each takes
texts that are not null and gives a text, or null where it can make nothing of the value.
"""

import ibis


@ibis.udf.scalar.builtin
def phone_e164(text: str, region: str) -> str:  # pyright: ignore[reportReturnType]
    """Return a valid phone number as E.164, such as `+8613800138000`.

    `region` (ISO 3166, empty for none) is where numbers without a country code belong. An extension
    is left out. A number that no country gives out is null.
    """


@ibis.udf.scalar.builtin
def email_mended(text: str, domains: str) -> str:  # pyright: ignore[reportReturnType]
    """Return an e-mail address without slips of the hand; null if it cannot be one.

    Blanks, full-width signs and marks around it go, letters become small. A domain or an ending
    that is one slip away from one of `domains` (comma-separated) becomes that one.
    """


@ibis.udf.scalar.builtin
def instant_read(text: str, settings: str) -> str:  # pyright: ignore[reportReturnType]
    """Return a date or time as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC; null if it is none.

    `settings` is `order|zone`: the order of numeric dates that leave it open (ymd, dmy, mdy, or
    none to leave those unread) and the zone of times that name none. A date without a time of day
    is returned as its midnight, not moved to UTC.
    """


@ibis.udf.scalar.builtin
def number_read(text: str, settings: str) -> str:  # pyright: ignore[reportReturnType]
    """Return an amount as a plain decimal; null if it is none.

    `settings` is `unit|decimal`: the unit that the result is in (a currency such as CNY, kg, or
    none) and the decimal sign. `1.2万`, `¥1,234.50`, `(12.00)` and `350g` are understood; a value
    with a unit of another kind is null.
    """


@ibis.udf.scalar.builtin
def country_code(text: str) -> str:  # pyright: ignore[reportReturnType]
    """Return the ISO 3166 code of a country's name in English or Chinese; null if it is none."""


@ibis.udf.scalar.builtin
def text_decoded(text: str) -> str:  # pyright: ignore[reportReturnType]
    """Return a text whose UTF-8 was once read in another encoding as it was written.

    Text that was not garbled is returned as it is; null where characters were lost on the way.
    """
