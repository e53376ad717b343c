"""Cleaning: declared rules over raw columns, every change counted and sampled."""
