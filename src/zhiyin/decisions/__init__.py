"""Who gets what: strategies, offers, contact policy, plans and hold-outs."""
