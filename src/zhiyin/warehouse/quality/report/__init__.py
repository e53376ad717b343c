"""What quality has to say to people: the report as a page, and alerts as messages."""
