"""Ways out, each behind the channel port."""
