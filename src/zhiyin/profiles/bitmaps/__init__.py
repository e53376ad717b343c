"""Who is meant by a condition, as compressed bitmaps: exact counts while somebody types."""
