"""Databases that customers' tables are pulled from."""
