"""Tables of databases, pulled row by row as they grow and change."""
