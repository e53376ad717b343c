"""Take it in: recipes for files, live events, the append-only beginning of everything."""
