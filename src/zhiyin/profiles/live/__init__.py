"""Live profiles: what is known of a person within a second of what the person did."""
