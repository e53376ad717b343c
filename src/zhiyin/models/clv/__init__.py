"""Customer lifetime value: BG/NBD for purchases, Gamma-Gamma for spend."""
