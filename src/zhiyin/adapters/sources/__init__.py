"""Readers for files: text columns out, nothing interpreted, nothing dropped."""
