"""The front door of personas: features, the search, and whose persona is whose."""

from zhiyin.profiles.personas.clustering import k_means, nearest
from zhiyin.profiles.personas.features import NUMBERS, TEXTS, persona_features
from zhiyin.profiles.personas.fitting import (
    FEWEST_PEOPLE,
    Fit,
    Persona,
    fit,
    told_again,
)
from zhiyin.profiles.personas.naming import WORDS, Trait
from zhiyin.profiles.personas.newest import newest_personas
from zhiyin.profiles.personas.space import Space, space_of
from zhiyin.profiles.personas.stability import adjusted_rand

__all__ = [
    "FEWEST_PEOPLE",
    "NUMBERS",
    "TEXTS",
    "WORDS",
    "Fit",
    "Persona",
    "Space",
    "Trait",
    "adjusted_rand",
    "fit",
    "k_means",
    "nearest",
    "newest_personas",
    "persona_features",
    "space_of",
    "told_again",
]
