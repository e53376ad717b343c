"""A shop that does not exist, for demos and for proof: it meets the product only from outside."""
