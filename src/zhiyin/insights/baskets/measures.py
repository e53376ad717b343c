"""The five measures of an association rule, once for tables and once for numbers.

Support and confidence: Agrawal, Imieliński, Swami (1993). Lift (interest) and conviction: Brin,
Motwani, Ullman, Tsur (1997). Leverage: Piatetsky-Shapiro (1991).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

MEASURES = ("support", "confidence", "lift", "leverage", "conviction")


def with_measures(pairs: ir.Table) -> ir.Table:
    """Add the five measures to `baskets`, `item_baskets`, `other_baskets`, `all_baskets`."""
    both = pairs.baskets.cast("float64")
    own, other = pairs.item_baskets.cast("float64"), pairs.other_baskets.cast("float64")
    everything = pairs.all_baskets.cast("float64")
    return pairs.mutate(
        support=both / everything,
        confidence=both / own,
        lift=(both * everything) / (own * other),
        leverage=both / everything - (own / everything) * (other / everything),
        conviction=((everything - other) * own) / (everything * (own - both).nullif(0.0)),
    )


def measures(both: int, own: int, other: int, everything: int) -> dict[str, float | None]:
    """Return the measures of a rule from counts of baskets.

    Parameters
    ----------
    both : baskets with antecedent and consequent; `own` with the antecedent; `other` with the
        consequent; `everything` all of them.

    Returns
    -------
    Conviction is None where the rule never fails.
    """
    missed = own - both
    return {
        "support": both / everything,
        "confidence": both / own,
        "lift": both * everything / (own * other),
        "leverage": both / everything - (own / everything) * (other / everything),
        "conviction": (everything - other) * own / (everything * missed) if missed else None,
    }
