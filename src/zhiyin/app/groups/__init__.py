"""Groups of commands, one module each; only click is imported here."""
