"""The HTTP tracking edge: requests of tracking libraries in, items on the event log."""
