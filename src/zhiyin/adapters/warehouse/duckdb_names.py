"""Names in DuckDB's SQL, and the statement that takes rows out by them."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(name: str) -> str:
    """Return a name as DuckDB reads it, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'


def listed(columns: Iterable[str]) -> str:
    """Return names with commas between them."""
    return ", ".join(quoted(name) for name in columns)


def deletion(table: str, keys: tuple[str, ...], going: str) -> str:
    """Return the statement that deletes rows equal, in the keys, to a row of the table `going`."""
    same = " AND ".join(f"old.{quoted(key)} IS NOT DISTINCT FROM new.{quoted(key)}" for key in keys)
    return (
        f"DELETE FROM {table} old USING (SELECT DISTINCT {listed(keys)} FROM {going}) new "
        f"WHERE {same}"
    )
