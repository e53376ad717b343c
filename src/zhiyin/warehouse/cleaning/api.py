"""The door of cleaning: rule files, cleaned tables, and what the rules did."""

from zhiyin.warehouse.cleaning.counting import changes_of, rejects_of, samples_of
from zhiyin.warehouse.cleaning.engine import FILLED, FLAGGED, cleaned, marked, trail
from zhiyin.warehouse.cleaning.kinds import KINDS
from zhiyin.warehouse.cleaning.reading import read_body, read_file, read_rules, shipped_rules
from zhiyin.warehouse.cleaning.rules import TABLES, Rule, RuleBook, TableRules
from zhiyin.warehouse.cleaning.verdicts import Setting
from zhiyin.warehouse.cleaning.weaving import cleaned_for, counting_builds, setting_of, woven

__all__ = [
    "FILLED",
    "FLAGGED",
    "KINDS",
    "TABLES",
    "Rule",
    "RuleBook",
    "Setting",
    "TableRules",
    "changes_of",
    "cleaned",
    "cleaned_for",
    "counting_builds",
    "marked",
    "read_body",
    "read_file",
    "read_rules",
    "rejects_of",
    "samples_of",
    "setting_of",
    "shipped_rules",
    "trail",
    "woven",
]
