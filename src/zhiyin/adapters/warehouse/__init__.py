"""Warehouses behind one port: DuckDB and Spark."""
