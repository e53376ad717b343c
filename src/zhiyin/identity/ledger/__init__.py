"""How who is who came about: history, merges and splits, people's decisions, and undoing them."""
