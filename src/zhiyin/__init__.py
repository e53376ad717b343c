"""Zhiyin (知音): customer data mining and precision marketing, self-hosted."""

__version__ = "0.1.0"
