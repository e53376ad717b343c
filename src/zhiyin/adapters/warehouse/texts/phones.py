"""Phone numbers, by the numbering plans of the world's countries."""

from __future__ import annotations

import unicodedata

DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－_", "-"))


def e164(text: str, region: str) -> str | None:
    """Return a valid phone number as E.164; see `ports.text_functions.phone_e164`."""
    import phonenumbers  # fifty milliseconds that a warehouse without phone numbers must not pay

    plain = unicodedata.normalize("NFKC", text).translate(DASHES).strip()
    for candidate in _candidates(plain):
        try:
            number = phonenumbers.parse(candidate, region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _candidates(plain: str) -> list[str]:
    """Return how a number may be meant: as it stands, 00 for +, a lost plus, a lost fraction."""
    plain = plain.removesuffix(".0")  # what a spreadsheet makes of a number
    digits = "".join(sign for sign in plain if sign.isdigit())
    found = [plain]
    if digits.startswith("00"):
        found.append("+" + digits[2:])
    elif not plain.startswith("+") and len(digits) >= 11:
        found.append("+" + digits)
    return found
