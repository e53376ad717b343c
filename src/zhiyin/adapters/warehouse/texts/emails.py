"""E-mail addresses with the slips that hands make."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}")
# An address in which only the domain may be wrong, as nearly all are.
_PLAIN = re.compile(r"([a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*)@((?:[a-z0-9-]+\.)+[a-z]{2,})")
_AROUND = "<>\"'()[]{}:;,. \t"
# Endings that nobody registers, and what was meant.
_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "cpm": "com", "vom": "com",
    "xom": "com", "coom": "com", "ccom": "com", "cim": "com", "ent": "net", "nte": "net",
}  # fmt: skip
# Short names differ from each other by one letter anyway, so slips in them are anybody's guess.
_SHORTEST = 5


def mended_email(text: str, domains: str) -> str | None:
    """Return an address without slips; see `ports.text_functions.email_mended`."""
    if found := _PLAIN.fullmatch(text):
        return f"{found[1]}@{_domain(found[2], domains)}"
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = re.sub(r"[\u0000-\u001f\u007f\u200b-\u200f\u2060\ufeff]", "", plain)
    plain = re.sub(r"\s+", "", plain).removeprefix("mailto:").strip(_AROUND)
    plain = plain.replace("。", ".").replace(",", ".")
    plain = re.sub(r"@{2,}", "@", re.sub(r"\.{2,}", ".", plain))
    if "@" not in plain:
        plain = re.sub(r"\(at\)|\[at\]|#", "@", plain, count=1)
    local, sign, domain = plain.rpartition("@")
    if not sign or not local:
        return None
    mended = f"{local.strip('.')}@{_domain(domain.strip('.'), domains)}"
    return mended if _ADDRESS.fullmatch(mended) else None


@lru_cache(50_000)
def _domain(domain: str, domains: str) -> str:
    known = [name for name in domains.split(",") if name]
    if domain in known:
        return domain
    whole = {name.replace(".", ""): name for name in known}
    if domain in whole:  # gmailcom
        return whole[domain]
    body, dot, ending = domain.rpartition(".")
    if dot and ending in _ENDINGS:
        domain = f"{body}.{_ENDINGS[ending]}"
    if domain in known:
        return domain
    near = [name for name in known if _is_near(domain, name)]
    return near[0] if len(near) == 1 else domain


def _is_near(domain: str, name: str) -> bool:
    """Return whether a slip made one of the other; mail.com and gmail.co are domains themselves."""
    body, _, ending = domain.partition(".")
    meant, _, its_ending = name.partition(".")
    return (
        len(meant) >= _SHORTEST
        and ending == its_ending
        and body[:1] == meant[:1]
        and is_one_slip(body, meant)
    )


def is_one_slip(one: str, other: str) -> bool:
    """Return whether one letter more, less or another, or two changed places, make the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    if len(shorter) < len(longer):
        return shorter[start:] == longer[start + 1 :]
    swapped = shorter[start : start + 2] == longer[start : start + 2][::-1]
    return shorter[start + 1 :] == longer[start + 1 :] or (
        swapped and shorter[start + 2 :] == longer[start + 2 :]
    )
