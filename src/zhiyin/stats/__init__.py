"""Arithmetic: mergeable sums, and the intervals and tests that are computed from them."""
