"""Personas: groups of buyers who are alike, with names made from what sets them apart."""
