"""Who is who: evidence, components, the person of every id."""
