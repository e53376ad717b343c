"""Repurchase and churn: boosted trees over point-in-time features."""
