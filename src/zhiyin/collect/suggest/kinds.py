"""What a column's values are: times, numbers, addresses, words, prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhiyin.collect.suggest.dates import Dates, dates_in
from zhiyin.collect.suggest.names import plain, vocabulary, words
from zhiyin.collect.suggest.numbers import Numbers, numbers_in
from zhiyin.collect.suggest.sampling import SampledColumn, SampledFile

# Texts that stand for nothing.
EMPTIES = frozenset(
    (
        "NA", "N/A", "n/a", "na", "NULL", "null", "None", "none", "NaN", "nan", "\\N", "-", "--",
        "#N/A", "无", "空",
    )
)  # fmt: skip
_TIME_ENDS = ("date", "time", "timestamp", "日期", "时间", "时间戳", "时刻", "日", "tm", "riqi")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d][\d\-\s().]{5,18}\d")
_MOBILE_CN = re.compile(r"(\+?86)?1[3-9]\d{9}")
_FLAGS = frozenset(("true", "false", "t", "f", "yes", "no", "y", "n", "1", "0", "是", "否"))
_PLACE = re.compile(r"column_\d+")
# What stands in a first row that is no header: numbers, dates, addresses.
_VALUE = re.compile(r"[-+¥$€£]?\d[\d.,:/ -]*(_\d+)?|[^@\s]+@[^@\s]+\.[^@\s.]+")
_LIKELY, _MOST = 0.8, 0.9


@dataclass(frozen=True)
class Seen:
    """A column and what its values are.

    `kind`: `empty`, `time`, `number`, `flag`, `email`, `url`, `phone`, `prose` or `word`.
    `empties` are its texts that mean that there is nothing.
    """

    column: SampledColumn
    kind: str
    numbers: Numbers | None = None
    dates: Dates | None = None
    empties: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def is_mostly_there(self) -> bool:
        return self.column.filled >= 0.5 * self.column.rows > 0

    @property
    def has_few_values(self) -> bool:
        return len(self.column.values) <= max(12, min(60, len(self.column.cells) // 5))

    @property
    def ends_in_point_zero(self) -> bool:
        """Whether whole numbers were turned into `17850.0` by a spreadsheet."""
        texts = self.column.texts
        turned = sum(bool(re.fullmatch(r"\d+\.0", text)) for text in texts)
        return 0 < turned >= 0.5 * len(texts) and self.numbers is not None and self.numbers.is_whole


def look_at(column: SampledColumn, *, habit: str = "day") -> Seen:
    """Return what a column's values are."""
    texts = [text for text in column.texts if text not in EMPTIES]
    empties = tuple(sorted(text for text in column.values if text in EMPTIES))
    if not texts:
        return Seen(column, "empty", empties=empties)
    dates = dates_in(texts, habit=habit, is_named=speaks_of_time(column.name))
    numbers = numbers_in(texts)
    return Seen(column, _kind(texts, dates, numbers), numbers, dates, empties)


def has_no_header(file: SampledFile) -> bool:
    """Return whether a file's first row holds values rather than names."""
    values = sum(bool(_VALUE.fullmatch(name)) for name in file.header)
    known = any(plain(name) in names for names in _names() for name in file.header)
    return 2 * values > len(file.header) and not known


def _names() -> Iterable[Mapping[str, str]]:
    return vocabulary().columns.values()


def has_no_name(name: str) -> bool:
    """Return whether a column's name is only its place in a file without a header."""
    return bool(_PLACE.fullmatch(name))


def speaks_of_time(name: str) -> bool:
    """Return whether a column's name says that it holds times; one without a name may."""
    if has_no_name(name):
        return True
    told = words(name)
    return bool(vocabulary().time & set(told)) or any(word.endswith(_TIME_ENDS) for word in told)


def _kind(texts: Sequence[str], dates: Dates | None, numbers: Numbers | None) -> str:
    """Return the first kind that fits; a mobile number comes before a number."""
    chances = (
        ("email", lambda: _share(_EMAIL, texts) >= _LIKELY),
        ("url", lambda: _share(_URL, texts) >= _LIKELY),
        ("time", lambda: dates is not None),
        ("flag", lambda: {text.lower() for text in texts} <= _FLAGS),
        ("phone", lambda: _share(_MOBILE_CN, texts) >= _MOST),
        ("number", lambda: numbers is not None),
        ("phone", lambda: _share(_PHONE, texts) >= _MOST),
    )
    return next((kind for kind, fits in chances if fits()), _kind_of_text(texts))


def _kind_of_text(texts: Sequence[str]) -> str:
    length = sum(map(len, texts)) / len(texts)
    has_han = any("\u4e00" <= letter <= "\u9fff" for text in texts[:50] for letter in text)
    return "prose" if length > (18 if has_han else 45) else "word"


def _share(pattern: re.Pattern[str], texts: Sequence[str]) -> float:
    return sum(bool(pattern.fullmatch(text)) for text in texts) / len(texts)
