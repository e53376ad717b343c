"""Customer lifetime value: how often, whether still, how much, and what it is worth."""

from zhiyin.models.clv.beta_geo import BetaGeo
from zhiyin.models.clv.gamma_gamma import GammaGamma

__all__ = ["BetaGeo", "GammaGamma"]
