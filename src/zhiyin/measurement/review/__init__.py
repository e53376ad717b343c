"""The weekly review: gathered once, rendered in any language."""
