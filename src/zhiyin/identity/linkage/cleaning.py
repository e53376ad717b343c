"""Columns made comparable: one spelling of each value, and the keys that pairs are found by."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.linkage.spelling import (
    HAN,
    formal_names,
    simplified,
    sound,
    surname_and_given,
)

Columns = dict[str, pa.Array | pa.ChunkedArray]

# What forms hold where nothing is known.
NOTHING = ("", "-", "n/a", "na", "nan", "none", "null", "unknown", "无", "未知", "不详")


def comparable(records: pa.Table, kinds: Mapping[str, str]) -> pa.Table:
    """Return records with each column of `kinds` in one spelling, and the keys made from it.

    Beside a column `c` stand `c_root` for a given name (robert for bob), `c_sound`, `c_surname` and
    `c_given` for a Chinese name, `c_local` for an e-mail and `c_tail` for a phone's last eight
    digits. All other columns stay as they are.

    Parameters
    ----------
    records : record_id, source_id and the columns.
    kinds : column -> kind of comparison, as in the linkage port.
    """
    columns: Columns = {name: records[name] for name in records.column_names if name not in kinds}
    for name, kind in kinds.items():
        columns |= CLEANING[kind](name, _text(records[name]))
    return pa.table(columns)


def name_parts(names: pa.ChunkedArray | pa.Array) -> Columns:
    """Return the columns given_name and surname of full names."""
    coded = pc.dictionary_encode(pc.utf8_trim_whitespace(_text(names)))
    parts = _each(coded, surname_and_given)
    return {
        "given_name": _taken(coded, [given for _, given in parts]),
        "surname": _taken(coded, [surname for surname, _ in parts]),
    }


def share_of_chinese(names: pa.ChunkedArray | pa.Array) -> float:
    """Return the share of known names that are written in Chinese characters."""
    return pc.mean(pc.match_substring_regex(_text(names), f"[{HAN}]")).as_py() or 0.0


def _plain(name: str, values: pa.ChunkedArray) -> Columns:
    return {name: _known(pc.replace_substring_regex(_lower(values), r"\s+", " "))}


def _name(name: str, values: pa.ChunkedArray) -> Columns:
    parted = pc.utf8_normalize(_lower(values), form="NFD")
    bare = pc.utf8_normalize(pc.replace_substring_regex(parted, r"\pM+", ""), form="NFC")
    words = pc.replace_substring_regex(bare, r"[^\pL\pN ]+", "")
    words = _known(pc.replace_substring_regex(words, r"\s+", " "))
    coded = pc.dictionary_encode(words)
    formal = formal_names()
    roots = [formal.get(one, one) for one in coded_values(coded)]
    return {name: words, f"{name}_root": _taken(coded, roots)}


def _chinese_name(name: str, values: pa.ChunkedArray) -> Columns:
    coded = pc.dictionary_encode(_lower(values))
    spelled = [simplified(one) for one in coded_values(coded)]
    words = pc.replace_substring_regex(_taken(coded, spelled), r"[^\pL\pN ]+", "")
    # Spaces between characters mean nothing; between letters they part words.
    together = pc.replace_substring_regex(words, f"([{HAN}])\\s+", r"\1")
    whole = _known(together)
    coded = pc.dictionary_encode(whole)
    parts = _each(coded, surname_and_given)
    return {
        name: whole,
        f"{name}_sound": _taken(coded, _each(coded, sound)),
        f"{name}_surname": _taken(coded, [surname for surname, _ in parts]),
        f"{name}_given": _taken(coded, [given for _, given in parts]),
    }


def _date(name: str, values: pa.ChunkedArray) -> Columns:
    digits = r"^(\d{4})[-/.年 ]?(\d{2})[-/.月 ]?(\d{2}).*$"
    iso = pc.replace_substring_regex(_lower(values), digits, r"\1-\2-\3")
    is_date = pc.match_substring_regex(iso, r"^\d{4}(-\d{2}-\d{2})?$")
    return {name: pc.if_else(is_date, iso, pa.scalar(None, iso.type))}


def _email(name: str, values: pa.ChunkedArray) -> Columns:
    address = _known(pc.replace_substring_regex(_lower(values), r"\s+", ""))
    local = pc.replace_substring_regex(address, r"@.*$", "")
    # What many begin with, such as info@, tells nobody apart; the linker leaves it out by number.
    return {name: address, f"{name}_local": _known(local)}


def _phone(name: str, values: pa.ChunkedArray) -> Columns:
    digits = _known(pc.replace_substring_regex(_lower(values), r"[^0-9]", ""))
    is_long = pc.greater_equal(pc.utf8_length(digits), 8)
    tail = pc.utf8_slice_codeunits(digits, -8)
    return {name: digits, f"{name}_tail": pc.if_else(is_long, tail, pa.scalar(None, tail.type))}


CLEANING: Mapping[str, Callable[[str, pa.ChunkedArray], Columns]] = {
    "exact": _plain,
    "text": _plain,
    "postcode": _plain,
    "name": _name,
    "chinese_name": _chinese_name,
    "date": _date,
    "email": _email,
    "phone": _phone,
}


def coded_values(coded: pa.ChunkedArray) -> list[str]:
    """Return the different values of a coded column."""
    return _dictionary(coded).to_pylist()


def _text(values: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray:
    chunked = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    return chunked.cast(pa.string())


def _lower(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts in lower case, full-width letters narrow, without space around them."""
    return pc.utf8_lower(pc.utf8_trim_whitespace(pc.utf8_normalize(values, form="NFKC")))


def _known(values: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(values)
    nothing = pc.is_in(trimmed, value_set=pa.array(NOTHING, trimmed.type))
    return pc.if_else(nothing, pa.scalar(None, trimmed.type), trimmed)


def _dictionary(coded: pa.ChunkedArray) -> pa.Array:
    unified = coded.unify_dictionaries()
    return unified.chunk(0).dictionary if unified.num_chunks else pa.array([], pa.string())


def _each(coded: pa.ChunkedArray, read: Callable[[str], object]) -> list:
    return [read(value) for value in coded_values(coded)]


def _taken(coded: pa.ChunkedArray, values: list[str | None]) -> pa.ChunkedArray:
    """Return for each row what was made of its value; nothing is null."""
    made = pa.array([value or None for value in values], pa.string())
    unified = coded.unify_dictionaries()
    chunks = [made.take(chunk.indices) for chunk in unified.chunks]
    return pa.chunked_array(chunks, pa.string())
