"""The personas of the newest search."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def newest_personas(personas: ir.Table, fits: ir.Table) -> ir.Table:
    """Return the personas of the newest search, as in `dm.personas`; no rows before the first.

    Parameters
    ----------
    personas, fits : the `dm` tables of that name.
    """
    newest = fits.order_by(fits.fitted_at.desc(), fits.fit_id.desc()).limit(1)
    return personas.semi_join(newest.select("fit_id"), "fit_id")
