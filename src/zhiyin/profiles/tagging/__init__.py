"""Tags: what holds for a person now, by definitions in files."""
