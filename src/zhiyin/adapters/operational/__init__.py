"""The operational store behind its port, in SQL."""
