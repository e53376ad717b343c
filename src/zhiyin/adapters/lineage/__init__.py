"""Where lineage events go: a file of JSON lines, or an HTTP end point."""
