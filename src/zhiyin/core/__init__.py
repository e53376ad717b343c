"""Vocabulary that every stage shares. Standard library only."""
