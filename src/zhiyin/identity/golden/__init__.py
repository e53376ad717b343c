"""The golden record: what is known of a person whose records differ."""
