"""Where addresses are, by files that the user brings."""
