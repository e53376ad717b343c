"""Text: width, blanks, case, words for nothing, garbled encodings, code lists."""

from __future__ import annotations

import re
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiyin.ports.text_functions import country_code, text_decoded
from zhiyin.warehouse.cleaning.code_lists import code_map
from zhiyin.warehouse.cleaning.places import place
from zhiyin.warehouse.cleaning.rules import POLICIES, Rule
from zhiyin.warehouse.cleaning.verdicts import Setting, Verdict

# + a column: the word that is looked up, and its code.
WORD, CODE = "_g_word_", "_g_code_"

# Not of any alphabet: controls, zero-width marks, marks of direction.
_INVISIBLE = "[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
_BLANKS = "[\\s\u00a0\u2000-\u200a\u202f\u3000]+"
_ODD_BLANK = "^\\s|\\s$|\\s\\s|[\\t\\r\\n\u00a0\u2000-\u200a\u202f\u3000]"

_FULL = "".join(chr(code) for code in range(0xFF01, 0xFF5F))
_HALF = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F))
# Full-width punctuation is right in Chinese; between letters of an id it never is.
_FULL_LETTERS = "".join(sign for sign in _FULL if _HALF[_FULL.index(sign)].isalnum()) + "＠＿－＋"
_HALF_LETTERS = "".join(_HALF[_FULL.index(sign)] for sign in _FULL_LETTERS)
_WIDTHS = {"all": (_FULL, _HALF), "letters": (_FULL_LETTERS, _HALF_LETTERS)}

# What UTF-8 looks like when read as Latin-1 or cp1252; and as GBK: its second and third bytes make
# characters that begin in these, which nobody writes.
_LATIN = (
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]"
)


def _garbled_characters() -> str:
    """Return the characters that GBK reads from the first two bytes of Chinese in UTF-8."""
    found = set()
    for lead in range(0xE4, 0xEA):
        for trail in range(0x80, 0xC0):
            try:
                found.add(bytes((lead, trail)).decode("gbk"))
            except UnicodeDecodeError:
                continue
    return "".join(sorted(found))


# What is left of text that lost its bytes on the way.
_LOST = "\ufffd|锟斤拷|烫烫烫"
_GARBLED = f"{_LATIN}|[{_garbled_characters()}]|{_LOST}"


def tidy(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `text` rule."""
    old: Any = table[column]
    options = rule.options
    lost = None
    new = old
    if options["encoding"] == "mend":
        is_suspect = new.re_search(_GARBLED)
        decoded = ibis.ifelse(is_suspect, text_decoded(new), new)
        lost = old.notnull() & decoded.isnull()
        new = decoded
    new = ibis.ifelse(_is_untidy(new, options), _tidied(new, options), new)
    if options["case"] != "keep":
        new = new.lower() if options["case"] == "lower" else new.upper()
    if options["empty"]:
        words = [word.lower() for word in options["empty"]]
        is_short = new.length() <= max(map(len, words))
        is_nothing = ibis.ifelse(is_short, new.lower().re_search(_whole(words)), False)
        new = ibis.ifelse(is_nothing, ibis.null("string"), new)
    if lost is None:
        return Verdict(new)
    return Verdict(ibis.ifelse(lost, old, new), is_bad=lost)


def _whole(words: list[str]) -> str:
    """Return the pattern of a text that is one of the words."""
    return f"^(?:{'|'.join(map(re.escape, words))})$"


def _is_untidy(text: Any, options: Any) -> Any:
    """Return where anything may have to be done; most texts are spared the work by one search."""
    signs = [_INVISIBLE]
    if options["spaces"] == "none":
        signs.append("[\\s\u00a0\u2000-\u200a\u202f\u3000]")
    else:
        signs.append(_ODD_BLANK)
    if options["width"] != "keep":
        signs.append(f"[{_WIDTHS[options['width']][0]}]")
    return text.re_search("|".join(signs)) | (text == "")


def _tidied(text: Any, options: Any) -> Any:
    new = text.re_replace(_INVISIBLE, "")
    if options["width"] != "keep":
        new = new.translate(*_WIDTHS[options["width"]])
    if options["spaces"] == "none":
        new = new.re_replace(_BLANKS, "")
    elif options["spaces"] == "single":
        new = new.re_replace(_BLANKS, " ")
    return new.re_replace(f"^{_BLANKS}|{_BLANKS}$", "").nullif("")


def word_of(table: ir.Table, column: str, rule: Rule, setting: Setting) -> ir.Value:
    """Return the word that a `codes` rule looks at: of `from` where the column is empty."""
    old: Any = table[column]
    if rule.options["from"]:
        old = ibis.coalesce(old, place(table, rule.options["from"]).nullif(""))
    return old


def code_of(table: ir.Table, column: str, rule: Rule, setting: Setting) -> ir.Value:
    """Return the code of a word, in any case and width; null if it has none."""
    old: Any = table[WORD + column]
    own = rule.options["map"]
    if rule.options["list"] == "country":
        found = ibis.ifelse(old.isnull(), ibis.null("string"), country_code(old))
        words = code_map(None, own)
        return ibis.coalesce(_found(old, words), found) if words else found
    words = code_map(rule.options["list"], own)
    is_code = old.isin(sorted(set(words.values())))
    return ibis.ifelse(is_code, old, _found(old, words))


def _found(old: Any, words: dict[str, str]) -> Any:
    # Nearly all words stand as they are looked for; putting the rest in order costs much more.
    is_odd = old.re_search(f"{_ODD_BLANK}|[{_FULL}]")
    plain = old.re_replace(_BLANKS, " ").strip().lower().translate(_FULL, _HALF)
    word = ibis.ifelse(is_odd, plain, old.lower())
    by_code: dict[str, list[str]] = {}
    for name, code in words.items():
        by_code.setdefault(code, []).append(name)
    branches = [(word.isin(names), ibis.literal(code)) for code, names in by_code.items()]
    return ibis.cases(*branches, else_=ibis.null("string")) if branches else ibis.null("string")


def coded(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `codes` rule: words in any case become their code."""
    old: Any = table[WORD + column]
    found: Any = table[CODE + column]
    new = ibis.coalesce(found, old)
    is_bad = old.notnull() & found.isnull()
    otherwise = rule.options["otherwise"]
    looked_at = old if rule.options["from"] else None
    if otherwise in POLICIES:
        return Verdict(new, is_bad, looked_at)
    return Verdict(ibis.ifelse(is_bad, ibis.literal(otherwise), new), before=looked_at)
