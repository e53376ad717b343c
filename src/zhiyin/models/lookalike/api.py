"""The door of look-alikes."""

from zhiyin.models.lookalike.features import matrix, usable_columns
from zhiyin.models.lookalike.model import LookAlike, QualityPoint, look_alike

__all__ = ["LookAlike", "QualityPoint", "look_alike", "matrix", "usable_columns"]
