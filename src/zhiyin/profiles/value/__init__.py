"""What customers are worth, where they stand, and where they stood month by month."""
