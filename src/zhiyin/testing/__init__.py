"""Fakes, small tables, and the harnesses that tests of all rooms share."""
