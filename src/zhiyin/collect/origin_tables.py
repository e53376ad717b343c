"""What every ODS table says of where a row came from."""

from zhiyin.ports.tables import Column

# Every ODS table ends with these: where a row came from, and which load brought it.
ORIGIN = {
    "source_id": Column(
        "!string", "the source that sent the row: a recipe's or a write key's name"
    ),
    "load_id": Column("!int64", "number of the load that brought the row; grows by one per load"),
    "origin": Column(
        "!string",
        "file or table as imported; `log` for the event log, `log/<partition>`",
    ),
    "origin_line": Column("!int64", "1-based record number in the file, or offset in the log"),
}

ORIGIN_GRAIN = ("origin", "load_id", "origin_line")
