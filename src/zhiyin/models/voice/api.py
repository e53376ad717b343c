"""The door of the model that reads what customers say."""

from zhiyin.models.voice.splitting import Split, split
from zhiyin.models.voice.store import read_judge, train
from zhiyin.models.voice.training import MODEL, macro_f1, trained

__all__ = ["MODEL", "Split", "macro_f1", "read_judge", "split", "train", "trained"]
