"""Say it: render, send once, and take receipts back as events."""
