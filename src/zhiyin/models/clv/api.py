"""Customer lifetime value: how often, whether still, how much, and what it is worth."""

from zhiyin.models.clv.beta_geo import BetaGeo
from zhiyin.models.clv.buyers import histories
from zhiyin.models.clv.gamma_gamma import GammaGamma
from zhiyin.models.clv.value import Customers, CustomerValue, customer_value

__all__ = ["BetaGeo", "CustomerValue", "Customers", "GammaGamma", "customer_value", "histories"]
