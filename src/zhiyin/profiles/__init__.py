"""What we know of each person."""
