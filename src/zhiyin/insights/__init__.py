"""What people do, in figures that are defined once."""
