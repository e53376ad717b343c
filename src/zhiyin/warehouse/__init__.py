"""Clean, conformed facts and dimensions, the runner that builds tables, and their lineage."""
