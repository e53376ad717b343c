"""The way from the event log into `ods.events`: read, judge, publish once."""
