"""One folder per port: the engines, drivers and protocols behind it."""
