"""Files of tags: truths that tags are held against, and marks that files bring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.core.errors import InvalidInput, NotFound, not_allowed

if TYPE_CHECKING:
    import pyarrow as pa

# A demo's own truth, which the simulated world wrote.
DEMO = Path("data") / "truth" / "tags.parquet"
TRUTH_COLUMNS = ("id", "tag", "value")
FORMATS = (".csv", ".parquet")


def read_truth(root: Path, path: str | None) -> pa.Table:
    """Return id, tag and value of a truth file, or of the demo's own.

    Raises
    ------
    NotFound
        There is no such file; or none was named, and the workspace is no demo.
    InvalidInput
        A column is missing.
    """
    if path is None and not (root / DEMO).is_file():
        raise NotFound(
            "This workspace has no truth of its own, as a demo has; name a CSV or Parquet file "
            "with the columns id, tag, value: --truth FILE."
        )
    return read_columns(Path(path) if path else root / DEMO, TRUTH_COLUMNS)


def read_marks(path: Path, tag: str | None) -> list[tuple[str, str, str | None]]:
    """Return id, tag and value of each row of a file.

    `tag` names the tag of a file that has no column `tag`.
    """
    wanted = ("id",) if tag else ("id", "tag")
    table = read_columns(path, wanted, beside=("tag", "value"))
    rows = table.to_pylist()
    return [(row["id"], tag or row["tag"], row.get("value") or None) for row in rows if row["id"]]


def read_columns(path: Path, wanted: tuple[str, ...], beside: tuple[str, ...] = ()) -> pa.Table:
    """Return columns of a CSV or Parquet file as texts."""
    import pyarrow as pa

    if path.suffix not in FORMATS:
        raise not_allowed(f"The ending of {path.name}", path.suffix, FORMATS)
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    table = _read(path)
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise InvalidInput(
            f"{path.name} has no column {missing[0]!r}; it needs {', '.join(wanted)} and has "
            f"{', '.join(table.column_names)}."
        )
    kept = [name for name in (*wanted, *beside) if name in table.column_names]
    kept = list(dict.fromkeys(kept))
    return pa.table({name: table[name].cast(pa.string()) for name in kept})


def _read(path: Path) -> pa.Table:
    import pyarrow as pa

    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(path)
    from pyarrow import csv

    # Ids are texts: 007 is not 7.
    names = TRUTH_COLUMNS
    options = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    try:
        return csv.read_csv(path, convert_options=options)
    except pa.ArrowInvalid as error:
        first = str(error).splitlines()[0]
        raise InvalidInput(f"{path.name} is no CSV with a header ({first}); correct it.") from error
