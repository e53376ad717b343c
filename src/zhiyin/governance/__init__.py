"""Whose data it is: roles, permissions, masking, passwords, audit."""
