"""The public HTTP API over the stages, and the console that it serves."""
