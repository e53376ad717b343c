"""Records that were set aside: looked at, mended by declared rules, and brought in once."""
