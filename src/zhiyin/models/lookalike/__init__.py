"""Who is like the people of an audience, and how well that can be told."""
