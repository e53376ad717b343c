"""What others may use of the simulated world."""

from zhiyin.simulation.config import MessageEffect, WorldConfig
from zhiyin.simulation.files import HistoryReport, write_days
from zhiyin.simulation.messages import ReceivedMessage
from zhiyin.simulation.rows import Emitted, Reaction
from zhiyin.simulation.truth import TrueEffect, Truth
from zhiyin.simulation.world import World

__all__ = [
    "Emitted",
    "HistoryReport",
    "MessageEffect",
    "Reaction",
    "ReceivedMessage",
    "TrueEffect",
    "Truth",
    "World",
    "WorldConfig",
    "write_days",
]
