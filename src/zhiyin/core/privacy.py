"""How personal a column is."""

from enum import StrEnum


class Pii(StrEnum):
    """The classes that masking, export and erasure go by."""

    NONE = "none"
    IDENTIFIER = "identifier"  # points at one person: customer id, device id, openid
    CONTACT = "contact"  # reaches a person: e-mail, phone, postal address
    PERSONAL = "personal"  # describes a person: name, birth date, gender
    SENSITIVE = "sensitive"  # may harm if it leaks: income, health, precise location
