"""Whose data it is. Roles and audit live in the operational store; no warehouse table yet."""

ALL = ()
