"""Mapping files: how columns of known tables become events; and a table of places."""
