"""The door of bitmaps: indexes on a shelf, and the people of a tree."""

from zhiyin.profiles.bitmaps.book import CountingBook
from zhiyin.profiles.bitmaps.portraits import dimension_rows, tag_rows
from zhiyin.profiles.bitmaps.shelf import Shelf, array_of, clear_others, size_of
from zhiyin.profiles.bitmaps.values import NotIndexedError, ValuesIndex

__all__ = [
    "CountingBook",
    "NotIndexedError",
    "Shelf",
    "ValuesIndex",
    "array_of",
    "clear_others",
    "dimension_rows",
    "size_of",
    "tag_rows",
]
