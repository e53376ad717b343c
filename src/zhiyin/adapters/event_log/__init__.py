"""Append-only logs on local disk."""
