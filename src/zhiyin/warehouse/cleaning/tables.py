"""What cleaning did: changes counted, changes sampled, rows set aside."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TIME, Column, TableSpec

CHANGES = TableSpec(
    name="dw.cleaning_changes",
    grain=("table_name", "column", "rule", "action"),
    description="How many values each cleaning rule looked at and changed.",
    columns={
        "table_name": Column("!string", "ODS table"),
        "column": Column("!string", "column; empty for rules over whole rows"),
        "rule": Column("!string", "name of the rule"),
        "action": Column("!string", "repaired | emptied | filled | flagged | rejected | merged"),
        "rows": Column("!int64", "rows with a value to look at"),
        "changed": Column("!int64", "rows that the rule changed"),
    },
)

SAMPLES = TableSpec(
    name="dw.cleaning_samples",
    grain=("table_name", "column", "rule", "place"),
    description="Some values before and after each rule, the same ones at every run.",
    columns={
        "table_name": Column("!string", "ODS table"),
        "column": Column("!string", "column; empty for rules over whole rows"),
        "rule": Column("!string", "name of the rule"),
        "place": Column("!int64", "1, 2, …"),
        "action": Column("!string", "what was done, as in dw.cleaning_changes"),
        "load_id": Column("!int64", "load of the row"),
        "origin": Column("!string", "file name, or partition of the log"),
        "origin_line": Column("!int64", "record number in the file, or offset in the log"),
        "before": Column("string", "value as received", pii=Pii.PERSONAL),
        "after": Column("string", "value afterwards; null if emptied", pii=Pii.PERSONAL),
    },
)

REJECTS = TableSpec(
    name="dw.cleaning_rejects",
    grain=("table_name", "load_id", "origin", "origin_line", "source_id"),
    description="Rows that a cleaning rule keeps out of DW; they come in once a rule mends them.",
    columns={
        "table_name": Column("!string", "ODS table"),
        "load_id": Column("!int64", "load of the row"),
        "origin": Column("!string", "file name, or partition of the log"),
        "origin_line": Column("!int64", "record number in the file, or offset in the log"),
        "source_id": Column("!string", "source of the row"),
        "rule": Column("!string", "first rule that rejects it"),
        "column": Column("!string", "column that the rule is about; empty for whole rows"),
        "value": Column("string", "value that it rejects", pii=Pii.PERSONAL),
        "rejected_at": Column("!" + TIME, "as of when", "UTC"),
    },
)

ALL = (CHANGES, SAMPLES, REJECTS)
