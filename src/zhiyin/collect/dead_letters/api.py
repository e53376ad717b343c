"""The front door of the records that were set aside."""

from zhiyin.collect.dead_letters.envelopes import envelope_of, obstacle
from zhiyin.collect.dead_letters.fixes import (
    FixRule,
    read_fixes,
    read_rule,
    rule_body,
    rule_of_text,
    with_rule,
)
from zhiyin.collect.dead_letters.records import (
    RecordFilter,
    by_reason,
    chosen,
    newest_first,
    one_record,
    open_records,
    record_id,
)
from zhiyin.collect.dead_letters.replaying import (
    Attempt,
    Replaying,
    ReplayReport,
    dismiss,
    rehearse,
    replay,
)

__all__ = [
    "Attempt",
    "FixRule",
    "RecordFilter",
    "ReplayReport",
    "Replaying",
    "by_reason",
    "chosen",
    "dismiss",
    "envelope_of",
    "newest_first",
    "obstacle",
    "one_record",
    "open_records",
    "read_fixes",
    "read_rule",
    "record_id",
    "rehearse",
    "replay",
    "rule_body",
    "rule_of_text",
    "with_rule",
]
