"""How comparisons are read on a terminal."""

from __future__ import annotations

OPERATORS = {
    "equals": "is", "not_equals": "is not", "one_of": "is one of", "at_least": ">=", "above": ">",
    "at_most": "<=", "below": "<", "contains": "contains", "starts_with": "starts with",
    "exists": "exists is",
}  # fmt: skip
