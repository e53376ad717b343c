"""How far the tables of other databases have been read."""

from zhiyin.ports.tables import TIME, Column, TableSpec

PULLS = TableSpec(
    name="ods.pulls",
    grain=("load_id",),
    description="Batches pulled from databases, each written with the rows it speaks of.",
    columns={
        "load_id": Column("!int64", "number of the load; each batch is one"),
        "connection": Column("!string", "connection of the settings"),
        "relation": Column("!string", "table as the recipe names it, or the source's name"),
        "recipe": Column("!string", "recipe used"),
        "source_name": Column("!string", "source within the recipe"),
        "target": Column("!string", "ODS table the rows went to"),
        "cursor_column": Column("!string", "column by which new rows are found"),
        "cursor_kind": Column("!string", "integer | instant | wall_time | date | text"),
        "cursor_value": Column("string", "greatest value taken so far; null before the first row"),
        "key_value": Column("string", "JSON array: key of the last row taken"),
        "known_from": Column("string", "from this value on, taken rows are known in pulled_rows"),
        "rows_read": Column("!int64", "rows fetched that were not there before"),
        "rows_kept": Column("!int64", "rows that became rows of the target"),
        "rows_quarantined": Column("!int64", "rows set aside"),
        "rows_repeated": Column("!int64", "rows of the overlap that were there already"),
        "rows_without_cursor": Column("int64", "rows whose cursor or key is null, at the end"),
        "rows_ahead": Column("int64", "rows whose cursor lies in the future, at the end"),
        "total_read": Column("decimal(38, 8)", "control total over the rows read"),
        "total_kept": Column("decimal(38, 8)", "control total over the rows kept"),
        "total_quarantined": Column("decimal(38, 8)", "control total over the rows set aside"),
        "state": Column("!string", "running: more rows follow | done: at the end | reset"),
        "pulled_at": Column("!" + TIME, "when", "UTC"),
        "seconds": Column("!float64", "time it took", "s"),
    },
)

PULLED_ROWS = TableSpec(
    name="ods.pulled_rows",
    grain=("recipe", "source_name", "digest"),
    description="Rows that the next pull will meet again because it begins a little earlier.",
    columns={
        "recipe": Column("!string", "recipe used"),
        "source_name": Column("!string", "source within the recipe"),
        "load_id": Column("!int64", "load that brought the row"),
        "digest": Column("!string", "of all values of the row"),
    },
)
