"""Data quality: expectations, scores, anomalies, and the gate before a table is published."""
