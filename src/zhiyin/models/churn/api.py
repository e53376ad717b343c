"""Repurchase and churn: the model, and the measures it is judged by."""

from zhiyin.models.churn.metrics import (
    Ranking,
    accuracy,
    auc,
    average_precision,
    brier,
    lift,
    reliability,
)
from zhiyin.models.churn.model import RepurchaseModel

__all__ = [
    "Ranking",
    "RepurchaseModel",
    "accuracy",
    "auc",
    "average_precision",
    "brier",
    "lift",
    "reliability",
]
